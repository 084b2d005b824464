"""What becomes of a request, and by which clause: ``flask preconditions explain``.

The request is matched, its target is loaded and compared as a guarded view would do it.
The view does not run, no guard is entered, and nobody is signalled.
"""

import inspect
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from flask import Flask
from flask import Request
from flask import request
from werkzeug.exceptions import HTTPException
from werkzeug.exceptions import MethodNotAllowed
from werkzeug.exceptions import NotFound
from werkzeug.routing import RequestRedirect

from .config import Policy
from .config import defaults_at
from .core import ABSENT
from .core import INDIFFERENT_METHODS
from .core import Decision
from .core import Outcome
from .core import State
from .core import format_http_date
from .core import printable
from .exceptions import SetupError
from .exempt import EXEMPT
from .extension import guard_of
from .extension import method_decorators_of
from .request.inquiry import Inquiry
from .request.layers import method_of
from .request.plan import MARK
from .request.plan import Function
from .request.plan import Guarded
from .request.plan import Plan
from .request.plan import plan_for
from .request.responses import refusal
from .request.targets import MissingValue

_UNPRINTABLE = re.compile(r"[^ -~]")


def _escape(found: re.Match[str]) -> str:
    return found[0] if found[0].isprintable() else json.dumps(found[0])[1:-1]


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a request comes to.

    :param state: the state that it was compared with; ``None`` when it cannot be known here,
        and no decision with it.
    :param required: whether the policy asks this request for a condition.
    :param required_by: where the policy says so or not.
    :param status: the status that answers it; ``None`` when the view does.
    :param problem: the problem document of a refusal.
    """

    method: str
    path: str
    rule: str
    endpoint: str
    guarded: Guarded
    state: State | None
    required: bool
    required_by: str
    decision: Decision | None
    status: int | None
    problem: dict[str, object]
    notes: tuple[str, ...]

    @property
    def is_missing(self) -> bool:
        """Whether the target does not exist, which no precondition changes (§13.2.1)."""
        return self.state is ABSENT and self.status == 404

    def as_text(self) -> str:
        """Tell it in lines for people."""
        asked = "asked for" if self.required else "not asked for"
        lines = [
            f"{self.method} {self.path} is {self.rule}, answered by {self.endpoint}",
            f"  guarded by   {self.guarded.describe()}",
            f"  a condition  is {asked}: {self.required_by}",
            f"  the target   {_describe(self.state)}",
            "",
        ]
        if self.decision is not None:
            verdict, *steps = self.decision.explain().split("\n")
            lines += ["not compared" if self.is_missing else verdict, *steps, ""]
        if self.decision is not None or self.status:
            lines.append(f"The answer is {self.status}." if self.status else "The view runs.")
        return "\n".join(printable(line) for line in [*lines, *self.notes])

    def as_json(self) -> str:
        """Tell it as a JSON document."""
        decision = self.decision
        document = {
            "method": self.method,
            "path": self.path,
            "rule": self.rule,
            "endpoint": self.endpoint,
            "guarded_by": self.guarded.describe(),
            "required": self.required,
            "required_by": self.required_by,
            "state": None if self.state is None else _state_members(self.state),
            "outcome": None if decision is None or self.is_missing else str(decision.outcome),
            "status": self.status,
            "decided_by": decision and decision.decided_by and str(decision.decided_by),
            "reason": decision and decision.reason and str(decision.reason),
            "trace": [
                {
                    "step": step.number,
                    "field": step.field and str(step.field),
                    "truth": step.evaluation.truth.value,
                    "note": step.evaluation.note,
                    "clause": str(step.clause),
                    "url": step.clause.url,
                }
                for step in (decision.trace if decision else ())
            ],
            "problem": self.problem or None,
            "notes": self.notes,
        }
        text = json.dumps(document, indent=2, ensure_ascii=False)
        # JSON may hold controls that a terminal would obey.
        return "\n".join(_UNPRINTABLE.sub(_escape, line) for line in text.split("\n"))


def explain(
    app: Flask,
    method: str,
    path: str,
    headers: Iterable[tuple[str, str]] = (),
    state: State | None = None,
) -> Explanation:
    """Explain what a guarded view makes of a request.

    :param path: the path, with a query if there is one.
    :param headers: names and values; a name may come several times.
    :param state: the state to compare with; left out, the target is loaded through the
        application, after its ``before_request`` functions have run.
    :raises SetupError: when no guarded view answers the request, or the application
        answers before it.
    """
    method = method.upper()
    if not path.startswith("/"):
        raise SetupError(f"{path!r} is no path; one begins with a slash, such as /docs/welcome")
    if method in INDIFFERENT_METHODS:
        raise SetupError(f"{method} ignores preconditions (RFC 9110 §13.2.1)")
    with app.test_request_context(path, method=method, headers=list(headers)):
        guarded, view = _find_guard(app)
        asked = request._get_current_object()  # type: ignore[attr-defined]
        if state is None:
            _preprocess(app)
        try:
            return _explain(app, guarded, view, asked, state)
        except SetupError as error:
            error.place = guarded.place if error.place is None else error.place
            raise


def _explain(
    app: Flask, guarded: Guarded, view: object, asked: Request, state: State | None
) -> Explanation:
    plan = plan_for(app, guarded, asked)
    args = () if hasattr(view, MARK) else _instance_of(view)
    inquiry: Inquiry[Any] = Inquiry(plan, guarded.source, asked, args, asked.view_args)
    above = _names_above(view, asked.method)
    notes = [_speak_of(above)] if above else []
    if plan.allow is not None:
        notes.append("Not asked: allow=, which may answer 403 first.")
    if state is not None:
        inquiry.validators = inquiry.select(state)
    else:
        try:
            inquiry.load()
        except MissingValue as missing:
            if not above:
                raise
            notes.append(
                f"The loader asks for {missing.name!r}, which only a decorator can give: "
                "--state etag=… says what the target is."
            )
            return _explanation(app, guarded, inquiry, None, None, notes)
        except HTTPException as error:
            status = error.get_response(asked.environ).status_code
            notes.append(f"The loader answers {status} by itself, before anything is compared.")
            return _explanation(app, guarded, inquiry, None, status, notes)
    return _decide(app, guarded, inquiry, notes)


def _speak_of(above: list[str]) -> str:
    names = ", ".join(f"@{name}" for name in above)
    return f"Not run: {names} above the guard, which may answer first or change what is loaded."


def _names_above(view: object, method: str) -> list[str]:
    """Name the decorators that run before the guard, the outermost first."""
    own = method_of(view, method)
    layers: list[Function] = []
    for function in (view, own):
        chain = _chain_of(function)
        # functools.wraps copies the mark outwards, so the guard is the last that carries it.
        marked = [
            place for place, layer in enumerate(chain) if MARK in getattr(layer, "__dict__", ())
        ]
        layers += chain[: marked[-1] if marked else -1]
        if marked:
            break
    else:
        applied = method_decorators_of(view, method)
        guard = next((n for n, decorator in enumerate(applied) if hasattr(decorator, MARK)), -1)
        layers = [*applied[:guard:-1], *layers]
    dispatch = getattr(getattr(view, "view_class", None), "dispatch_request", None)
    framework = getattr(dispatch, "__module__", None)
    return [_name_of(layer) for layer in layers if _module_of(layer) != framework]


def _chain_of(function: Any) -> list[Function]:
    chain = []
    while function is not None:
        chain.append(function)
        function = getattr(function, "__wrapped__", None)
    return chain


def _module_of(layer: Function) -> object:
    return getattr(layer, "__globals__", {}).get("__name__")


def _name_of(layer: Function) -> str:
    # functools.wraps renames a wrapper, but its code keeps the name of what made it.
    code = getattr(layer, "__code__", None)
    if code is None:
        return type(layer).__name__
    return str(code.co_qualname).rpartition(".<locals>")[0] or str(code.co_name)


def _find_guard(app: Flask) -> tuple[Guarded, object]:
    """Find the guard that answers the current request, and its view."""
    problem = request.routing_exception
    if isinstance(problem, RequestRedirect):
        raise SetupError(f"{request.path} redirects; ask for {problem.new_url}")
    if isinstance(problem, MethodNotAllowed):
        allowed = ", ".join(sorted(problem.valid_methods or ()))
        raise SetupError(f"{request.path} answers {allowed}, and not {request.method}")
    if isinstance(problem, NotFound) or request.url_rule is None:
        raise SetupError(f"no route fits {request.path}; `flask routes` lists them")
    view = app.view_functions[request.url_rule.endpoint]
    guarded = guard_of(view, request.method)
    places = (view, method_of(view, request.method), getattr(view, "view_class", None))
    reason = next((getattr(place, EXEMPT) for place in places if hasattr(place, EXEMPT)), None)
    if guarded is None and reason:
        raise SetupError(
            f"{request.url_rule.endpoint}, which answers {request.method} {request.path}, compares "
            f"nothing on purpose: @unguarded says {reason!r}"
        )
    if guarded is None:
        raise SetupError(
            f"{request.url_rule.endpoint}, which answers {request.method} {request.path}, is not "
            'guarded; put @require_match(load, etag="rev") right above its def. '
            "What check() compares inside a view cannot be told without running it"
        )
    return guarded, view


def _preprocess(app: Flask) -> None:
    """Let the application prepare the request, up to its view."""
    try:
        early = app.preprocess_request()
        status = None if early is None else app.make_response(early).status_code
    except HTTPException as error:
        status = error.code
    if status is not None:
        raise SetupError(
            f"a before_request function answers {status} before the guard; "
            "--state etag=… explains without loading"
        )


def _instance_of(view: object) -> tuple[object, ...]:
    """Make an instance of a class-based view, whose methods may be its loaders."""
    view_class = getattr(view, "view_class", None)
    if view_class is None:
        return ()
    kept = inspect.getclosurevars(inspect.unwrap(view)).nonlocals  # type: ignore[arg-type]
    if "self" in kept:  # init_every_request = False
        return (kept["self"],)
    return (view_class(*kept.get("class_args", ()), **kept.get("class_kwargs", {})),)


def _decide(app: Flask, guarded: Guarded, inquiry: Inquiry[Any], notes: list[str]) -> Explanation:
    plan, state = inquiry.plan, inquiry.validators
    decision = inquiry.judge()
    if decision.outcome is Outcome.REQUIRED and plan.policy.only_warns:
        notes.append('It would be 428, but require="warn" only logs and signals that.')
        decision = inquiry.compare(state)
    status = decision.status
    problem: dict[str, object] = {}
    if state is ABSENT and not plan.creates:
        status = 404
        if request.method == "PUT":
            notes.append("PUT creates what is not there where the guard says create=True.")
    elif decision.outcome not in (Outcome.PERFORM, Outcome.NOT_MODIFIED):
        problem = refusal(inquiry, decision, state, inquiry.target).problem
        if decision.outcome is Outcome.FAILED and plan.policy.already_applied is not None:
            notes.append("It is 204 where already_applied finds the write made already (§13.1.1).")
    return _explanation(app, guarded, inquiry, decision, status, notes, problem)


def _explanation(
    app: Flask,
    guarded: Guarded,
    inquiry: Inquiry[Any],
    decision: Decision | None,
    status: int | None,
    notes: list[str],
    problem: dict[str, object] | None = None,
) -> Explanation:
    assert request.url_rule is not None
    return Explanation(
        method=request.method,
        path=request.full_path.removesuffix("?"),
        rule=request.url_rule.rule,
        endpoint=request.url_rule.endpoint,
        guarded=guarded,
        state=None if decision is None else inquiry.validators,
        required=inquiry.requires,
        required_by=_name_source(app, guarded, inquiry.plan),
        decision=decision,
        status=status,
        problem=problem or {},
        notes=tuple(notes),
    )


def _name_source(app: Flask, guarded: Guarded, plan: Plan) -> str:
    """Say where the policy comes from."""
    value: Any = plan.policy.require
    shown = f"require={getattr(value, '__name__', None) or repr(value)}"
    if "require" in guarded.options:
        return f"{shown} on the view"
    assert request.endpoint is not None
    for name, options in reversed(defaults_at(app, request.endpoint)):
        if "require" in options:
            return f"{shown} on the blueprint {name}"
    if "PRECONDITIONS_REQUIRE" in app.config:
        return f"{shown} from PRECONDITIONS_REQUIRE"
    default = value == Policy().require
    return f"{shown}, the default" if default else f"{shown} from Preconditions(policy=…)"


def _describe(state: State | None) -> str:
    if state is None:
        return "is not known here"
    if state is ABSENT:
        return "does not exist"
    told = ", ".join(f"{name} {value}" for name, value in _state_members(state).items() if value)
    return f"has {told}" if told else "exists, without validators"


def _state_members(state: State) -> dict[str, str | bool | None]:
    if state is ABSENT:
        return {"exists": False}
    date = state.last_modified
    return {
        "etag": str(state.etag) if state.etag else None,
        "last_modified": format_http_date(date) if date else None,
    }
