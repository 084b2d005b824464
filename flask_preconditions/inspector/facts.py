"""What an exchange is, in words that the rules ask for; ``inspector.js`` finds the same.

Of the request: ``method``; ``kind`` (read, write, indifferent, unknown); ``fields``;
``conditions``, their names; ``if_match`` and ``if_none_match`` (absent, any, strong, weak, mixed,
malformed); ``bad_dates``; ``is_conditional``, ``guards``, ``by_date``, ``only_asks``.

Of the response: ``status``, ``class``, ``fields``; ``etag`` (absent, strong, weak, malformed);
``content`` (none, some, unknown); ``media``; ``may_be_kept``, ``no_store``, ``is_fresh``;
``suffix``, ``is_coded``, ``varies``; ``listed``: its tag is in If-None-Match; ``problem``;
``by_itself``: what the conditions come to at the state that the response itself tells.

``cors`` and ``history`` are found by :mod:`.origins` and :mod:`.history`.
"""

import json
import re
from typing import Any

from ..core import INDIFFERENT_METHODS
from ..core import READ_METHODS
from ..core import EntityTag
from ..core import Field
from ..core import InvalidField
from ..core import TagList
from ..core import Validators
from ..core import evaluate
from ..core import parse_http_date
from ..core import parse_tag_list
from ..recorded.exchange import Recorded
from ..recorded.exchange import joined
from ..rows import Facts

SUFFIX = re.compile(r"[-:;.]{1,2}(?:gzip|br|zstd|deflate)$")
"""What a hop that compresses puts at the end of the opaque part of a tag."""

_DIRECTIVE = re.compile(r'(?:[^",]|"[^"]*"?)+')
_NOT_READ = "unreadable"


def tag_of(value: str | None) -> EntityTag | None:
    """Read the tag of a response, if it is one."""
    try:
        return EntityTag.parse(wire(value or "").strip(" \t"))
    except InvalidField:
        return None


def wire(value: str) -> str:
    """Give a value as the octets that went over the wire, a character each.

    A record has them as text, in which an octet above 0x7F may have become part of another
    character; a tag takes any of them (RFC 9110 §8.8.3).
    """
    if all(ord(c) <= 0xFF for c in value):
        return value
    return value.encode("utf-8", "surrogatepass").decode("latin-1")


def date_of(value: str | None) -> Any:
    """Read a date of a response."""
    return parse_http_date(value) if value is not None else None


def state_of(recorded: Recorded) -> Validators | None:
    """Give the validators that a response tells, if it tells any."""
    fields = joined(recorded.got)
    tag, date = tag_of(fields.get("etag")), date_of(fields.get("last-modified"))
    return Validators(tag, date) if tag or date else None


def request_facts(recorded: Recorded) -> Facts:
    """Tell what a request is."""
    fields = joined(recorded.sent)
    method = recorded.method
    sent = [field for field in (*Field, "If") if field.lower() in fields]
    tags = {name: _tags(fields.get(name)) for name in ("if-match", "if-none-match")}
    dates = ("If-Modified-Since", "If-Unmodified-Since")
    present = [name for name in dates if name.lower() in fields]
    bad = [name for name in present if date_of(fields[name.lower()]) is None]
    is_dated = "If-Unmodified-Since" in present and "If-Unmodified-Since" not in bad
    kind = "write"
    if method in READ_METHODS:
        kind = "read"
    elif method in INDIFFERENT_METHODS:
        kind = "indifferent"
    return {
        "method": method,
        "kind": kind if method else "unknown",
        "fields": fields,
        "conditions": sorted(sent) if method else None,
        "is_conditional": bool(sent),
        "if_match": tags["if-match"],
        "if_none_match": tags["if-none-match"],
        "bad_dates": bad,
        "guards": tags["if-match"] != "absent" or tags["if-none-match"] == "any" or is_dated,
        "by_date": is_dated and tags["if-match"] == "absent" and tags["if-none-match"] != "any",
        "only_asks": bool(sent) and set(sent) <= {"If-None-Match", "If-Modified-Since"},
    }


def _tags(value: str | None) -> str:
    if value is None:
        return "absent"
    found = parse_tag_list(wire(value))
    if not isinstance(found, TagList):
        return "malformed"
    if found.any:
        return "any"
    kinds = ("strong" if found.strong else "", "weak" if found.weak else "")
    return "mixed" if all(kinds) else "".join(kinds)


def response_facts(recorded: Recorded) -> Facts:
    """Tell what a response is."""
    fields = joined(recorded.got)
    told, tag = fields.get("etag"), tag_of(fields.get("etag"))
    kind = "absent" if told is None else "malformed"
    if tag:
        kind = "weak" if tag.weak else "strong"
    none_match = parse_tag_list(wire(joined(recorded.sent).get("if-none-match", "")))
    content = recorded.content
    coding = fields.get("content-encoding", "").strip(" \t").lower()
    varied = {name.strip(" \t").lower() for name in fields.get("vary", "").split(",")}
    return {
        "status": recorded.status,
        "class": recorded.status // 100,
        "fields": fields,
        "etag": kind,
        "content": "unknown" if content is None else "some" if content else "none",
        "media": fields.get("content-type", "").partition(";")[0].strip(" \t").lower(),
        **_keeping(fields),
        "suffix": bool(tag and SUFFIX.search(tag.opaque)),
        "is_coded": coding not in ("", "identity"),
        "varies": bool(varied & {"accept-encoding", "*"}),
        "listed": bool(tag and isinstance(none_match, TagList) and none_match.weakly_contains(tag)),
        "problem": _problem(recorded, fields),
        "by_itself": _by_itself(recorded),
    }


def directives(value: str) -> dict[str, str]:
    """Read Cache-Control; names in lower case, values without their quotes."""
    found: dict[str, str] = {}
    for part in _DIRECTIVE.findall(value):
        name, _, argument = part.partition("=")
        found.setdefault(name.strip(" \t").lower(), argument.strip(" \t").strip('"'))
    return found


def _keeping(fields: dict[str, str]) -> Facts:
    """Tell what caches are told (RFC 9111 §3, §4.2)."""
    control = directives(fields.get("cache-control", ""))
    lives = [control.get(name, "") for name in ("max-age", "s-maxage")]
    is_fresh = any(re.fullmatch("[0-9]+", text) and text.strip("0") for text in lives)
    expires, date = date_of(fields.get("expires")), date_of(fields.get("date"))
    if not any(lives) and expires and date:
        is_fresh = expires > date
    no_store = "no-store" in control
    return {
        "may_be_kept": not no_store and (is_fresh or "public" in control),
        "no_store": no_store,
        "is_fresh": is_fresh and not no_store and "no-cache" not in control,
    }


def _problem(recorded: Recorded, fields: dict[str, str]) -> str:
    """Judge a problem document (RFC 9457 §3.1)."""
    media = fields.get("content-type", "").partition(";")[0].strip(" \t").lower()
    is_problem = media == "application/problem+json"
    if recorded.status < 400 or recorded.method == "HEAD" or recorded.content is None:
        return "none"
    if not is_problem and media != "application/json":
        return "none"
    document = _object(recorded.content)
    if document is None:
        return _NOT_READ if is_problem else "none"
    texts = [document.get(name, "") for name in ("type", "title", "detail", "instance")]
    status = document.get("status", recorded.status)
    if not is_problem:
        is_alike = document.get("status") == recorded.status and "title" in document
        return "untyped" if is_alike and ("type" in document or "detail" in document) else "none"
    if not all(isinstance(text, str) for text in texts):
        return "members"
    is_number = isinstance(status, int | float) and not isinstance(status, bool)
    if not is_number:
        return "members"
    return "fine" if status == recorded.status else "status"


def _object(content: bytes) -> dict[str, Any] | None:
    def refuse(name: str) -> None:
        raise ValueError(name)  # NaN and its like are no JSON

    try:
        found = json.loads(content.decode(), parse_constant=refuse)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _by_itself(recorded: Recorded) -> str:
    """Evaluate the conditions of a request at the state that its answer tells."""
    state, sent = state_of(recorded), joined(recorded.sent)
    conditions = {f.lower() for f in Field} & sent.keys()
    is_read = recorded.status == 200 and recorded.method in READ_METHODS
    if recorded.status != 412 and not is_read:
        return "unknown"
    if state is None or not conditions or "if" in sent:
        return "unknown"
    is_by_tag = "if-match" in conditions or "if-none-match" in conditions
    if state.etag is None if is_by_tag else state.last_modified is None:
        return "unknown"
    return decide(recorded, state)


def decide(recorded: Recorded, state: Validators) -> str:
    """Tell the outcome of a request at a state."""
    fields = [(name, wire(value)) for name, value in recorded.sent]
    return str(evaluate(recorded.method, fields, state).outcome)
