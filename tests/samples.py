"""A table that is too long for ``make quick`` gives it a sample, and ``make test`` the whole."""

from collections.abc import Iterable
from typing import Any

import pytest


def sample(cases: Iterable[Any], every: int) -> list[Any]:
    """Mark the cases as slow, but for the first and each that comes ``every`` after it."""
    return [
        case if number % every == 0 else pytest.param(case, marks=pytest.mark.slow)
        for number, case in enumerate(cases)
    ]
