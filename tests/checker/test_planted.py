"""Each rule broken alone: the check finds it, and names the cause."""

import gzip
import re
from collections.abc import Callable
from dataclasses import dataclass
from dataclasses import field
from typing import Any

import pytest

from flask_preconditions.checker import check
from flask_preconditions.core import EntityTag
from flask_preconditions.core import Outcome
from flask_preconditions.core import Validators
from flask_preconditions.core import evaluate
from flask_preconditions.core import parse_http_date

from .resource import SAVED_AT
from .resource import Fields
from .resource import Handler
from .resource import Resource
from .resource import drops
from .resource import field_of
from .resource import rewrites
from .resource import serving

READS = ("GET", "HEAD")
WRITES = ("PUT", "PATCH", "DELETE")


@dataclass
class Planted:
    """A fault, and how it is found.

    :param cause: the title of the finding.
    :param make: makes the server.
    :param write: whether it takes writes to find it.
    :param options: more for the check.
    :param also: titles of other findings that follow from the same fault.
    """

    cause: str
    make: Callable[[], Resource]
    write: bool = False
    options: dict[str, Any] = field(default_factory=dict)
    also: tuple[str, ...] = ()


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

    def send(self, status: int, body: bytes = b"", **more: str) -> None:
        if status == 200 and "gzip" in (self.headers.get("Accept-Encoding") or ""):
            body = gzip.compress(body)
            more["Content_Encoding"] = "gzip"
            if not self.is_tag_kept and "ETag" in more:
                more["ETag"] = f'{more["ETag"][:-1]}-gzip"'
        if self.varies and status in (200, 304):
            more["Vary"] = "Accept-Encoding"
        super().send(status, body, **more)


def first_of(value: str) -> str:
    return value.partition(",")[0]


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


FAULTS = {
    # reads
    "inm-get": Planted(
        "GET ignores If-None-Match", lambda: Resource(read=drops("If-None-Match", methods=("GET",)))
    ),
    "inm-head": Planted(
        "HEAD ignores If-None-Match",
        lambda: Resource(read=drops("If-None-Match", methods=("HEAD",))),
    ),
    "im-get": Planted(
        "GET ignores If-Match", lambda: Resource(read=drops("If-Match", methods=("GET",)))
    ),
    "im-head": Planted(
        "HEAD ignores If-Match", lambda: Resource(read=drops("If-Match", methods=("HEAD",)))
    ),
    "ius-reads": Planted(
        "GET and HEAD ignore If-Unmodified-Since",
        lambda: Resource(read=drops("If-Unmodified-Since", methods=READS)),
    ),
    "inm-strong": Planted(
        "GET compares If-None-Match strongly",
        lambda: Resource(read=drops("If-None-Match", value=".*W/.*")),
    ),
    "inm-star": Planted(
        "GET and HEAD ignore If-None-Match: *",
        lambda: Resource(read=drops("If-None-Match", methods=READS, value=r"\*")),
    ),
    "inm-list": Planted(
        "GET misreads a list in If-None-Match",
        lambda: Resource(read=rewrites("If-None-Match", first_of, "GET")),
        also=("GET compares If-None-Match strongly",),
    ),
    "inm-lines": Planted(
        "GET reads one of several lines of a field alone", lambda: Resource(read=first_line)
    ),
    "ius-bad-date": Planted(
        "GET does not ignore If-Unmodified-Since where it must be ignored (412)",
        lambda: Resource(decide=bad_dates(412, READS, "If-Unmodified-Since")),
    ),
    "ims-bad-date": Planted(
        "GET does not ignore If-Modified-Since where it must be ignored (304)",
        lambda: Resource(decide=bad_dates(304, READS, "If-Modified-Since")),
        also=("304 lacks fields that its 200 has",),  # such a one is bare besides
    ),
    "order-dates": Planted(
        "GET evaluates preconditions in another order",
        lambda: Resource(read=dates_beside_tags),
    ),
    "order-tags": Planted(
        "GET answers a false If-Match with 304", lambda: Resource(read=swapped_order)
    ),
    "im-weak-get": Planted(
        "GET compares If-Match weakly",
        lambda: Resource(read=rewrites("If-Match", lambda v: v.replace("W/", ""), "GET")),
    ),
    "im-weak-get-weak": Planted(
        "GET compares If-Match weakly",
        lambda: Resource(weak=True, read=drops("If-Match", methods=("GET",), value='W/".*"')),
    ),
    "if-range": Planted(
        "A range is sent where If-Range is false", lambda: Resource(range_of=lambda decision: True)
    ),
    "if-range-weak": Planted(
        "A range is sent where If-Range is false (weak)",
        lambda: Resource(read=rewrites("If-Range", lambda v: v.removeprefix("W/"), "GET")),
    ),
    "options": Planted(
        "OPTIONS looks at preconditions (412)",
        lambda: Resource(decide=on(("OPTIONS",), "If-Match", 412)),
    ),
    "absent-reads": Planted(
        "GET and HEAD look at preconditions where nothing is (412)",
        lambda: Resource(decide=looks_at_nothing),
        options={"absent": "/none"},
    ),
    "304-fields": Planted(
        "304 lacks fields that its 200 has",
        lambda: Resource(answer=only_on_200("Cache-Control", "no-cache")),
    ),
    "etag-unquoted": Planted(
        "The ETag that GET tells is no entity tag",
        lambda: Resource(
            decide=on(READS, "If-None-Match", 304, "v1"), answer=sets("ETag", "v1", *READS)
        ),
    ),
    "date-iso": Planted(
        "The Last-Modified that GET tells is no date",
        lambda: Resource(answer=sets("Last-Modified", "1994-11-15T12:45:26Z")),
        also=("GET does not ignore If-Modified-Since where it must be ignored (304)",),
    ),
    "date-future": Planted(
        "Last-Modified lies in the future",
        lambda: Resource(
            answer=answers(
                lambda method, code, fields: fields.update(
                    {"Date": "Mon, 14 Nov 1994 12:45:26 GMT"}
                )
            )
        ),
    ),
    "head-tag": Planted(
        "HEAD tells other validators than GET",
        lambda: Resource(answer=sets("ETag", '"another"', "HEAD")),
    ),
    "head-length": Planted(
        "HEAD tells another Content-Length than GET has",
        lambda: Resource(answer=sets("Content-Length", "1", "HEAD")),
    ),
    "get-fails": Planted(
        "GET fails with 500 at If-Modified-Since",
        lambda: Resource(decide=bad_dates(500, READS, "If-Modified-Since")),
    ),
    "get-400": Planted(
        "GET answers a false If-Match with 400", lambda: Resource(decide=refusing(400, "GET"))
    ),
    "get-drops": Planted(
        "GET with preconditions is not answered",
        lambda: Resource(decide=on(("GET",), "If-Match", 0, '"stale"')),
    ),
    "get-refuses": Planted(
        "GET answers a true If-Match with 412",
        lambda: Resource(decide=on(("GET",), "If-Match", 412)),
    ),
    # writes
    "im-put": Planted(
        "PUT ignores If-Match",
        lambda: Resource(read=drops("If-Match", methods=("PUT",))),
        True,
        also=("Two writers with the same ETag are both acknowledged, and one update is lost",),
    ),
    "im-patch": Planted(
        "PATCH ignores If-Match", lambda: Resource(read=drops("If-Match", methods=("PATCH",))), True
    ),
    "im-delete": Planted(
        "DELETE ignores If-Match",
        lambda: Resource(read=drops("If-Match", methods=("DELETE",))),
        True,
        {"absent": "/none"},
    ),
    "inm-put": Planted(
        "PUT ignores If-None-Match",
        lambda: Resource(read=drops("If-None-Match", methods=("PUT",))),
        True,
    ),
    "inm-star-put": Planted(
        "PUT ignores If-None-Match: *",
        lambda: Resource(read=drops("If-None-Match", methods=("PUT",), value=r"\*")),
        True,
    ),
    "ius-put": Planted(
        "PUT ignores If-Unmodified-Since",
        lambda: Resource(read=drops("If-Unmodified-Since", methods=("PUT",))),
        True,
    ),
    "malformed": Planted(
        "PUT and PATCH go ahead where If-Match cannot be read",
        lambda: Resource(read=unreadable),
        True,
    ),
    "im-lines": Planted(
        "PUT reads one of several lines of a field alone",
        lambda: Resource(read=first_line),
        True,
        also=("GET reads one of several lines of a field alone",),
    ),
    "im-409": Planted(
        "PUT and PATCH answer a false If-Match with 409",
        lambda: Resource(decide=refusing(409, "PUT", "PATCH")),
        True,
    ),
    "im-weak-put": Planted(
        "PUT compares If-Match weakly",
        lambda: Resource(read=rewrites("If-Match", lambda v: v.replace("W/", ""), "PUT")),
        True,
    ),
    "written-412": Planted(
        "PUT writes, and is answered with a refusal",
        lambda: Resource(decide=writing_under_412),
        True,
        {"field": "text"},
    ),
    "star-refused": Planted(
        "PUT answers a true If-Match: * with 412",
        lambda: Resource(decide=on(("PUT",), "If-Match", 412, r"\*")),
        True,
    ),
    "resurrects": Planted(
        "PUT creates what If-Match says is there", resurrecting, True, {"absent": "/none"}
    ),
    "told-once": Planted(
        "PUT takes a tag in If-Match that was told earlier",
        forgetful,
        True,
        also=("Two writers with the same ETag are both acknowledged, and one update is lost",),
    ),
    "rfc850": Planted(
        "PUT does not read all forms of date in If-Unmodified-Since",
        lambda: Resource(read=unread_dates(r".*-.*")),
        True,
    ),
    "ims-put": Planted(
        "PUT does not ignore If-Modified-Since where it must be ignored (412)",
        lambda: Resource(decide=on(("PUT",), "If-Modified-Since", 412)),
        True,
    ),
    "star-idle": Planted(
        "PUT is answered with success and changes nothing",
        lambda: Resource(decide=acknowledging),
        True,
    ),
    "one-tag": Planted(
        "One strong ETag stands for two contents",
        two_contents_one_tag,
        True,
        also=("Two writers with the same ETag are both acknowledged, and one update is lost",),
    ),
    "put-tag": Planted(
        "The answer to a write tells another ETag than GET",
        lambda: Resource(answer=sets("ETag", '"of old"', "PUT", codes=(204,))),
        True,
    ),
    "put-500": Planted(
        "PUT fails with 500 at If-Match",
        lambda: Resource(decide=on(("PUT",), "If-Match", 500, ".*,.*")),
        True,
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_found_and_named_by_its_cause(name: str) -> None:
    planted = FAULTS[name]
    with serving(planted.make()) as server:
        options = {"field": "text", **planted.options} if planted.write else planted.options
        report = check(server.url, write=planted.write, rounds=2, **options)
        assert server.docs == {"/thing": server.text}
    titles = [finding.title for finding in report.findings]
    shown = "\n".join(f"{f.title}: {[r.vector.id for r in f.results]}" for f in report.findings)
    assert planted.cause in titles, shown
    assert set(titles) <= {planted.cause, *planted.also}, shown
    assert report.not_restored is None


def test_a_server_that_ignores_if_match_is_not_taken_for_a_lenient_one() -> None:
    with serving(FAULTS["im-put"].make()) as server:
        report = check(server.url, write=True, field="text", rounds=0)
    assert "if-match-weak-form" in {result.vector.id for result in report.failed}
