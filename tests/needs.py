"""What a test needs beside Python: left out where it is missing, and in CI a failure."""

import os

import pytest

from snippets.tools import toolchain

os.environ["PATH"] = toolchain.path()  # what pip brought is found by what a test starts, too


def need(*programs: str) -> None:
    """Go on where every program is here and new enough."""
    wrong = toolchain.lacks(programs)
    if wrong and "CI" in os.environ:
        pytest.fail(f"missing: {', '.join(wrong)}; `make test` brings it or names it")
    if wrong:
        pytest.skip(f"needs {', '.join(wrong)}")
