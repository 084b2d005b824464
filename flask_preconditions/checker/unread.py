"""A server that reads one form of tag, and refuses every other one."""

import re
from collections.abc import Iterable
from collections.abc import Sequence

from ..conformance import Vector
from ..conformance.verdicts import Result
from ..core import Field
from ..core import Outcome
from .symptoms import Topic
from .symptoms import topic_of

TAG_FIELDS = (Field.IF_MATCH, Field.IF_NONE_MATCH)

_OWN = {"{etag}", "{etag:strong}", "{etag:earlier}", "*"}
_REFUSALS = (400, 422)
_NO_FORM = (Topic.MALFORMED, Topic.LONG, Topic.METHOD, Topic.ABSENT, Topic.NOWHERE)


def find_unread(judged: Iterable[Result]) -> dict[str, int]:
    """Find the fields of which a server refuses every value but the tags that are like its own.

    It is so where it takes its own tag, and answers with one status to all that the grammar
    allows besides (RFC 9110 §8.8.3): tags of another form, lists, several lines. Some of it
    says what is true, so that it is no false condition that is refused.

    :return: the status, 400 or 422, of each such field.
    """
    given = [result for result in judged if result.exchange]
    found, has_true = {}, False
    for field in TAG_FIELDS:
        alone = [r for r in given if _names(r.vector) == {field.lower()}]
        others = [r for r in alone if sends_other_form(r.vector, field)]
        own = {_status(r) for r in alone if _sends_own(r.vector, field)}
        statuses, topics = {_status(r) for r in others}, {topic_of(r.vector) for r in others}
        if len(statuses) == 1 and len(topics) > 1 and own and not own & statuses:
            found[str(field)] = statuses.pop()
            has_true = has_true or any(
                r.vector.expect.outcome is not Outcome.FAILED for r in others
            )
    return {name: status for name, status in found.items() if has_true and status in _REFUSALS}


def _status(result: Result) -> int:
    return result.exchange.response.status if result.exchange else 0


def _names(vector: Vector) -> set[str]:
    return {name.lower() for name, _ in vector.fields}


def _sends_own(vector: Vector, field: str) -> bool:
    return topic_of(vector) not in _NO_FORM and not sends_other_form(vector, field)


def sends_other_form(vector: Vector, field: str) -> bool:
    """Tell whether a vector sends a field that is right, and neither one own tag nor ``*``."""
    if topic_of(vector) in _NO_FORM:
        return False
    values = [value.strip() for name, value in vector.fields if name.lower() == field.lower()]
    return bool(values) and (len(values) > 1 or values[0] not in _OWN)


def form_of(judged: Iterable[Result]) -> str:
    """Name the form of the tags that a server tells."""
    told = [
        tag
        for result in judged
        if result.exchange and (tag := result.exchange.response.get("ETag"))
    ]
    return next((name for pattern, name in _FORMS if _all_fit(pattern, told)), "of its own form")


_FORMS = (
    (r'"\d+"', "of digits"),
    (r'"[0-9a-f]+"', "of hexadecimal digits"),
    (r'W/".*"', "that is weak"),
)


def _all_fit(pattern: str, tags: Sequence[str]) -> bool:
    return bool(tags) and all(re.fullmatch(pattern, tag) for tag in tags)
