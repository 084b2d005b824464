"""How a server goes wrong: readers, decisions and answers for the resource."""

import gzip
import hashlib
import re
from collections.abc import Callable
from datetime import UTC
from datetime import datetime
from typing import Any

from flask_preconditions.core import EntityTag
from flask_preconditions.core import Outcome
from flask_preconditions.core import Validators
from flask_preconditions.core import evaluate
from flask_preconditions.core import format_http_date
from flask_preconditions.core import parse_http_date

from .resource import SAVED_AT
from .resource import Fields
from .resource import Handler
from .resource import Resource
from .resource import drops
from .resource import field_of

READS = ("GET", "HEAD")
WRITES = ("PUT", "PATCH", "DELETE")


def status(of: Callable[[str, Fields], int | None]) -> Callable[..., int | None]:
    """Give a decision out of the method and its fields alone."""
    return lambda resource, handler, fields: of(handler.command, fields)


def on(methods: tuple[str, ...], name: str, code: int, pattern: str = ".*") -> Callable[..., Any]:
    """Answer with a status where a field is sent."""

    def decide(method: str, fields: Fields) -> int | None:
        value = field_of(fields, name)
        fits = value is not None and re.fullmatch(pattern, value)
        return code if method in methods and fits else None

    return status(decide)


def refusing(code: int, *methods: str) -> Callable[..., int | None]:
    """Answer a false If-Match with another status."""

    def decide(resource: Resource, handler: Handler, fields: Fields) -> int | None:
        old = resource.docs.get(handler.path)
        if handler.command not in methods or field_of(fields, "If-Match") is None or old is None:
            return None
        tag = EntityTag.parse(resource.tag(old))
        decision = evaluate(handler.command, fields, Validators(tag, parse_http_date(SAVED_AT)))
        is_false = decision.outcome is Outcome.FAILED and decision.decided_by == "If-Match"
        return code if is_false else None

    return decide


def writing_under_412(resource: Resource, handler: Handler, fields: Fields) -> int | None:
    if handler.command != "PUT" or handler.path != "/thing":
        return None
    if field_of(fields, "If-Match") != '"stale"':
        return None
    resource.docs["/thing"] = handler.new
    return 412


def any_tag_ever_told(method: str, fields: Fields, resource: Resource) -> Fields:
    value, now = field_of(fields, "If-Match"), resource.tag(resource.text)
    is_old = method == "PUT" and value in resource.told and value != now
    return [f for f in fields if f[0].lower() != "if-match"] if is_old else fields


def forgetful() -> Resource:
    made = Resource()
    made.read = lambda method, fields: any_tag_ever_told(method, fields, made)
    return made


def unmoved() -> Resource:
    """Answer 304 to any tag that was ever told."""
    made = Resource()

    def read(method: str, fields: Fields) -> Fields:
        is_told = method == "GET" and field_of(fields, "If-None-Match") in made.told
        now = made.tag(made.text)
        return [(n, now if is_told and n == "If-None-Match" else v) for n, v in fields]

    made.read = read
    return made


def remembering() -> Resource:
    """Take any tag that was told before the last one."""
    made, told = Resource(), dict[str, None]()

    def read(method: str, fields: Fields) -> Fields:
        told.setdefault(made.tag(made.text))
        is_old = method == "PUT" and field_of(fields, "If-Match") in list(told)[:-2]
        return [f for f in fields if f[0].lower() != "if-match"] if is_old else fields

    made.read = read
    return made


def looks_at_the_first(methods: tuple[str, ...], name: str = "if-") -> Callable[..., None]:
    """Look at the conditions of the first request of a connection only."""

    def decide(resource: Resource, handler: Handler, fields: Fields) -> None:
        handler.requests += 1
        if handler.requests > 1 and handler.command in methods:
            fields[:] = [f for f in fields if not f[0].lower().startswith(name)]

    return decide


def first_five(value: str) -> str:
    return ",".join(value.split(",")[:5])


def strong_in_list(value: str) -> str:
    return value.replace("W/", "") if "," in value else value


def only_weak_ranges(method: str, fields: Fields) -> Fields:
    """See a Range beside a weak tag alone."""
    is_weak = (field_of(fields, "If-Range") or "").startswith('W/"')
    return [f for f in fields if is_weak or f[0].lower() != "range"]


def without_empty_elements(method: str, fields: Fields) -> Fields:
    """Read no list that has an empty element, on one line or on several."""
    parts = (field_of(fields, "If-Match") or "x").split(",")
    if method != "PUT" or len(parts) < 2 or all(part.strip() for part in parts):
        return fields
    others = [(name, value) for name, value in fields if name.lower() != "if-match"]
    return [*others, ("If-Match", '"none"')]


def any_later_date(value: str) -> str:
    date = parse_http_date(value)
    return SAVED_AT if date and date > parse_http_date(SAVED_AT) else value


def answers(change: Callable[[str, int, dict[str, str]], None]) -> Callable[..., None]:
    return lambda resource, method, code, fields: change(method, code, fields)


def sets(name: str, value: str, *methods: str, codes: tuple[int, ...] = (200,)) -> Any:
    def change(method: str, code: int, fields: dict[str, str]) -> None:
        if code in codes and (not methods or method in methods):
            fields[name] = value

    return answers(change)


def only_on_200(name: str, value: str) -> Any:
    return sets(name, value, codes=(200,))


class Compressing(Handler):
    """Compresses where it may."""

    varies = True
    is_tag_kept = False
    suffix = "-gzip"

    def send(self, status: int, body: bytes = b"", **more: str) -> None:
        if status == 200 and "gzip" in (self.headers.get("Accept-Encoding") or ""):
            body = gzip.compress(body)
            more["Content_Encoding"] = "gzip"
            if not self.is_tag_kept and "ETag" in more:
                more["ETag"] = f'{more["ETag"][:-1]}{self.suffix}"'
        if self.varies and status in (200, 206, 304):
            more["Vary"] = "Accept-Encoding"
        super().send(status, body, **more)


def first_of(value: str) -> str:
    return value.partition(",")[0]


def one_string(name: str, method: str) -> Callable[..., Fields]:
    """Compare a field as one string, its lines joined, as WSGI and CGI give them."""

    def read(sent: str, fields: Fields) -> Fields:
        value = field_of(fields, name)
        if sent != method or value is None or "," not in value:
            return fields
        others = [(key, told) for key, told in fields if key.lower() != name.lower()]
        return [*others, (name, '"no tag at all"')]

    return read


def only_star(name: str, method: str) -> Callable[..., Fields]:
    """See a field only where it is the wildcard."""

    def read(sent: str, fields: Fields) -> Fields:
        if sent != method or (field_of(fields, name) or "*").strip() == "*":
            return fields
        return [(key, told) for key, told in fields if key.lower() != name.lower()]

    return read


def swapped_order(method: str, fields: Fields) -> Fields:
    """See If-None-Match alone where If-Match is there too."""
    names = {name.lower() for name, _ in fields}
    if method == "GET" and {"if-match", "if-none-match"} <= names:
        return [f for f in fields if f[0].lower() != "if-match"]
    return fields


def dates_beside_tags(method: str, fields: Fields) -> Fields:
    """See the date alone where If-None-Match is there too."""
    names = {name.lower() for name, _ in fields}
    if {"if-modified-since", "if-none-match"} <= names:
        return [f for f in fields if f[0].lower() != "if-none-match"]
    return fields


def first_line(method: str, fields: Fields) -> Fields:
    seen: set[str] = set()
    kept = []
    for name, value in fields:
        if name.lower() not in seen:
            kept.append((name, value))
        seen.add(name.lower())
    return kept


def several_lines(code: int) -> Callable[..., Any]:
    def decide(method: str, fields: Fields) -> int | None:
        names = [name.lower() for name, _ in fields]
        return code if len(set(names)) < len(names) else None

    return status(decide)


def bad_dates(code: int, methods: tuple[str, ...], name: str) -> Callable[..., Any]:
    def decide(method: str, fields: Fields) -> int | None:
        value = field_of(fields, name)
        is_bad = value is not None and parse_http_date(value) is None
        return code if method in methods and is_bad else None

    return status(decide)


def unread_dates(pattern: str) -> Callable[..., Fields]:
    return drops("If-Unmodified-Since", methods=WRITES, value=pattern)


def unreadable(method: str, fields: Fields) -> Fields:
    """Drop an If-Match that cannot be read."""
    return [
        (name, value)
        for name, value in fields
        if name.lower() != "if-match"
        or method not in WRITES
        or evaluate(method, [(name, value)], Validators(EntityTag("x"))).outcome
        is not Outcome.MALFORMED
    ]


def looks_at_nothing(resource: Resource, handler: Handler, fields: Fields) -> int | None:
    if handler.path != "/none" or handler.command not in READS:
        return None
    value = field_of(fields, "If-Match")
    return 412 if value is not None and handler.path not in resource.docs else None


def resurrecting() -> Resource:
    made = Resource()

    def decide(resource: Resource, handler: Handler, fields: Fields) -> int | None:
        is_free = handler.path not in resource.docs and handler.command == "PUT"
        if is_free and field_of(fields, "If-Match") is not None:
            resource.docs[handler.path] = b'{"name": "1", "text": "made"}'
            return 201
        return None

    made.decide = decide
    return made


def acknowledging(resource: Resource, handler: Handler, fields: Fields) -> int | None:
    """Say 204 to the wildcard and do nothing."""
    is_star = handler.command == "PUT" and field_of(fields, "If-Match") == "*"
    return 204 if is_star and handler.path in resource.docs else None


def two_contents_one_tag() -> Resource:
    made = Resource()
    made.tag = lambda body: f'"{len(body)}"'  # type: ignore[method-assign]
    return made


def counting_anew() -> Resource:
    """Count the writes of each place, and anew where something was deleted."""
    made, numbers, held = Resource(), dict[str, int](), dict[str, bytes]()

    def decide(resource: Resource, handler: Handler, fields: Fields) -> None:
        path = handler.path
        now = resource.docs.get(path)
        if now is None:
            numbers[path] = 0
        elif now != held.get(path):
            numbers[path] = numbers.get(path, 0) + 1
        held[path] = now or b""
        made.tag = lambda body: f'"{path[1:]}-{numbers[path]}"'  # type: ignore[method-assign]

    made.decide = decide
    return made


def digits(methods: tuple[str, ...]) -> Resource:
    """Tell tags of digits, and refuse what is not one of them."""
    made = Resource()

    def tag(body: bytes) -> str:
        return f'"{int(hashlib.sha1(body).hexdigest()[:12], 16)}"'

    def decide(method: str, fields: Fields) -> int | None:
        values = [field_of(fields, name) for name in ("If-Match", "If-None-Match")]
        known = re.compile(r'"\d+"|\*')
        is_bad = any(value is not None and not known.fullmatch(value.strip()) for value in values)
        return 400 if method in methods and is_bad else None

    made.tag, made.decide = tag, status(decide)  # type: ignore[method-assign]
    return made


class Dated(Resource):
    """Tells when it was written last, and compares If-Unmodified-Since with the clock."""

    written_at = datetime(1994, 11, 15, tzinfo=UTC)

    @property
    def date(self) -> str | None:
        return format_http_date(self.written_at)


def by_the_clock() -> Resource:
    made = Dated()

    def decide(resource: Resource, handler: Handler, fields: Fields) -> int | None:
        if handler.command not in WRITES:
            return None
        now = datetime.now(UTC).replace(microsecond=0)
        date = parse_http_date(field_of(fields, "If-Unmodified-Since") or "")
        is_over = date is not None and date < now and field_of(fields, "If-Match") is None
        if not is_over:
            made.written_at = now
        return 412 if is_over else None

    made.decide = decide
    return made


def comparing(
    is_one: Callable[[str, str], bool], name: str = "If-Match", method: str = "PUT"
) -> Resource:
    """Take a tag for the current one where its opaque part is like it, in a list, too."""

    def decide(resource: Resource, handler: Handler, fields: Fields) -> int | None:
        old = resource.docs.get(handler.path)
        value = field_of(fields, name)
        if value is None or old is None or handler.command != method:
            return None
        tag = resource.tag(resource.content(old))

        def read(match: re.Match[str]) -> str:
            is_strong = not match[0].startswith("W/")
            return tag if is_strong and is_one(match[1], tag.strip('"')) else match[0]

        if re.fullmatch(r'\s*(W/)?"[^"]*"\s*(,\s*((W/)?"[^"]*")?\s*)*', value):
            fields[:] = [
                (n, re.sub(r'(?:W/)?"([^"]*)"', read, v) if n.lower() == name.lower() else v)
                for n, v in fields
            ]
        return None

    return Resource(decide=decide)
