"""What was run, and the record of the run: good for as long as the sources stay as they were."""

import hashlib
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import Generic
from typing import TypeVar

import msgspec

from ..sources.data import read_bytes
from ..sources.data import read_json
from ..sources.errors import BuildError


class Run(msgspec.Struct, frozen=True):
    """What every record says.

    :param versions: the version of each part, by its name.
    :param digest: the :func:`digest` of the sources that ran.
    """

    versions: dict[str, str]
    digest: str


R = TypeVar("R", bound=Run)


class Recorded(Generic[R]):
    """Sources, and the record of their last run.

    :param key: a name among all that is recorded, such as ``defaults/django``.
    :param type_: what the record holds.
    :param again: the command that records it anew.
    """

    def __init__(
        self, key: str, sources: list[Path], path: Path, type_: type[R], again: str
    ) -> None:
        self.key = key
        self.sources = sources
        self.path = path
        self.again = again
        self._type = type_

    @cached_property
    def run(self) -> R | None:
        """The last run; ``None`` when there was none."""
        return read_record(self.path, self._type)

    @cached_property
    def doubt(self) -> str | None:
        """Why the record is not to be believed; ``None`` when it is."""
        return find_doubt(self.run, self.sources, "measured")

    @property
    def versions(self) -> str:
        """What the run was with, such as ``Django 5.2.19, gunicorn 27.0.1, Python 3.11.7``."""
        recorded = self.run.versions if self.run else {}
        return ", ".join(f"{part} {version}" for part, version in recorded.items())


def read_record(path: Path, type_: type[R]) -> R | None:
    """Read a record; ``None`` when there is none.

    :raises BuildError: when it is damaged.
    """
    try:
        return read_json(path, type_) if path.exists() else None
    except BuildError as error:
        raise BuildError(path, None, f"{error.message}; record the run again") from None


def find_doubt(run: Run | None, sources: Iterable[Path], done: str) -> str | None:
    """Tell why a record says nothing of its sources; ``None`` when it does.

    :param done: what a run would have done with them, such as ``measured``.
    """
    if run is None:
        return f"not {done}: no run is recorded"
    return None if run.digest == digest(sources) else f"not {done} since the source changed"


def digest(sources: Iterable[Path]) -> str:
    """Digest files, their names and their order included, as ``sha256:…``.

    :raises BuildError: when one is missing.
    """
    hashed = hashlib.sha256()
    for source in sources:
        content = read_bytes(source)
        hashed.update(f"{source.name}\n{len(content)}\n".encode() + content)
    return f"sha256:{hashed.hexdigest()}"
