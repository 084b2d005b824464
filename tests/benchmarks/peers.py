"""Other programs that answer the same requests, each beside its own bare view.

A peer that is not installed is named and left out.
"""

import importlib
from collections.abc import Callable
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from flask import Flask
from flask import Response
from flask import abort
from flask import make_response
from flask import request
from flask.views import MethodView


@dataclass(frozen=True, slots=True)
class Peer:
    """A program and the requests it is measured by.

    :param name: what it is, and in which version.
    :param app: the WSGI application.
    :param bare: the path without preconditions, and ``guarded`` the one with them.
    :param tag: what the guarded path tells as its tag; asked for where it is ``None``.
    :param cases: the statuses that it can give.
    """

    name: str
    app: Callable[..., Any]
    bare: str
    guarded: str
    cases: tuple[str, ...]
    tag: str | None = '"v1"'


def by_hand() -> Peer:
    """The check as it is written by hand: no problem document, no lost race."""
    app = Flask(__name__)
    app.add_url_rule("/bare/<id>", "bare", lambda id: "x", methods=["GET", "PUT"])

    @app.put("/hand/<id>")
    def save(id: str) -> str:
        if not request.if_match:
            abort(Response(status=428))
        if not request.if_match.contains("v1"):
            abort(412)
        return "x"

    name = f"by hand, request.if_match.contains() of Werkzeug {version('werkzeug')}"
    return Peer(name, app, "/bare/1", "/hand/1", ("PUT 200", "PUT 412", "PUT 428"))


def make_conditional() -> Peer:
    """Werkzeug's own, which answers reads."""
    app = Flask(__name__)
    app.add_url_rule("/bare/<id>", "bare", lambda id: "x", methods=["GET", "PUT"])

    @app.get("/conditional/<id>")
    def read(id: str) -> Any:
        response = make_response("x")
        response.set_etag("v1")
        return response.make_conditional(request)

    name = f"make_conditional() of Werkzeug {version('werkzeug')}"
    return Peer(name, app, "/bare/1", "/conditional/1", ("GET 200", "GET 304"))


def flask_smorest() -> Peer:
    """flask-smorest, whose tag is the hash of what its view gives."""
    smorest: Any = importlib.import_module("flask_smorest")
    app = Flask(__name__)
    app.config.update(API_TITLE="x", API_VERSION="1", OPENAPI_VERSION="3.0.3")
    api, pages = smorest.Api(app), smorest.Blueprint("pages", "pages")
    doc = {"rev": "v1"}

    @pages.route("/bare/<id>")
    class Bare(MethodView):
        @pages.response(200)
        def get(self, id: str) -> dict[str, str]:
            return doc

        @pages.response(200)
        def put(self, id: str) -> dict[str, str]:
            return doc

    @pages.route("/guarded/<id>")
    class Guarded(MethodView):
        @pages.etag
        @pages.response(200)
        def get(self, id: str) -> dict[str, str]:
            return doc

        @pages.etag
        @pages.response(200)
        def put(self, id: str) -> dict[str, str]:
            pages.check_etag(doc)
            return doc

    api.register_blueprint(pages)
    cases = ("PUT 200", "GET 200", "GET 304", "PUT 412", "PUT 428")
    name = f"flask-smorest {version('flask-smorest')}"
    return Peer(name, app, "/bare/1", "/guarded/1", cases, tag=None)


def django_condition() -> Peer:
    """Django's decorator."""
    urls = _django()
    http: Any = importlib.import_module("django.http")
    condition: Any = importlib.import_module("django.views.decorators.http").condition

    def view(request: Any, id: str) -> Any:
        return http.HttpResponse("x")

    guarded = condition(etag_func=lambda request, id: '"v1"')(view)
    urls.urlpatterns += [
        urls.path("bare/<id>", view),
        urls.path("guarded/<id>", guarded),
    ]
    name = f"condition() of Django {version('django')}"
    cases = ("PUT 200", "GET 200", "GET 304", "PUT 412")
    return Peer(name, urls.application, "/bare/1", "/guarded/1", cases)


def drf_extensions() -> Peer:
    """drf-extensions on Django REST framework."""
    urls = _django()
    etag: Any = importlib.import_module("rest_framework_extensions.etag.decorators").api_etag
    rest: Any = importlib.import_module("rest_framework.views")
    answer: Any = importlib.import_module("rest_framework.response").Response

    class Bare(rest.APIView):  # type: ignore[misc]
        def get(self, request: Any, id: str) -> Any:
            return answer({"rev": "v1"})

        put = get

    def tag_of(*_: Any, **__: Any) -> str:
        return "v1"

    class Guarded(rest.APIView):  # type: ignore[misc]
        @etag(etag_func=tag_of)  # type: ignore[untyped-decorator]
        def get(self, request: Any, id: str) -> Any:
            return answer({"rev": "v1"})

        @etag(etag_func=tag_of)  # type: ignore[untyped-decorator]
        def put(self, request: Any, id: str) -> Any:
            return answer({"rev": "v1"})

    urls.urlpatterns += [
        urls.path("rest/bare/<id>", Bare.as_view()),
        urls.path("rest/guarded/<id>", Guarded.as_view()),
    ]
    name = f"drf-extensions {version('drf-extensions')}"
    cases = ("PUT 200", "GET 200", "GET 304", "PUT 412", "PUT 428")
    return Peer(name, urls.application, "/rest/bare/1", "/rest/guarded/1", cases)


class _Urls:
    """The one Django application of a process."""

    def __init__(self) -> None:
        self.urlpatterns: list[Any] = []
        conf: Any = importlib.import_module("django.conf")
        conf.settings.configure(
            ROOT_URLCONF=self,
            ALLOWED_HOSTS=["*"],
            MIDDLEWARE=[],
            SECRET_KEY="of a benchmark",
            REST_FRAMEWORK={
                "DEFAULT_AUTHENTICATION_CLASSES": [],
                "DEFAULT_PERMISSION_CLASSES": [],
                "UNAUTHENTICATED_USER": None,
                "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
            },
        )
        django: Any = importlib.import_module("django")
        django.setup()
        self.path: Any = importlib.import_module("django.urls").path
        wsgi: Any = importlib.import_module("django.core.handlers.wsgi")
        self.application: Callable[..., Any] = wsgi.WSGIHandler()


_URLS: list[_Urls] = []


def _django() -> _Urls:
    if not _URLS:
        _URLS.append(_Urls())
    return _URLS[0]


_PEERS = {
    "by hand": by_hand,
    "make_conditional()": make_conditional,
    "flask-smorest": flask_smorest,
    "Django": django_condition,
    "drf-extensions": drf_extensions,
}


def load_peers() -> tuple[list[Peer], list[str]]:
    """Give the peers that are installed, and the names of those that are not."""
    found, absent = [], []
    for name, make in _PEERS.items():
        try:
            found.append(make())
        except ImportError:
            absent.append(name)
    return found, absent


def fields_of(case: str, tag: str) -> Mapping[str, str]:
    """Give the fields of a case, such as ``PUT 412``."""
    match case:
        case "PUT 200":
            return {"If-Match": tag}
        case "GET 304":
            return {"If-None-Match": tag}
        case "PUT 412":
            return {"If-Match": '"v0"'}
    return {}
