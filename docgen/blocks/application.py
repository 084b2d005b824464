"""The application that runs the command; blocks for the pages in ``app_content``."""

import json
import re
from dataclasses import dataclass
from typing import Literal

from markupsafe import Markup

from flask_preconditions.core import Outcome
from flask_preconditions.problems import PROBLEM_TYPES

from ..records.application import Application
from ..records.captures import Captured
from ..records.server import Request
from ..sources.application import APP_CONTENT
from ..sources.application import Operation
from ..sources.data import read_text
from ..sources.errors import BlockError
from . import wire
from .exchanges import curl
from .exchanges import exchange
from .highlight import highlight
from .slot import Slot
from .slot import Sources
from .wire import Shown

_PAST_CACHES = [("Cache-Control", "no-cache")]
_ORDER = (Outcome.REQUIRED, Outcome.FAILED, Outcome.MALFORMED, Outcome.NOT_MODIFIED)


@dataclass(frozen=True, slots=True)
class Section:
    """What is told of an operation.

    :param id: its anchor.
    :param command: the request as a command for the shell.
    :param is_captured: whether the values in it come from the application.
    :param refused: its refusals as they were captured, and how each is put in words.
    """

    id: str
    operation: Operation
    command: Markup
    is_captured: bool
    refused: list[tuple[str, Shown]]


@dataclass(frozen=True, slots=True)
class Panel:
    """What a client does, in one language."""

    title: str
    code: Markup


def app_routes(sources: Sources) -> Slot:
    """Show what a client sends to each guarded route, and what it may get."""
    rows = [(_anchor(each), each) for each in _app(sources).operations]
    return Slot("app_routes", {"rows": rows})


def app_operations(sources: Sources, *endpoints: str) -> Slot:
    """Show each guarded route: its request, what it promises and how it refuses.

    :param endpoints: the names of the views; all by default.
    """
    app = _app(sources)
    known = {operation.endpoint for operation in app.operations}
    for name in endpoints:
        if name not in known:
            there = ", ".join(sorted(known))
            raise BlockError(f"no guarded endpoint '{name}'; there are: {there}")
    chosen = [each for each in app.operations if not endpoints or each.endpoint in endpoints]
    return Slot("app_operations", {"sections": [_section(app, each) for each in chosen]})


def app_problems(sources: Sources) -> Slot:
    """Show the problem types that the guarded routes answer with."""
    app = _app(sources)
    is_rewritten = any(set(each.refusals) > set(each.problems) for each in app.operations)
    return Slot("app_problems", {"problems": app.problems, "is_rewritten": is_rewritten})


def app_unguarded(sources: Sources) -> Slot:
    """Show the routes that look at no condition, each with its reason."""
    return Slot("app_unguarded", {"rows": _app(sources).unguarded})


def app_next(sources: Sources) -> Slot:
    """Show what a client does, in curl, fetch and Python, so that no refusal stops it."""
    app = _app(sources)
    found = _round_trip(app)
    if found is None:
        return Slot("app_next", {"panels": []})
    return Slot("app_next", {"panels": _panels(app, *found)})


def refusal(sources: Sources, problem: str, transcript: str, step: int) -> Slot:
    """Show a refusal of the application; of a server of ours where it has captured none.

    :param problem: the last part of the ``type`` of the problem.
    :param transcript: what a server recorded, as :func:`.exchange` takes it.
    :param step: which request of it, from 1.
    """
    outcomes = {kind.slug: outcome for outcome, kind in PROBLEM_TYPES.items()}
    if problem not in outcomes:
        raise BlockError(f"no refusal '{problem}'; there are: {', '.join(outcomes)}")
    found = sources.app.find_refusal(outcomes[problem]) if sources.app else None
    if found is None:
        return exchange(sources, transcript, steps=[step])
    shown = wire.show([found[1].refused[outcomes[problem]]])
    return Slot("app_refusal", {"shown": shown})


def command(sources: Sources, kind: Literal["read", "write"], transcript: str, step: int) -> Slot:
    """Show how to read or to write again, as a command for the shell.

    :param transcript: what a server recorded, for a site without an application whose write
        is known; as :func:`.curl` takes it.
    :param step: which request of it, from 1.
    """
    found = _round_trip(sources.app) if sources.app else None
    if sources.app is None or found is None:
        return curl(sources, transcript, step)
    request = dict(zip(("read", "write"), _requests(*found), strict=True))[kind]
    return Slot(
        "command", {"command": highlight(wire.curl(request, sources.app.server_of(found[0])), "sh")}
    )


def _section(app: Application, operation: Operation) -> Section:
    captured = app.captured(operation)
    request = captured.example or _example(operation, captured)
    refused = [
        (_in_words(outcome, operation), wire.show([captured.refused[outcome]])[0])
        for outcome in _ORDER
        if outcome in captured.refused
    ]
    command = highlight(wire.curl(request, app.server_of(operation)), "sh")
    is_captured = captured.example is not None or bool(captured.refused)
    return Section(_anchor(operation), operation, command, is_captured, refused)


def _example(operation: Operation, captured: Captured) -> Request:
    """Give a request of an operation for which no application gave the values."""
    not_modified = captured.refused.get(Outcome.NOT_MODIFIED)
    if not_modified:
        return not_modified.request
    read = "None-Match" if operation.has_tag else "Modified-Since"
    write = "Match" if operation.has_tag else "Unmodified-Since"
    value = '"…"' if operation.has_tag else "…"
    name = f"If-{read if operation.is_read else write}"
    return Request(fields=[(name, value)], method=operation.method, target=operation.path)


def _in_words(outcome: Outcome, operation: Operation) -> str:
    if outcome is Outcome.REQUIRED:
        return "Without a condition"
    if outcome is Outcome.FAILED:
        return (
            f"With {'a tag' if operation.has_tag else 'a date'} that is no longer the current one"
        )
    if outcome is Outcome.MALFORMED:
        return "With a tag that lost its quotes"
    return "Nothing has changed"


def _anchor(operation: Operation) -> str:
    words = re.sub(r"\W+", "-", operation.address).strip("-").lower()
    return f"{operation.method.lower()}-{words}" if words else operation.method.lower()


def _round_trip(app: Application) -> tuple[Operation, Captured] | None:
    """Choose a write whose target is read at the same path; one with a sample before others."""
    reads = {each.address for each in app.operations if each.is_read}
    writes = [
        each
        for each in app.operations
        if not each.is_read and each.method in ("PUT", "PATCH") and each.has_tag
    ]
    found = [each for each in writes if app.captured(each).read]
    found += [each for each in writes if each.address in reads]
    return (found[0], app.captured(found[0])) if found else None


def _requests(operation: Operation, captured: Captured) -> tuple[Request, Request]:
    """Give the read that goes before a write, and the write."""
    known = captured.read.request if captured.read else None
    target = known.target if known else operation.path
    fields = known.fields if known else []
    read = Request(fields=[*fields, *_PAST_CACHES], method="GET", target=target)
    with_tag = [*fields, ("If-Match", '"…"')]
    write = Request(fields=with_tag, method=operation.method, target=target)
    return read, captured.example or write


def _panels(app: Application, operation: Operation, captured: Captured) -> list[Panel]:
    read, write = _requests(operation, captured)
    server = app.server_of(operation)
    fields = [field for field in read.fields if field not in _PAST_CACHES]
    values = {
        "read": wire.curl(read, server),
        "write": wire.curl(write, server),
        "url": json.dumps(server + read.target),
        "method": json.dumps(operation.method),
        "headers": json.dumps(dict(fields), ensure_ascii=False),
    }
    panels = []
    for title, language in (("curl", "sh"), ("fetch", "js"), ("Python", "py")):
        text = read_text(APP_CONTENT / "clients" / f"{title.lower()}.txt")
        for name, value in values.items():
            text = text.replace(f"@{name}@", value)
        panels.append(Panel(title, highlight(text, language)))
    return panels


def _app(sources: Sources) -> Application:
    if sources.app is None:
        raise BlockError("there is no application with guarded routes: flask --app NAME docgen …")
    return sources.app
