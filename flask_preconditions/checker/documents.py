"""JSON documents that nothing is known of: their members by path, and what differs in them."""

import json
import re
from collections.abc import Collection
from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from uuid import uuid4

Path = tuple[str, ...]
"""The names of the members on the way, and the places in lists: ``("data", "title")``."""

MAX_DIFFERENCES = 1_000

# What a server sets by itself looks like a date, a number, a hash or a tag: no words.
_STAMP = re.compile(
    r'(?=.*\d)[\w:+./"=-]*'
    r"|\d{4}-\d\d-\d\d [\d:.+]*"
    r"|\w{3}, \d\d \w{3} \d{4} [\d:]{8} GMT"
)


def parse(content: bytes) -> Any:
    """Read a content as JSON; ``None`` where it is none. No digit of a number is lost."""
    try:
        return json.loads(content, parse_float=Decimal)
    except (ValueError, ArithmeticError, RecursionError):
        return None


def dump(document: object) -> bytes:
    """Write a document, its numbers digit by digit as they were read."""
    text = json.dumps(document, default=lambda number: f"{_NUMBER}{number}")
    return re.sub(rf'"{_NUMBER}([^"]*)"', r"\1", text).encode()


_NUMBER = f"number-{uuid4().hex}-"


def parse_path(text: str) -> Path:
    """Read a path as an option has it: ``data.title``."""
    return tuple(text.split("."))


def format_path(path: Path) -> str:
    """Write a path as an option has it."""
    return ".".join(path)


def get(document: Any, path: Path) -> Any:
    """Give what is at a path; ``None`` where nothing is."""
    for name in path:
        if isinstance(document, list) and name.isdecimal() and int(name) < len(document):
            document = document[int(name)]
        elif isinstance(document, dict):
            document = document.get(name)
        else:
            return None
    return document


def put(document: Any, path: Path, value: object) -> Any:
    """Give a document with another value at a path; the rest is shared with the old one."""
    if not path:
        return value
    name, rest = path[0], path[1:]
    if isinstance(document, list):
        place = int(name)
        return [*document[:place], put(document[place], rest, value), *document[place + 1 :]]
    return {**document, name: put(document.get(name, {}), rest, value)}


def without(document: Any, paths: Collection[Path]) -> Any:
    """Give a document without the members at some paths."""
    here = {path[0] for path in paths if len(path) == 1}
    below = {name: [p[1:] for p in paths if len(p) > 1 and p[0] == name] for name in _first(paths)}
    if isinstance(document, dict):
        return {
            name: without(value, below[name]) if below.get(name) else value
            for name, value in document.items()
            if name not in here
        }
    if isinstance(document, list):
        return [
            without(value, below[str(n)]) if below.get(str(n)) else value
            for n, value in enumerate(document)
            if str(n) not in here
        ]
    return document


def _first(paths: Collection[Path]) -> set[str]:
    return {path[0] for path in paths}


def differences(one: Any, other: Any, at: Path = ()) -> Iterator[tuple[Path, Any, Any]]:
    """Give where two documents differ, and what each of them has there.

    Nothing is :data:`NOTHING`.
    """
    if isinstance(one, dict) and isinstance(other, dict):
        for name in {**one, **other}:
            yield from differences(one.get(name, NOTHING), other.get(name, NOTHING), (*at, name))
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for place, (mine, theirs) in enumerate(zip(one, other, strict=True)):
            yield from differences(mine, theirs, (*at, str(place)))
    elif one is NOTHING or other is NOTHING or one != other:
        yield at, one, other


NOTHING: Any = object()
"""What a document has at a path where it has no member."""


def holds(held: Any, sent: Any) -> bool:
    """Tell whether a document has all that was sent; it may have more, at any depth."""
    if isinstance(sent, dict) and isinstance(held, dict):
        return all(name in held and holds(held[name], value) for name, value in sent.items())
    if isinstance(sent, list) and isinstance(held, list):
        return len(sent) == len(held) and all(map(holds, held, sent))
    return bool(held == sent)


def strings(document: Any, at: Path = ()) -> Iterator[Path]:
    """Give the paths of all strings, those on top first."""
    if isinstance(document, dict):
        for name, value in document.items():
            if isinstance(value, str):
                yield (*at, name)
        for name, value in document.items():
            if isinstance(value, dict):
                yield from strings(value, (*at, name))


def is_stamp(was: object, value: object) -> bool:
    """Tell whether a member looks like one that the server sets: its date, number or hash."""
    if value is NOTHING:
        return False
    if isinstance(was, str) and isinstance(value, str):
        return bool(_STAMP.fullmatch(was) and _STAMP.fullmatch(value))
    return isinstance(was, _NUMBERS) and isinstance(value, _NUMBERS)


_NUMBERS = (int, float, Decimal)
