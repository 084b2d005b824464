"""Requests that an application can answer: the setting ``DOCGEN_SAMPLES``."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from .data import Record
from .data import Text
from .data import read_toml
from .errors import BuildError

SETTING = "DOCGEN_SAMPLES"
FILE = "data/samples.toml"
"""Where the same stands for who has no word in the application's config."""


class Sample(Record, frozen=True):
    """What a request to an endpoint is made of.

    :param path: the values of the variables in its URL, of something that exists.
    :param json: the body of a write.
    :param headers: more fields, such as ``Authorization``; pages show only their names.
    """

    path: dict[Text, str | int | float] = msgspec.field(default_factory=dict)
    json: Any = None
    headers: dict[Text, Text] = msgspec.field(default_factory=dict)


Samples = Mapping[str, Sample]
"""By endpoint, or by method and endpoint (``PUT note``), which goes before it."""


def read_setting(value: object) -> Samples:
    """Check the value of the setting.

    :raises ValueError: when it is no mapping of samples.
    """
    try:
        return msgspec.convert(value, dict[str, Sample])
    except msgspec.ValidationError as error:
        raise ValueError(
            "it must map an endpoint to its path, json and headers, such as "
            f'{{"note": {{"path": {{"id": 1}}}}}}: {error}'
        ) from None


def read_file(path: Path | None) -> Samples:
    """Read the samples of a site; none where there is no such file."""
    return read_toml(path, dict[str, Sample]) if path else {}


def sample_of(samples: Samples, endpoint: str, method: str) -> Sample | None:
    """Find the sample of an operation."""
    return samples.get(f"{method} {endpoint}") or samples.get(endpoint)


def check_names(samples: Samples, known: set[tuple[str, str]], path: Path) -> None:
    """See that each sample belongs to a guarded operation.

    :param known: the endpoints and methods there are.
    :param path: the file, for the error; the name of the setting where there is none.
    :raises BuildError: when one is of nothing.
    """
    names = {endpoint for endpoint, _ in known} | {f"{m} {endpoint}" for endpoint, m in known}
    for name in samples:
        if name not in names:
            endpoints = ", ".join(sorted({endpoint for endpoint, _ in known}))
            message = f"no guarded endpoint '{name}'; there are: {endpoints}"
            raise BuildError(path, None, message)
