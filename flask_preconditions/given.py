"""What is given on the command line of ``explain``: fields of a request, and a state."""

import re
from collections.abc import Iterable

from .core import ABSENT
from .core import EntityTag
from .core import InvalidField
from .core import State
from .core import Validators
from .core import parse_http_date
from .exceptions import SetupError

# RFC 9110 §5.6.2
_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")


def parse_header(text: str) -> tuple[str, str]:
    """Read a field as curl takes it, such as ``If-Match: "v1"``.

    :return: its name, and its value as a server gets it.
    :raises SetupError: when there is no colon, or no server takes it.
    """
    name, colon, value = text.partition(":")
    if not colon or not name:
        raise SetupError(f"""{text!r} has no colon; a field looks like 'If-Match: "v1"'""")
    if not _TOKEN.fullmatch(name):
        raise SetupError(f"{name!r} is no name of a field (RFC 9110 §5.1)")
    if not {"\r", "\n", "\0"}.isdisjoint(value):
        raise SetupError(f"{value!r} has a line break or a NUL in it, which no field can have")
    # What a terminal writes is UTF-8, and a server takes each byte of it for a character.
    return name, value.strip(" \t").encode("utf-8", "surrogateescape").decode("latin-1")


def parse_state(texts: Iterable[str]) -> State | None:
    """Read a state: ``absent``, or ``etag=…`` and ``last-modified=…``; nothing is ``None``.

    A tag may come with its quotes or without.

    :raises SetupError: when one of ``texts`` is none of these.
    """
    given = dict(text.partition("=")[::2] for text in texts)
    if not given:
        return None
    if given.keys() == {"absent"}:
        return ABSENT
    if strange := given.keys() - {"etag", "last-modified"}:
        raise SetupError(f"{strange.pop()!r} is no state; say absent, etag=… or last-modified=…")
    try:
        tag = _parse_tag(given["etag"]) if "etag" in given else None
    except InvalidField as error:
        raise SetupError(str(error)) from None
    date = None
    if "last-modified" in given:
        date = parse_http_date(given["last-modified"])
        if date is None:
            raise SetupError(f"{given['last-modified']!r} is no HTTP-date")
    return Validators(tag, date)


def _parse_tag(text: str) -> EntityTag:
    return EntityTag.parse(text) if '"' in text else EntityTag(text)
