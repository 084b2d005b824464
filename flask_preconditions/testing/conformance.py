"""Play the table of vectors at one resource of an application."""

from collections.abc import Callable
from collections.abc import Collection

from flask import Flask
from flask.testing import FlaskClient

from ..conformance import Kind
from ..conformance import load_vectors
from ..conformance.trial import Trial
from ..conformance.verdicts import Result
from ..conformance.verdicts import Verdict
from ..conformance.wire import Client
from ..exceptions import SetupError
from .bodies import Body
from .bodies import Read
from .bodies import Write
from .bodies import body_of
from .clients import ComparingClient
from .clients import Headers
from .clients import client_of
from .clients import read_first

_SHOWN = 10
_WITH_BODY = {"PUT", "PATCH", "POST", "QUERY"}


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
    and one after, so that what a write did is seen and not believed: status, tag and text
    are compared, and whatever else of the representation moves by itself is not.

    :param where: the application, a test client of it (with its cookies), or a URL.
    :param target: the path of an existing resource. It is written to, if it takes writes.
    :param field: the string of a JSON resource that writes may change; its only one
        without it.
    :param read: in place of ``field``, what gets the text out of any other resource.
    :param write: the body of a write that puts a text there; goes with ``read``.
    :param headers: what every request carries, such as an ``Authorization``; a report
        shows none of its secrets.
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
    if allowed.isdisjoint(_WITH_BODY) and field is None and read is None and write is None:
        body = Body(read=lambda body: "", write=lambda text: b"")  # nothing is ever sent
    else:
        body = body_of(first.response.body, _write_method(allowed), field, read, write)
    vectors = [v for v in load_vectors() if optional or v.kind is not Kind.OPTIONAL]
    unknown = set(skip) - {vector.id for vector in vectors}
    if unknown:
        raise SetupError(f"skip= names {unknown.pop()!r}, which is no vector")
    text = body.read(first.response.body)
    trial = Trial(
        ComparingClient(client, body.read), target, body, text, allowed, required, absent, new
    )
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
