"""Rules about the fields of answers that no condition was sent for."""

from collections.abc import Iterator
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import replace
from typing import TypeGuard

from ..conformance import Expectation
from ..conformance import Kind
from ..conformance import Vector
from ..conformance.verdicts import Result
from ..conformance.verdicts import Verdict
from ..conformance.wire import Exchange
from ..conformance.wire import Fields
from ..conformance.wire import shorten
from ..core import CLAUSES
from ..core import EntityTag
from ..core import InvalidField
from ..core import Outcome
from ..core import parse_http_date
from .survey import Survey

GROUP = "fields"

VALIDATORS = ("ETag", "Last-Modified")

FIELDS_OF_304 = ("Cache-Control", "Content-Location", "Date", "ETag", "Expires", "Vary")
"""RFC 9110 §15.4.5; a 206 has the same (§15.3.7)."""

GZIP: Fields = (("Accept-Encoding", "gzip"),)


def _rule(
    id: str,
    title: str,
    clause: str,
    kind: Kind = Kind.REQUIRED,
    method: str = "GET",
    fields: Fields = (),
) -> Vector:
    expect = Expectation(Outcome.PERFORM, ("2xx",), unchanged=True)
    return Vector(id, title, CLAUSES[clause], kind, GROUP, "document", method, fields, expect)


ETAG_SYNTAX = _rule("etag-syntax", "the ETag that GET tells is an entity tag", "9110 8.8.3")
DATE_SYNTAX = _rule(
    "last-modified-syntax", "the Last-Modified that GET tells is an HTTP date", "9110 8.8.2"
)
DATE_FUTURE = _rule(
    "last-modified-not-in-the-future", "Last-Modified is not later than Date", "9110 8.8.2.1"
)
STRONG_TAG = _rule(
    "strong-tag-names-one-content", "a strong tag stands for one content", "9110 8.8.3"
)
CODED_TAG = _rule(
    "strong-tag-names-one-coding",
    "a compressed content has another strong tag, or a weak one",
    "9110 8.8.3.3",
    fields=GZIP,
)
CODED_VARY = _rule(
    "vary-names-accept-encoding",
    "a content that depends on Accept-Encoding says so in Vary",
    "9110 12.5.5",
    Kind.OPTIONAL,
    fields=GZIP,
)
HEAD_VALIDATORS = _rule(
    "head-tells-what-get-tells",
    "HEAD tells no other validator than GET",
    "9110 9.3.2",
    method="HEAD",
)
HEAD_LENGTH = _rule(
    "head-content-length", "HEAD tells the length that GET has, or none", "9110 8.6", method="HEAD"
)
BARE_304 = _rule(
    "304-has-the-fields-of-200",
    "a 304 has the fields that its 200 has",
    "9110 15.4.5",
    fields=(("If-None-Match", "{etag}"),),
)
CONTENT_OF_304 = _rule(
    "304-has-no-content",
    "a 304 ends with its fields, and has no content",
    "9110 15.4.5",
    fields=(("If-None-Match", "{etag}"),),
)
CONTENT_OF_HEAD = _rule(
    "head-has-no-content",
    "the answer to HEAD ends with its fields, and has no content",
    "9110 9.3.2",
    method="HEAD",
)
FIELDS_OF_206 = _rule(
    "206-has-the-fields-of-200",
    "a 206 has the tag and the fields that its 200 has",
    "9110 15.3.7",
    fields=(("Range", "bytes=0-3"),),
)
WRITE_TAG = _rule(
    "write-tells-the-tag-that-get-tells",
    "the ETag of the answer to a write is the one that GET tells",
    "9110 9.3.4",
    method="PUT",
)

RULES = (
    ETAG_SYNTAX,
    DATE_SYNTAX,
    DATE_FUTURE,
    STRONG_TAG,
    CODED_TAG,
    CODED_VARY,
    HEAD_VALIDATORS,
    HEAD_LENGTH,
    BARE_304,
    WRITE_TAG,
)
"""Every rule, in the order of a report."""

ASKED_FOR = (CONTENT_OF_304, CONTENT_OF_HEAD)
"""Rules that are looked at by requests of their own."""

FAULTS = (*ASKED_FOR, FIELDS_OF_206)
"""Rules that are told only where they are broken."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a rule says of an exchange: a fault, or that there is none."""

    rule: Vector
    exchange: Exchange
    fault: str | None = None


class FieldRules:
    """Collects what the rules say, and gives one result for each: the first fault, if any."""

    def __init__(self) -> None:
        self._faults: dict[str, Judgement] = {}
        self._seen: dict[str, Judgement] = {}

    def add(self, judgement: Judgement | None) -> None:
        """Take note of a judgement."""
        if judgement is None:
            return
        kept = self._faults if judgement.fault else self._seen
        kept.setdefault(judgement.rule.id, judgement)

    def results(self, by_tag: bool) -> Iterator[Result]:
        """Give a result for each rule.

        :param by_tag: whether the resource has one tag at a time.
        """
        for rule in RULES:
            if rule is HEAD_VALIDATORS and not by_tag and rule.id in self._faults:
                yield Result(rule, Verdict.UNJUDGED, "GET tells another ETag each time")
            elif found := self._faults.get(rule.id):
                yield Result(found.rule, Verdict.FAIL, found.fault or "", found.exchange)
            elif found := self._seen.get(rule.id):
                yield Result(found.rule, Verdict.PASS, "", found.exchange)
            else:
                yield Result(rule, Verdict.SKIP, "no answer had what the rule is about")
        for rule in FAULTS:
            if found := self._faults.get(rule.id):
                yield Result(found.rule, Verdict.FAIL, found.fault or "", found.exchange)


def judge_plain(found: Survey) -> Iterator[Judgement]:
    """Judge the answers to plain reads."""
    first = found.first
    yield from _judge_syntax(first)
    judgement = judge_content(*found.reads[:2])
    if judgement:
        yield judgement
    if found.head and found.head.response.status == 200:
        yield from _judge_head(found.reads, found.head)
    if found.coded and found.coded.response.status == 200:
        yield from _judge_coded(found.reads[-1], found.coded)


def _judge_syntax(seen: Exchange) -> Iterator[Judgement]:
    tag, date = seen.response.get("ETag"), seen.response.get("Last-Modified")
    if tag is not None:
        yield Judgement(ETAG_SYNTAX, seen, _tag_fault(tag))
    if date is not None:
        parsed, now = parse_http_date(date), parse_http_date(seen.response.get("Date") or "")
        fault = None if parsed else f"Last-Modified is {date}, which is no HTTP date"
        yield Judgement(DATE_SYNTAX, seen, fault)
        if parsed and now:
            told = seen.response.get("Date")
            fault = f"Last-Modified is {date}, and Date is {told}" if parsed > now else None
            yield Judgement(DATE_FUTURE, seen, fault)


def _tag_fault(tag: str) -> str | None:
    try:
        EntityTag.parse(tag)
    except InvalidField:
        return f"ETag is {tag}, which is no entity tag: it {_why_no_tag(tag)}"
    return None


def _why_no_tag(tag: str) -> str:
    """Say what the grammar does not allow in a tag (RFC 9110 §8.8.3)."""
    if tag[:2] == "w/":
        return "begins with w/, and the prefix of a weak tag is W/"
    opaque = tag.removeprefix("W/")
    if len(opaque) < 2 or not opaque.startswith('"') or not opaque.endswith('"'):
        return "is not in double quotes"
    for character, name in {'"': "a quote", " ": "a blank", "\t": "a tab"}.items():
        if character in opaque[1:-1]:
            return f"has {name} between its quotes"
    return "has a character between its quotes that none may have"


def is_strong(tag: str | None) -> TypeGuard[str]:
    """Tell whether a field says a strong tag."""
    return tag is not None and not _tag_fault(tag) and not tag.startswith("W/")


def judge_content(one: Exchange, other: Exchange) -> Judgement | None:
    """See that two contents have not one strong tag."""
    tag = one.response.get("ETag")
    if one.response.status != 200 or other.response.status != 200:
        return None
    if not is_strong(tag) or tag != other.response.get("ETag"):
        return None
    is_one = one.response.body == other.response.body
    fault = f"two contents have the strong tag {tag}"
    return Judgement(STRONG_TAG, other, None if is_one else fault)


def _judge_head(reads: Sequence[Exchange], head: Exchange) -> Iterator[Judgement]:
    faults, got = [], reads[-1].response
    for name in VALIDATORS:
        told = {seen.response.get(name) for seen in reads}
        of_head = head.response.get(name)
        if of_head is not None and len(told) == 1 and of_head not in told:
            faults.append(f"{name} of HEAD is {of_head}, that of GET {got.get(name)}")
    yield Judgement(HEAD_VALIDATORS, head, "; ".join(faults) or None)
    length = head.response.get("Content-Length")
    octets = {len(seen.response.body) for seen in reads}
    if length is not None and got.get("Content-Encoding") is None and len(octets) == 1:
        is_right = length.isdecimal() and int(length) in octets
        fault = f"Content-Length of HEAD is {length}, and GET has {octets.pop()} octets"
        yield Judgement(HEAD_LENGTH, head, None if is_right else fault)


def _judge_coded(plain: Exchange, coded: Exchange) -> Iterator[Judgement]:
    coding = coded.response.get("Content-Encoding")
    if coding is None or coding == plain.response.get("Content-Encoding"):
        return
    tag = coded.response.get("ETag")
    if tag is not None and not _tag_fault(tag):
        is_one = tag == plain.response.get("ETag") and not tag.startswith("W/")
        fault = f"the content as it is and in {coding} have the strong tag {tag}"
        yield Judgement(CODED_TAG, coded, fault if is_one else None)
    named = (coded.response.get("Vary") or "").lower()
    is_named = "accept-encoding" in named or "*" in named
    fault = f"the content is sent in {coding}, and Vary is {coded.response.get('Vary')}"
    yield Judgement(CODED_VARY, coded, None if is_named else fault)


def judge_304(got: Exchange | None, not_modified: Exchange, sent: Fields) -> Judgement | None:
    """See that a 304 has the fields of the 200 that it stands for.

    :param got: that 200, in answer to the same method.
    :param sent: the fields that it answers, with placeholders.
    """
    if got is None or got.response.status != 200 or not_modified.response.status != 304:
        return None
    missing = _missing(got, not_modified)
    fault = f"the 304 lacks {', '.join(missing)}, which the 200 has" if missing else None
    return Judgement(replace(BARE_304, fields=sent), not_modified, fault)


def _missing(got: Exchange, other: Exchange) -> list[str]:
    told, less = got.response, other.response
    return [n for n in FIELDS_OF_304 if told.get(n) is not None and less.get(n) is None]


def judge_206(before: Exchange, part: Exchange, after: Exchange, sent: Fields) -> Judgement | None:
    """See that a 206 has the fields of the 200 before it and after it, and their tag.

    :param sent: the fields that it answers, with placeholders.
    """
    statuses = [seen.response.status for seen in (before, part, after)]
    tag, told, later = (seen.response.get("ETag") for seen in (before, part, after))
    if statuses != [200, 206, 200] or tag != later:
        return None
    missing = _missing(before, part)
    fault = f"the 206 lacks {', '.join(missing)}, which the 200 has" if missing else None
    if told is not None and told != tag:
        fault = f"the 206 tells ETag {told}, and the 200 tells {tag}"
    return Judgement(replace(FIELDS_OF_206, fields=sent), part, fault)


def judge_end(rule: Vector, exchange: Exchange, excess: bytes) -> Judgement:
    """See that an answer without content ends with its fields.

    :param excess: what came after them, on the same connection.
    """
    shown = shorten(ascii(excess)[1:], 60)
    what = f"{exchange.response.status} to {rule.method}"
    fault = f"after the fields of the {what} comes {shown}" if excess else None
    return Judgement(rule, exchange, fault)


def judge_write(written: Exchange, after: Exchange) -> Judgement | None:
    """See that a write tells the tag that GET tells afterwards."""
    tag = written.response.get("ETag")
    if tag is None or not 200 <= written.response.status < 300 or after.response.status != 200:
        return None
    now = after.response.get("ETag")
    fault = f"the answer to {written.method} tells ETag {tag}, and GET tells {now}"
    # A tag may be weak in its first second, and strong after it (§8.8.1).
    is_one = now is not None and tag.removeprefix("W/") == now.removeprefix("W/")
    return Judgement(WRITE_TAG, written, None if is_one else fault)
