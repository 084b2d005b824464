"""What can go wrong in a build, each with the place to repair.

``DocgenError`` ← ``BuildError`` (one mistake in a source), ``BuildFailed`` (all that a
build found), ``OutputError`` (the output directory), ``SettingsError`` (an option or a
``DOCGEN_*`` setting), ``BlockError`` (raised by a block, which does not know where it was
called from).
"""

import contextlib
import os
from collections.abc import Sequence
from pathlib import Path

# What would move the cursor of a terminal, or show a text as another one.
_SHOWN = {
    code: f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"
    for code in (*range(32), *range(127, 160), *range(0x202A, 0x202F), *range(0x2066, 0x206A))
}


class DocgenError(Exception):
    """The base of every error of a build."""


class BlockError(DocgenError):
    """A block was called with something that does not exist.

    :param message: what is wrong and what to write instead.
    """


class OutputError(DocgenError):
    """The output directory cannot be written as asked."""


class SettingsError(DocgenError):
    """A setting of the app or an option of the command is off."""


class BuildError(DocgenError):
    """A mistake in a source file.

    :param path: the file.
    :param line: its line, from 1; ``None`` when the mistake has no line.
    :param message: what is wrong and how to repair it.
    """

    def __init__(self, path: Path, line: int | None, message: str) -> None:
        super().__init__(path, line, message)
        self.path = path
        self.line = line
        self.message = message.translate(_SHOWN)

    def __str__(self) -> str:
        place = display_path(self.path) if self.line is None else f"{self.where}"
        return f"{place.translate(_SHOWN)}: {self.message}"

    @property
    def where(self) -> str:
        """The place as ``file:line``, the form that editors open."""
        return f"{display_path(self.path)}:{self.line}"


class BuildFailed(DocgenError):
    """A build found mistakes and wrote nothing.

    :param errors: all of them, so that one run shows what there is to repair. A mistake in
        a template is met on every page, and told once.
    """

    def __init__(self, errors: Sequence[BuildError]) -> None:
        self.errors = tuple({str(error): error for error in errors}.values())
        super().__init__(*self.errors)

    def __str__(self) -> str:
        return "\n".join(str(error) for error in self.errors)


def display_path(path: Path) -> str:
    """Shorten a path to what the reader's directory makes of it."""
    # By the name that somebody gave it, and only then by what its links lead to.
    for find in (os.path.abspath, os.path.realpath):
        with contextlib.suppress(ValueError):
            return Path(find(path)).relative_to(Path.cwd()).as_posix()
    return os.fspath(path)
