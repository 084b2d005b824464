"""The extension object, and what it knows of an application."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING
from typing import Any
from weakref import WeakSet

from flask import Flask
from werkzeug.routing import Rule

from .config import Policy
from .exceptions import SetupError
from .first_request import first_requests
from .placement import line_of_caller
from .request.layers import method_of
from .request.layers import named_methods
from .request.plan import MARK
from .request.plan import AppState
from .request.plan import Guarded

if TYPE_CHECKING:
    from sqlalchemy.orm import Session
    from sqlalchemy.orm import scoped_session


class Preconditions:
    """Set an application up for guarded views.

    ``@require_match`` works without it. With it, a mistake in the configuration
    shows when the application is made and not at the first request. Mistakes in the set-up
    that show only when all views are there, such as a guard above its route, are an error of
    the first request in debug and test mode, and in production of the log.

    :param app: the application; or call :meth:`init_app` later.
    :param session: the SQLAlchemy session that models are loaded and saved with: a
        ``Session``, a ``scoped_session``, or a function that gives the session of the
        current request. Flask-SQLAlchemy and Flask-SQLAlchemy-Lite need none.
    :param policy: the defaults under the application's ``PRECONDITIONS_*`` settings.
    :raises SetupError: when ``session`` would be a new session at every use.
    """

    def __init__(
        self,
        app: Flask | None = None,
        *,
        session: Session | scoped_session[Any] | Callable[[], Session] | None = None,
        policy: Policy | None = None,
    ) -> None:
        if session is not None:
            from .sqlalchemy import check_session

            check_session(session)
        self.session = session
        self.policy = policy
        self.place = line_of_caller()
        if app is not None:
            self.init_app(app)
        elif session is not None or policy is not None:
            unfinished.add(self)

    def init_app(self, app: Flask) -> None:
        """Read and check the application's settings.

        :raises SetupError: when a setting is off, or when the application is set up already.
        """
        if "preconditions" in app.extensions:
            raise SetupError(
                "this app is set up already; keep Preconditions(app) or init_app(app), not both"
            )
        policy = Policy.from_config(app.config, self.policy)
        app.extensions["preconditions"] = AppState(policy, self.session, is_set_up=True)
        unfinished.discard(self)
        first_requests.expect(app)


unfinished: WeakSet[Preconditions] = WeakSet()
"""Those that were given something, and no application yet."""


@dataclass(frozen=True, slots=True)
class GuardedRoute:
    """A route whose view is guarded.

    :param rule: the URL rule, such as ``/docs/<name>``.
    :param methods: the guarded methods in alphabetical order, without those that Flask adds.
    :param endpoint: the name of the view.
    :param host: the subdomain of the rule, or its host; empty on the application's own.
    """

    rule: str
    methods: tuple[str, ...]
    endpoint: str
    guarded: Guarded
    host: str = ""


def guarded_routes(app: Flask) -> list[GuardedRoute]:
    """List an application's guarded routes, in the order of its URL map."""
    routes = []
    for rule in app.url_map.iter_rules():
        methods = named_methods(rule)
        view = app.view_functions.get(rule.endpoint)
        by_guard: dict[int, tuple[Guarded, list[str]]] = {}
        for method in methods:
            guarded = guard_of(view, method)
            if guarded is not None:
                by_guard.setdefault(id(guarded), (guarded, []))[1].append(method)
        routes += [
            GuardedRoute(rule.rule, tuple(names), rule.endpoint, guarded, host_of(rule))
            for guarded, names in by_guard.values()
        ]
    return routes


def host_of(rule: Rule) -> str:
    """Give the subdomain of a rule, or its host; an empty text on the application's own."""
    return rule.host or rule.subdomain or ""


def guard_of(view: object, method: str) -> Guarded | None:
    """Find the guard of a view function, or of the method of a class-based view."""
    found: Guarded | None = getattr(view, MARK, None)
    marked = (method_of(view, method), *method_decorators_of(view, method))
    return found or next((getattr(m, MARK) for m in marked if hasattr(m, MARK)), None)


def method_decorators_of(view: object, method: str) -> list[Callable[..., Any]]:
    """List what Flask-RESTful and Flask-RESTX put on a method at each request, the first innermost.

    They keep it in ``method_decorators``, for all methods or by their names.
    """
    kept = getattr(getattr(view, "view_class", None), "method_decorators", ())
    if isinstance(kept, Mapping):
        kept = kept.get(method.lower(), ())
    return list(kept)
