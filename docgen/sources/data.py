"""Data files into typed values, or an error with file and line."""

import difflib
import os
import re
import stat
import tomllib
from collections.abc import Iterator
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated
from typing import TypeVar
from typing import get_args
from typing import get_origin

import msgspec

from .errors import BuildError
from .errors import BuildFailed

T = TypeVar("T")

_KEY = re.compile(r"at `\$\.([\w-]+)|field `([^`]+)`$")

LARGEST_BYTES = 16 * 2**20
"""A text or a record is smaller. What is only published may be larger."""

_TOO_DEEP = "values stand within values too deep to be read"

Text = Annotated[str, msgspec.Meta(min_length=1)]
Names = Annotated[list[Text], msgspec.Meta(min_length=1)]


class Record(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The base of all records: an unknown key is a typing mistake, not a comment."""


def read_toml(
    path: Path,
    type_: type[T],
    *,
    text: str | None = None,
    first_line: int = 1,
    under: Mapping[str, object] | None = None,
) -> T:
    """Read a TOML file as a type.

    :param path: the file, also for the error.
    :param type_: what it must hold.
    :param text: its text, where it is only part of the file.
    :param first_line: the line of the file at which that text starts.
    :param under: values of keys that the text does not have.
    :raises BuildError: when the syntax, a key or a value is off.
    :raises BuildFailed: when several keys or values are.
    """
    text = read_text(path) if text is None else text
    try:
        values = {**(under or {}), **tomllib.loads(text)}
        return msgspec.convert(values, type_)
    except tomllib.TOMLDecodeError as error:
        raise BuildError(path, _syntax_line(str(error), text, first_line), str(error)) from None
    except msgspec.ValidationError:
        errors = [
            BuildError(path, _value_line(said, text, first_line), _explain(said, type_))
            for said in _mistakes(values, type_)
        ]
        raise errors[0] if len(errors) == 1 else BuildFailed(errors) from None
    except RecursionError:
        raise BuildError(path, first_line, _TOO_DEEP) from None


def _mistakes(values: Mapping[str, object], type_: object) -> Iterator[str]:
    """Say what is wrong with each key: msgspec stops at the first, and goes on without it."""
    taken: set[str] = set()
    while True:
        left = {key: value for key, value in values.items() if key not in taken}
        try:
            msgspec.convert(left, type_)
        except msgspec.ValidationError as error:
            found = _KEY.search(str(error))
            key = found[1] or found[2] if found else ""
            if key in taken:  # it is missed only because it was taken
                return
            yield str(error)
            if key not in left:
                return
            taken.add(key)
        else:
            return


def read_bytes(path: Path) -> bytes:
    """Read a file.

    :raises BuildError: when it is missing, is no plain file (a pipe would never end), cannot
        be read, or is larger than a text can be.
    """
    try:
        with open(path, "rb", opener=_open_at_once) as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise BuildError(path, None, "this is no plain file")
            content = file.read(LARGEST_BYTES + 1)
    except FileNotFoundError:
        raise BuildError(path, None, "this file is missing") from None
    except OSError as error:
        raise BuildError(path, None, f"this file cannot be read: {error.strerror}") from None
    if len(content) > LARGEST_BYTES:
        raise BuildError(path, None, f"this file is larger than {LARGEST_BYTES // 2**20} MiB")
    return content


def _open_at_once(path: str, flags: int) -> int:
    # A pipe that nobody writes to would be waited for.
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def read_text(path: Path) -> str:
    """Read a file in UTF-8, with or without a byte order mark.

    :raises BuildError: when it is missing, or written in another encoding.
    """
    return decode(path, read_bytes(path))


def decode(path: Path, content: bytes) -> str:
    """Give the text of a file in UTF-8.

    :raises BuildError: with the line at which it is none.
    """
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise BuildError(path, line, "this is no UTF-8; save the file in that encoding") from None


def read_json(path: Path, type_: type[T]) -> T:
    """Read a JSON file as a type.

    :raises BuildError: when it is missing, is not JSON or holds something else.
    """
    try:
        return msgspec.json.decode(read_bytes(path), type=type_)
    except msgspec.DecodeError as error:
        raise BuildError(path, None, str(error)) from None
    except RecursionError:
        raise BuildError(path, None, _TOO_DEEP) from None


def write_json(value: object) -> bytes:
    """Write a value as JSON that people can read too."""
    return msgspec.json.format(msgspec.json.encode(value), indent=1) + b"\n"


def line_of(path: Path, needle: str) -> int | None:
    """Find the first line of a file that holds a text."""
    lines = read_text(path).splitlines()
    return next((number for number, line in enumerate(lines, 1) if needle in line), None)


def _syntax_line(message: str, text: str, first_line: int) -> int:
    found = re.search(r"at line (\d+)", message)
    # tomllib names no line for what is wrong at the end of the document.
    offset = int(found[1]) if found else max(1, len(text.splitlines()))
    return first_line + offset - 1


def _value_line(message: str, text: str, first_line: int) -> int:
    """Find the line that msgspec's path means, as near as the text tells.

    msgspec knows no lines. It names the value (``$.fact[2].label``) or, for a key that is
    missing or unknown, the table around it and the key.
    """
    path = message.rpartition(" - at `$")[2].rstrip("`") if " - at `$" in message else ""
    lines = text.splitlines()
    at = 0
    for name, index in re.findall(r"\.?([\w-]+)|\[(\d+|\.\.\.)\]", path):
        if name:
            at = _find(lines, at, rf"^\s*(\[+[\w.\"-]*)?\"?{re.escape(name)}\"?\s*(=|\]|\.)", at)
        elif index.isdigit():
            at = _skip_tables(lines, at, int(index))
    unknown = re.search(r"unknown field `([^`]+)`", message)
    if unknown:
        at = _find(lines, at, rf"^\s*\"?{re.escape(unknown[1])}\"?\s*=", at)
    return first_line + at


def _explain(message: str, type_: object) -> str:
    """Name the keys that may have been meant, where one is unknown."""
    unknown = re.search(r"unknown field `([^`]+)`", message)
    if not unknown:
        return message
    path = message.rpartition(" - at `$")[2].rstrip("`") if " - at `$" in message else ""
    for name in re.findall(r"\.([\w-]+)|\[[^\]]*\]", path):
        type_ = _type_within(type_, name)
    found = _struct_of(type_)
    if found is None:
        return message
    known = list(found.__struct_encode_fields__)
    close = difflib.get_close_matches(unknown[1], known, n=1)
    hint = f"did you mean `{close[0]}`? The keys" if close else "the keys"
    return f"there is no key `{unknown[1]}`; {hint} are: {', '.join(known)}"


def _type_within(type_: object, name: str) -> object:
    """Give the type of a key of a record or table, or, without a name, of an item of a list."""
    found = _struct_of(type_)
    if found and name:
        fields = {field.encode_name: field.type for field in msgspec.structs.fields(found)}
        return fields.get(name)
    inner = [each for each in get_args(type_) if get_origin(each) or isinstance(each, type)]
    return inner[-1] if inner else None


def _struct_of(type_: object) -> type[msgspec.Struct] | None:
    """Give the record that a type is, or may be."""
    for each in (type_, *get_args(type_)):
        if isinstance(each, type) and issubclass(each, msgspec.Struct):
            return each
    return None


def _find(lines: list[str], start: int, pattern: str, default: int) -> int:
    matches = (number for number in range(start, len(lines)) if re.search(pattern, lines[number]))
    return next(matches, default)


def _skip_tables(lines: list[str], at: int, index: int) -> int:
    header = lines[at].strip()
    if not header.startswith("[["):
        return at
    same = [number for number in range(at, len(lines)) if lines[number].strip() == header]
    return same[index] if index < len(same) else at
