"""What a request may ask of the simulator, as data: in the query, or in ``Prefer`` (RFC 7240).

``Prefer`` leaves the URL, and so the key of a cache, as it is.
"""

import re
from collections.abc import Callable
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from werkzeug.datastructures import MultiDict
from werkzeug.http import parse_dict_header

from ..core import parse_http_date
from .errors import Refused
from .faults import DOCUMENTS
from .faults import ETAG
from .faults import FAULTS
from .faults import STATUS
from .limits import CACHE_SECONDS
from .limits import DELAY_SECONDS
from .limits import EXTRA_FIELDS
from .limits import FIELD_CHARACTERS
from .limits import RETRY_SECONDS

BODIES = ("json", "problem", "text", "empty", "html")
CACHES = {
    "no-store": "no-store",
    "no-cache": "no-cache",
    "private": "private, max-age=60",
    "public": "public, max-age=60",
}
# What may be added is what harms nobody: no cookie, no Location, no order to a proxy.
ADDABLE = frozenset(
    {
        *{"accept-ranges", "age", "allow", "content-language", "deprecation", "etag"},
        *{"expires", "last-modified", "sunset", "vary", "x-cache", "x-request-id"},
    }
)
_ADDABLE_PREFIX = "x-demo-"
_TOKEN = re.compile(r"[A-Za-z0-9-]{1,64}")
_VALUE = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?")


class _Unfit(ValueError):
    """A value that an option does not take."""


def _number(most: float) -> Callable[[str], float]:
    def read(text: str) -> float:
        # Neither float() nor a longer pattern: "1e3", "nan" and other scripts' digits are none.
        if not re.fullmatch(r"[0-9]{1,8}(?:\.[0-9]{1,3})?", text) or float(text) > most:
            raise _Unfit
        return float(text)

    return read


def _whole(most: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,8}", text) or int(text) > most:
            raise _Unfit
        return int(text)

    return read


def _one_of(*names: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in names:
            raise _Unfit
        return text

    return read


def _flag(text: str) -> bool:
    words = {"1": True, "on": True, "true": True, "0": False, "off": False, "false": False}
    if text not in words:
        raise _Unfit
    return words[text]


def _cache(text: str) -> str:
    if text in CACHES:
        return CACHES[text]
    return f"max-age={_whole(CACHE_SECONDS)(text)}"


def _field(text: str) -> tuple[str, str]:
    name, _, value = (part.strip(" ") for part in text.partition(":"))
    is_known = name.lower() in ADDABLE or name.lower().startswith(_ADDABLE_PREFIX)
    if not _TOKEN.fullmatch(name) or not is_known:
        raise _Unfit
    if not _VALUE.fullmatch(value) or len(value) > FIELD_CHARACTERS:
        raise _Unfit
    return name, value


def _name(text: str) -> str:
    if not _TOKEN.fullmatch(text):
        raise _Unfit
    return text


def _date(text: str) -> datetime:
    parsed = parse_http_date(text)
    if parsed is None:
        raise _Unfit
    return parsed


@dataclass(frozen=True, slots=True)
class Option:
    """One thing that can be asked for.

    :param takes: what it takes, in words that end the sentence "delay takes …".
    :param places: the resources that have it.
    :param schema: the same for OpenAPI.
    """

    read: Callable[[str], Any]
    takes: str
    places: frozenset[str]
    schema: dict[str, Any]


_EVERYWHERE = frozenset({STATUS, ETAG, DOCUMENTS})
_FLAG = {"type": "integer", "enum": [0, 1]}

OPTIONS = {
    "delay": Option(
        _number(DELAY_SECONDS),
        f"the seconds to wait, from 0 to {DELAY_SECONDS}",
        _EVERYWHERE,
        {"type": "number", "minimum": 0, "maximum": DELAY_SECONDS},
    ),
    "body": Option(
        _one_of(*BODIES),
        f"the kind of content: {', '.join(BODIES)}",
        frozenset({STATUS}),
        {"type": "string", "enum": list(BODIES)},
    ),
    "cache": Option(
        _cache,
        f"what Cache-Control says: {', '.join(CACHES)}, or a number of seconds",
        frozenset({STATUS, ETAG}),
        {"type": "string"},
    ),
    "cors": Option(
        _flag,
        "on or off: whether pages from elsewhere may read the answer",
        _EVERYWHERE,
        {"type": "string", "enum": ["on", "off"]},
    ),
    "header": Option(
        _field,
        "a field to add, as 'Name: value' in printable ASCII of at most "
        f"{FIELD_CHARACTERS} characters; its name is X-Demo-…, or one of "
        f"{', '.join(sorted(ADDABLE))}",
        frozenset({STATUS}),
        {"type": "array", "items": {"type": "string"}, "maxItems": EXTRA_FIELDS},
    ),
    "without": Option(
        _name,
        "the name of a field to leave out, such as Cache-Control",
        _EVERYWHERE,
        {"type": "string", "pattern": f"^{_TOKEN.pattern}$"},
    ),
    "retry-after": Option(
        _whole(RETRY_SECONDS),
        f"the seconds that Retry-After tells, from 0 to {RETRY_SECONDS}",
        frozenset({STATUS}),
        {"type": "integer", "minimum": 0, "maximum": RETRY_SECONDS},
    ),
    "weak": Option(_flag, "1 for a weak tag", frozenset({ETAG}), _FLAG),
    "modified": Option(
        _date,
        "the date of the last change, as 'Sun, 06 Nov 1994 08:49:37 GMT'",
        frozenset({ETAG}),
        {"type": "string"},
    ),
    "require": Option(
        _flag,
        "1 to refuse a write without a condition (428), 0 to let it through",
        frozenset({ETAG, DOCUMENTS}),
        _FLAG,
    ),
    "exists": Option(_flag, "0 for a resource that is not there", frozenset({ETAG}), _FLAG),
    "rival": Option(
        _one_of("meanwhile"),
        "meanwhile: somebody else saves between the check and this write",
        frozenset({DOCUMENTS}),
        {"type": "string", "enum": ["meanwhile"]},
    ),
    "fault": Option(
        _one_of(*FAULTS),
        f"a fault: {', '.join(FAULTS)}",
        _EVERYWHERE,
        {"type": "string", "enum": list(FAULTS)},
    ),
}
"""Every option by its name."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What one request asks for.

    :param applied: the preferences that are honoured, for ``Preference-Applied``.
    """

    delay: float = 0
    body: str = "json"
    cache: str | None = None
    cors: bool = True
    header: tuple[tuple[str, str], ...] = ()
    without: str | None = None
    retry_after: int | None = None
    weak: bool = False
    modified: datetime | None = None
    require: bool | None = None
    exists: bool = True
    rival: str | None = None
    fault: str | None = None
    applied: tuple[str, ...] = ()


def read_asked(place: str, query: MultiDict[str, str], prefer: Iterable[str]) -> Asked:
    """Read what a request asks for. The query comes before ``Prefer``.

    :param place: the resource: ``status``, ``etag`` or ``docs``.
    :param prefer: the lines of ``Prefer``. What it asks in vain is ignored, as RFC 7240 §2 has
        it; ``Preference-Applied`` tells what is not.
    :raises Refused: when the query asks for what is not there.
    """
    preferred, applied = _read_prefer(place, prefer)
    given: dict[str, Any] = {}
    for name, values in query.lists():
        _check_known(place, name, values)
        given[name] = _read(name, values)
    if unused := preferred.keys() & given.keys():
        applied = [line for line in applied if line not in unused]
    merged = {**preferred, **given}
    fault = merged.get("fault")
    if fault is not None and place not in FAULTS[fault].places:
        here = ", ".join(name for name, of in FAULTS.items() if place in of.places)
        raise Refused(f"{fault} is no fault that this resource can have. Here: {here}.")
    return Asked(
        **{name.replace("-", "_"): value for name, value in merged.items()}, applied=tuple(applied)
    )


def _check_known(place: str, name: str, values: list[str]) -> None:
    known = [option for option, of in OPTIONS.items() if place in of.places]
    if name not in known:
        raise Refused(f"The query has an option that is not known here. Known: {', '.join(known)}.")
    most = EXTRA_FIELDS if name == "header" else 1
    if len(values) > most:
        raise Refused(f"The query has {name} more than {most} times.")


def _read(name: str, values: list[str]) -> Any:
    option = OPTIONS[name]
    try:
        read = tuple(option.read(value) for value in values)
    except _Unfit:
        raise Refused(f"{name} takes {option.takes}.") from None
    return read if name == "header" else read[0]


def _read_prefer(place: str, lines: Iterable[str]) -> tuple[dict[str, Any], list[str]]:
    given: dict[str, Any] = {}
    for name, value in parse_dict_header(", ".join(lines)).items():
        option = OPTIONS.get(name.lower())
        if option is None or place not in option.places or value is None:
            continue
        try:
            read = option.read(value)
        except _Unfit:
            continue
        given.setdefault(name.lower(), (read,) if name.lower() == "header" else read)
    return given, list(given)
