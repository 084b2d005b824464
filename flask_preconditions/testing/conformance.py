"""Play the table of vectors at one resource of an application."""

import time
from collections.abc import Callable
from collections.abc import Collection
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC
from datetime import datetime
from datetime import timedelta

from flask import Flask
from flask.testing import FlaskClient

from ..conformance import Kind
from ..conformance import Vector
from ..conformance import load_vectors
from ..conformance.verdicts import Result
from ..conformance.verdicts import Verdict
from ..conformance.verdicts import find_faults
from ..conformance.wire import Client
from ..conformance.wire import Exchange
from ..core import ABSENT
from ..core import EntityTag
from ..core import Outcome
from ..core import State
from ..core import Validators
from ..core import evaluate
from ..core import format_http_date
from ..core import parse_http_date
from ..exceptions import SetupError
from .bodies import Body
from .bodies import Read
from .bodies import Write
from .bodies import body_of
from .clients import Headers
from .clients import client_of
from .clients import read_first

DATE_SECONDS = 1.5
"""How long a Last-Modified is waited for: its own second must be over (§8.8.2.2)."""

LONG_FIELD_OCTETS = 4_000
"""Fields longer than this may be too long for the server in front of the application."""

_SHOWN = 10


def assert_conformant(
    where: Flask | FlaskClient | str,
    target: str,
    *,
    field: str | None = None,
    read: Read | None = None,
    write: Write | None = None,
    headers: Headers = (),
    content_type: str = "application/json",
    methods: Collection[str] | None = None,
    required: bool = True,
    optional: bool = True,
    absent: Callable[[], str] | None = None,
    new: Callable[[], str] | None = None,
    skip: Collection[str] = (),
) -> list[Result]:
    """Assert that a resource treats preconditions as RFC 9110 says.

    Every vector of the table that applies is sent to the resource, between a GET before
    and one after, so that what a write did is seen and not believed.

    :param where: the application, a test client of it (with its cookies), or a URL.
    :param target: the path of an existing resource. It is written to.
    :param field: the string of a JSON resource that writes may change; its only one
        without it.
    :param read: in place of ``field``, what gets the text out of any other resource.
    :param write: the body of a write that puts a text there; goes with ``read``.
    :param headers: what every request carries, such as an ``Authorization``.
    :param methods: what the resource answers; without it, ``Allow`` of OPTIONS.
    :param required: whether a write without a condition is to be 428.
    :param optional: whether to judge what the RFC leaves open too: the problem documents,
        the 400 to a malformed condition, no tag on the answer to PUT.
    :param absent: gives a path where nothing is, another one each time. Without it, those
        vectors are left out.
    :param new: makes another resource and gives its path, for the vectors that delete it.
        Without it, those vectors are left out.
    :param skip: the ids of vectors that are not to be judged.
    :return: the result of every vector, those left out with the reason.
    :raises AssertionError: with request, expected and actual answer, and the clause.
    :raises SetupError: when an argument is off.
    """
    __tracebackhide__ = True
    client = client_of(where, headers, content_type)
    first = read_first(client, target)
    allowed = frozenset(methods or _allowed(client, target))
    body = body_of(first.response.body, _write_method(allowed), field, read, write)
    vectors = [v for v in load_vectors() if optional or v.kind is not Kind.OPTIONAL]
    unknown = set(skip) - {vector.id for vector in vectors}
    if unknown:
        raise SetupError(f"skip= names {unknown.pop()!r}, which is no vector")
    text = body.read(first.response.body)
    trial = _Trial(client, target, body, text, allowed, required, absent, new)
    results = list(trial.play_all([v for v in vectors if v.id not in skip]))
    failed = [result for result in results if result.verdict is Verdict.FAIL]
    played = sum(result.verdict is not Verdict.SKIP for result in results)
    if failed:
        raise AssertionError(_report(target, failed, played))
    return results


def _report(target: str, failed: list[Result], played: int) -> str:
    shown = "\n\n".join(result.explain().rstrip() for result in failed[:_SHOWN])
    rest = ", ".join(result.vector.id for result in failed[_SHOWN:])
    more = f"\n\nAnd also: {rest}" if rest else ""
    return f"{target}: {len(failed)} of {played} vectors fail\n\n{shown}{more}"


def _allowed(client: Client, target: str) -> set[str]:
    allow = client.send("OPTIONS", target).response.get("Allow")
    if not allow:
        raise SetupError('OPTIONS tells no Allow; say what the resource answers: methods={"PUT"}')
    return {name.strip() for name in allow.split(",")} | {"GET", "HEAD"}


def _write_method(allowed: Collection[str]) -> str:
    return "PATCH" if "PATCH" in allowed and "PUT" not in allowed else "PUT"


def _needs_date(vector: Vector) -> bool:
    return any("{date" in value for _, value in vector.fields)


class _Trial:
    """One run of the table at one resource."""

    def __init__(
        self,
        client: Client,
        target: str,
        body: Body,
        text: str,
        allowed: Collection[str],
        required: bool,
        absent: Callable[[], str] | None,
        new: Callable[[], str] | None,
    ) -> None:
        self.client = client
        self.target = target
        self.body = body
        self.allowed = allowed
        self.required = required
        self.absent = absent
        self.new = new
        self.text = text
        self.is_dated = False
        self.writes = 0

    def play_all(self, vectors: list[Vector]) -> Iterator[Result]:
        """Play what applies: first what changes nothing, so that few dates are waited for."""
        adapted = [self._adapt(vector) for vector in vectors]
        adapted.sort(key=lambda v: (not v.expect.unchanged, _needs_date(v)))
        self.is_dated = self._find_date()
        reasons = {vector.id: self._why_not(vector) for vector in adapted}
        targets = {
            vector.id: self.new()
            for vector in adapted
            if self.new and not reasons[vector.id] and self._uses_up(vector)
        }
        for vector in adapted:
            if reason := reasons[vector.id]:
                yield Result(vector, Verdict.SKIP, reason)
            elif vector.state == "absent" and self.absent:
                yield self._play(vector, self.absent())
            else:
                yield self._play(vector, targets.get(vector.id, self.target))

    def _find_date(self) -> bool:
        """Tell whether the resource has a date, which it may not show in its first second."""
        now = format_http_date(datetime.now(UTC) + timedelta(seconds=1))
        probe = self.client.send("GET", self.target, [("If-Modified-Since", now)])
        seen = self._look(self.target, awaits_date=probe.response.status == 304)
        return seen.response.get("Last-Modified") is not None

    def _adapt(self, vector: Vector) -> Vector:
        """Send a PUT as PATCH where the resource answers only that: the rules are the same."""
        takes_patch = "PUT" not in self.allowed and "PATCH" in self.allowed
        if vector.method != "PUT" or vector.state != "document" or not takes_patch:
            return vector
        if "ETag" in vector.expect.lacks:  # §9.3.4 is about PUT alone
            return vector
        return replace(vector, method="PATCH")

    def _uses_up(self, vector: Vector) -> bool:
        if vector.state != "document" or vector.expect.unchanged:
            return False
        return vector.method == "DELETE" or _needs_date(vector)

    def _why_not(self, vector: Vector) -> str | None:
        if vector.state not in ("document", "absent") or vector.etag is not None:
            return "the resource chooses its own validators"
        if vector.state == "absent" and self.absent is None:
            return "absent= gives the path of nothing"
        if vector.method not in {"OPTIONS", "TRACE", *self.allowed}:
            return f"the resource does not answer {vector.method}"
        if vector.method == "DELETE" and self._uses_up(vector) and self.new is None:
            return "new= makes a resource to delete"
        fields = vector.resolve_fields(vector.current)
        decision = evaluate(vector.method, fields, vector.current, required=self.required)
        if (decision.outcome is Outcome.REQUIRED) is not (
            vector.expect.outcome is Outcome.REQUIRED
        ):
            return "it is about a resource that asks for a condition, or about one that does not"
        if self.is_dated or vector.current is ABSENT:
            return None
        if _needs_date(vector):
            return "the resource tells no Last-Modified"
        dateless = replace(vector.current, last_modified=None)
        other = evaluate(vector.method, fields, dateless, required=self.required)
        is_same = (other.outcome, other.honours_range) == (decision.outcome, decision.honours_range)
        return None if is_same else "the resource tells no Last-Modified"

    def _play(self, vector: Vector, target: str) -> Result:
        before = self._look(target, awaits_date=_needs_date(vector))
        current = _state_of(before)
        if (current is ABSENT) is not (vector.state == "absent"):
            there = "is" if vector.state == "absent" else "is not"
            return Result(vector, Verdict.FAIL, f"{target} {there} there", before)
        body = b""
        if vector.method in ("PUT", "PATCH", "POST", "QUERY"):
            self.writes += 1
            body = self.body.write(f"{self.text} {self.writes}")
        sent = vector.resolve_fields(current)
        is_long = sum(len(value) for _, value in sent) > LONG_FIELD_OCTETS
        try:
            exchange = self.client.send(vector.method, target, sent, body)
        except OSError:
            if is_long:
                return Result(vector, Verdict.SKIP, "the server breaks off at long fields")
            raise
        after = self.client.send("GET", target)
        status = exchange.response.status
        if vector.kind is Kind.OBSERVED:
            return Result(vector, Verdict.OBSERVED, str(status), exchange)
        faults = list(find_faults(vector, current, exchange, before, after))
        if faults and is_long and status in (400, 413, 414, 431):
            return Result(vector, Verdict.SKIP, "the server takes no fields this long", exchange)
        if faults and vector.state == "absent" and vector.method == "PUT" and status == 404:
            return Result(vector, Verdict.SKIP, "PUT does not create here", exchange)
        verdict = Verdict.FAIL if faults else Verdict.PASS
        return Result(vector, verdict, "; ".join(faults), exchange)

    def _look(self, target: str, *, awaits_date: bool) -> Exchange:
        """Read a target; the date of a change shows once its second is over."""
        deadline = time.monotonic() + DATE_SECONDS
        seen = self.client.send("GET", target)
        while (
            awaits_date
            and seen.response.status == 200
            and seen.response.get("Last-Modified") is None
            and time.monotonic() < deadline
        ):
            time.sleep(0.05)  # between two polls, up to a deadline
            seen = self.client.send("GET", target)
        return seen


def _state_of(seen: Exchange) -> State:
    if seen.response.status in (404, 410):
        return ABSENT
    tag, date = seen.response.get("ETag"), seen.response.get("Last-Modified")
    return Validators(EntityTag.parse(tag) if tag else None, parse_http_date(date or ""))
