"""The regions of a source file that pages show.

A region is what stands between two comment lines, ``:snippet-start: name`` and
``:snippet-end:``. Tools of this kind tend to show nothing, or the whole file, where a
region is missing; here every such mistake is an error with a line.
"""

import re
import textwrap
from dataclasses import dataclass
from pathlib import Path

from ..sources.data import read_text
from ..sources.errors import BuildError

_OPENERS = r"(?:\#+|//+|--|/\*+|<!--|;+|%+|\*)"
_MARKER = re.compile(
    rf"^\s*{_OPENERS}\s*:snippet-(start|end):(?:\s+([a-z][a-z0-9-]*))?\s*(?:\*/|-->)?\s*$"
)
MARK = ":snippet-"
"""What a line that starts or ends a region holds."""


@dataclass(frozen=True, slots=True)
class Region:
    """A part of a source file.

    :param name: the same in every language.
    :param text: the lines without the markers, dedented.
    :param line: the line of its start marker.
    """

    name: str
    text: str
    path: Path
    line: int


@dataclass(slots=True)
class _Open:
    name: str
    line: int
    lines: list[str]


def extract_regions(path: Path) -> dict[str, Region]:
    """Read the regions of a file, by name.

    :raises BuildError: when a marker is misspelt, or a region is named twice, is never
        closed, crosses another or is empty.
    """
    regions: dict[str, Region] = {}
    stack: list[_Open] = []
    for number, line in enumerate(read_text(path).splitlines(), 1):
        if MARK not in line:
            for opened in stack:
                opened.lines.append(line)
            continue
        marker = _MARKER.match(line)
        if not marker:
            raise BuildError(
                path,
                number,
                "this is no marker; write `:snippet-start: name` or `:snippet-end:` alone in a "
                "comment, the name in lower case",
            )
        kind, name = marker.groups()
        if kind == "start":
            _open(path, number, name, regions, stack)
        else:
            region = _close(path, number, name, stack)
            regions[region.name] = region
    if stack:
        name = stack[-1].name
        raise BuildError(
            path, stack[-1].line, f"region '{name}' is never closed; add `:snippet-end:` below it"
        )
    return regions


def _open(
    path: Path, number: int, name: str | None, regions: dict[str, Region], stack: list[_Open]
) -> None:
    if name is None:
        raise BuildError(path, number, "this region has no name; write `:snippet-start: name`")
    lines = {region.name: region.line for region in regions.values()}
    lines |= {opened.name: opened.line for opened in stack}
    if name in lines:
        raise BuildError(
            path, number, f"region '{name}' is in this file already, at line {lines[name]}"
        )
    stack.append(_Open(name, number, []))


def _close(path: Path, number: int, name: str | None, stack: list[_Open]) -> Region:
    if not stack:
        raise BuildError(path, number, "no region is open here; remove this `:snippet-end:`")
    region = stack.pop()
    if name not in (None, region.name):
        raise BuildError(
            path,
            number,
            f"this closes '{name}' while '{region.name}' (line {region.line}) is open; regions "
            "nest, they do not cross",
        )
    text = textwrap.dedent("\n".join(region.lines)).strip("\n")
    if not text.strip():
        raise BuildError(path, region.line, f"region '{region.name}' is empty")
    return Region(region.name, text, path, region.line)
