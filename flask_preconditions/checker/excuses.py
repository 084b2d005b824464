"""Answers that are not the expected ones, and no findings."""

from collections.abc import Iterator

from ..conformance import play
from ..conformance.verdicts import Result
from ..conformance.verdicts import Verdict
from ..conformance.wire import Exchange
from ..core import Field
from .patience import BUSY
from .survey import intermediary
from .symptoms import has_unreadable_if_range
from .writes import WITH_CONTENT
from .writes import is_success

# A cache that answers by itself may ignore these (RFC 9110 §13.1.1, §13.1.4).
_NOT_FOR_CACHES = (Field.IF_MATCH, Field.IF_UNMODIFIED_SINCE)


def why_postponed(result: Result) -> str | None:
    """Say why an answer tells nothing yet: the server puts the request off."""
    if result.exchange is None or (result.is_changed and result.vector.expect.unchanged):
        return None
    status = result.exchange.response.status
    if status in BUSY:
        return f"the server takes no more requests for now ({status})"
    if status == 202:
        return "the server has taken the request and not acted on it yet (202)"
    return None


def excuse(result: Result, required: bool, plain_status: int = 0) -> str | None:
    """Say why an answer that is not the expected one is no finding.

    :param required: whether a write without a condition is refused.
    :param plain_status: how it is refused at the place in question.
    """
    vector, exchange = result.vector, result.exchange
    if exchange is not None and _is_empty_list(exchange) and is_success(exchange):
        return "an empty If-None-Match is a list without a tag, and stops nothing (§5.6.1)"
    if exchange is None or (result.is_changed and vector.expect.unchanged):
        return None
    if reason := play.excuse(result, required=required) or _refused(exchange, required=required):
        return reason
    is_create = vector.state == "absent" and vector.method == "PUT"
    if is_create and exchange.response.status == plain_status:
        return f"refused as {plain_status}: the server asks for another condition to create"
    if _is_refused_as_plain(exchange, plain_status):
        return f"refused as {plain_status}, as it is without a condition (RFC 9110 §13.2.1)"
    decided_by = vector.expect.decided_by
    is_read = vector.method in ("GET", "HEAD")
    if is_read and decided_by in _NOT_FOR_CACHES and intermediary(exchange):
        return f"a cache may have answered, and may ignore {decided_by}"
    return None


def _is_refused_as_plain(exchange: Exchange, plain_status: int) -> bool:
    """Tell whether a write is answered as one without a condition, and names no tag.

    That a true If-Match: * is false, which is 412, is wrong whatever else is.
    """
    status = exchange.response.status
    is_false = status == 412 and "*" in _if_match_of(exchange)
    return _names_no_tag(exchange) and status == plain_status and not is_false


def _is_empty_list(exchange: Exchange) -> bool:
    """Tell whether all that a request says of tags is an empty If-None-Match."""
    tags = {value.strip() for name, value in exchange.fields if name.lower() in _TAG_FIELDS}
    return tags == {""} and not any(name.lower() == "if-match" for name, _ in exchange.fields)


_TAG_FIELDS = ("if-match", "if-none-match")


def is_refused_for_want_of_one(exchange: Exchange) -> bool:
    """Tell whether a write may be refused because it names no tag in If-Match."""
    return _names_no_tag(exchange) and 400 <= exchange.response.status < 500


def _names_no_tag(exchange: Exchange) -> bool:
    is_write = exchange.method in (*WITH_CONTENT, "DELETE")
    return is_write and _if_match_of(exchange) <= {"*", ""}


def _if_match_of(exchange: Exchange) -> set[str]:
    return {value.strip() for name, value in exchange.fields if name.lower() == "if-match"}


def _refused(exchange: Exchange, *, required: bool) -> str | None:
    status = exchange.response.status
    tags = _if_match_of(exchange)
    if status == 428 and required and tags <= {"*"}:
        # What is not 2xx without a condition is not made so by one (RFC 9110 §13.2.1).
        return f"refused as 428: the server asks for {'a tag in ' * bool(tags)}If-Match"
    if status == 400 and has_unreadable_if_range(exchange):
        return "an If-Range that cannot be read is refused, and no range is sent"
    return None


def of_another_coding(results: list[Result]) -> Iterator[Result]:
    """Excuse a tag with ``-gzip`` after it, where nothing else is taken that is nearly a tag.

    It is the tag of the compressed content: of another representation of the same state, so
    that nothing is lost by a write that names it (RFC 9110 §8.8.3.3).

    :param results: of the table, and of :mod:`.nearness`.
    """
    failed = {r.vector.id for r in results if r.verdict is Verdict.FAIL}
    is_part = any(id.startswith("if-match-nearly-") for id in failed)
    for result in results:
        is_such = result.vector.id == "if-match-suffix-gzip" and result.verdict is Verdict.FAIL
        if is_such and not is_part and not failed & _OTHER_TAGS:
            reason = "the tag of the compressed content is taken too, which is the same state"
            yield Result(result.vector, Verdict.SKIP, reason, result.exchange)
        else:
            yield result


_BARE_RANGE = "if-range-unquoted"
_OTHER_RANGES = {"if-range-other-tag", "if-range-invalid-date"}
_BARE, _WEAK_FORM = "if-match-malformed-unquoted", "if-match-weak-form"
_OTHER_TAGS = {"if-match-stale-tag", "if-match-malformed-unquoted-stale"}


def recovered(results: list[Result]) -> Iterator[Result]:
    """Excuse the current tag in another spelling where a server recovers it.

    One that takes it without quotes too, and no other tag, does not compare weakly. It
    recovers what it can (RFC 9110 §2.4), the tag is the current one, and nothing is lost.
    """
    passed = {result.vector.id for result in results if result.verdict is Verdict.PASS}
    performed = {
        result.vector.id
        for result in results
        if result.verdict is Verdict.FAIL and result.is_changed and result.exchange
    }
    for result in results:
        id, is_failed = result.vector.id, result.verdict is Verdict.FAIL
        is_recovered = {_BARE, _WEAK_FORM} <= performed and passed >= _OTHER_TAGS
        if id == _WEAK_FORM and is_recovered:
            reason = "the current tag is taken in any spelling, with W/ and without quotes"
            yield Result(result.vector, Verdict.SKIP, reason, result.exchange)
        elif id == _BARE_RANGE and is_failed and passed >= _OTHER_RANGES:
            reason = "the current tag is taken without its quotes, and nothing else is (§2.4)"
            yield Result(result.vector, Verdict.SKIP, reason, result.exchange)
        else:
            yield result
