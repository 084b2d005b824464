"""Applications to audit: one without a fault, and faults to plant in it."""

import functools
from collections.abc import Callable
from typing import Any

from flask import Flask
from flask import abort
from flask.views import MethodView
from flask_caching import Cache
from flask_compress import Compress
from flask_cors import CORS
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column
from sqlalchemy.orm import scoped_session
from sqlalchemy.orm import sessionmaker
from werkzeug.exceptions import HTTPException

from flask_preconditions import EntityTag
from flask_preconditions import Policy
from flask_preconditions import Preconditions
from flask_preconditions import check
from flask_preconditions import conditional
from flask_preconditions import require_match
from flask_preconditions import unguarded


def load() -> dict[str, str]:
    return {"rev": "1"}


guarded = require_match(load, etag="rev")


def login_required(view: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(view)
    def decorated(*args: Any, **kwargs: Any) -> Any:
        return view(*args, **kwargs)

    return decorated


def timed(view: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(view)
    def decorated(*args: Any, **kwargs: Any) -> Any:
        return view(*args, **kwargs)

    return decorated


def parses_json(view: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(view)
    def decorated(*args: Any, **kwargs: Any) -> Any:
        return view(*args, **kwargs)

    return decorated


def unnamed(view: Callable[..., Any]) -> Callable[..., Any]:
    """A decorator that forgets functools.wraps."""

    def decorated(*args: Any, **kwargs: Any) -> Any:
        return view(*args, **kwargs)

    return decorated


class Base(DeclarativeBase):
    pass


class Plain(Base):
    __tablename__ = "plain"
    id: Mapped[int] = mapped_column(primary_key=True)
    stamp: Mapped[str]


class Counted(Base):
    __tablename__ = "counted"
    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column()
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012


def load_plain(id: int) -> Plain | None:
    return Plain(id=id, stamp="1")


def load_counted(id: int) -> Counted | None:
    return Counted(id=id, version=1)


def view(**_: object) -> str:
    return "view"


def add(app: Flask, method: str, rule: str, function: Callable[..., Any], name: str = "") -> None:
    endpoint = name or f"{method} {rule}".lower().replace(".", "")
    app.add_url_rule(rule, endpoint, function, methods=[method])


def make_app() -> Flask:
    """An application with one guarded resource, and no fault."""
    app = Flask(__name__)
    add(app, "GET", "/fine", conditional(load, etag="rev")(view))
    add(app, "PUT", "/fine", guarded(view))
    return app


def plant_ten(app: Flask) -> dict[str, str | None]:
    """Plant a fault of each of ten kinds; tell where each is to be found."""
    add(app, "DELETE", "/unguarded", view)

    add(app, "GET", "/asks-late", guarded(view))
    add(app, "PUT", "/asks-late", guarded(login_required(view)))

    class Twice(MethodView):
        decorators = (guarded,)
        get = staticmethod(view)
        patch = staticmethod(require_match(load, etag="rev")(view))

    app.add_url_rule("/twice", view_func=Twice.as_view("twice"))

    add(app, "GET", "/shadowed", guarded(view))
    add(app, "PUT", "/shadowed", unguarded("the old one, to be removed")(lambda: view()), "old")
    add(app, "PUT", "/shadowed", guarded(view), "new")

    add(app, "GET", "/rows/<int:id>", conditional(load_plain, etag="stamp")(view))
    add(app, "PUT", "/rows/<int:id>", require_match(load_plain, etag="stamp")(view))

    weak = require_match(load, etag=lambda target: EntityTag(target["rev"], weak=True))
    add(app, "GET", "/weak", weak(view))
    add(app, "PUT", "/weak", weak(view))

    add(app, "PUT", "/unreadable", guarded(view))

    add(app, "GET", "/silent", view)
    add(app, "PUT", "/silent", guarded(view))

    CORS(app, allow_headers=["Content-Type", "If-Match"])
    Compress(app)
    return {
        "unguarded-write": "DELETE /unguarded",
        "guard-outside-auth": "PUT /asks-late",
        "two-guards": "PATCH /twice",
        "shadowed-guard": "PUT /shadowed",
        "model-without-version": "PUT /rows/<int:id>",
        "weak-tag": "PUT /weak",
        "unreadable-target": "PUT /unreadable",
        "silent-read": "PUT /silent",
        "cors-hidden-etag": None,
        "compressed-tag": None,
    }


Plant = Callable[[Flask], str | None]
"""Plants one fault and tells the route where it is, or ``None`` for the application."""

PLANTS: dict[str, Plant] = {}
"""What plants each kind of fault that is not among the ten."""


def plants(id: str) -> Callable[[Plant], Plant]:
    def keep(plant: Plant) -> Plant:
        PLANTS[id] = plant
        return plant

    return keep


def cache_of(app: Flask) -> Cache:
    return Cache(app, config={"CACHE_TYPE": "SimpleCache"})


@plants("misplaced-guard")
def plant_misplaced_guard(app: Flask) -> str:
    @guarded
    @app.put("/misplaced")
    def save() -> str:
        return "saved"

    return "PUT /misplaced"


@plants("hidden-guard")
def plant_hidden_guard(app: Flask) -> str:
    add(app, "PATCH", "/fine", unnamed(guarded(view)))
    return "PATCH /fine"


@plants("unseen-view")
def plant_unseen_view(app: Flask) -> str:
    add(app, "PUT", "/builtin", print, "prints")
    return "PUT /builtin"


@plants("unconfirmed-write")
def plant_unconfirmed_write(app: Flask) -> str:
    def save() -> str:
        check(load(), etag="rev")
        return "saved"

    add(app, "PUT", "/unconfirmed", save)
    return "PUT /unconfirmed"


@plants("authorisation-inside")
def plant_authorisation_inside(app: Flask) -> str:
    def save() -> str:
        abort(403)

    add(app, "PATCH", "/fine", guarded(save))
    return "PATCH /fine"


@plants("decorator-inside")
def plant_decorator_inside(app: Flask) -> str:
    add(app, "PATCH", "/fine", guarded(timed(view)))
    return "PATCH /fine"


@plants("cached-view")
def plant_cached_view(app: Flask) -> str:
    add(app, "GET", "/cached", guarded(cache_of(app).cached()(view)))
    return "GET /cached"


@plants("unlike-guards")
def plant_unlike_guards(app: Flask) -> str:
    add(app, "GET", "/unlike", conditional(load, etag="rev")(view))
    add(app, "PUT", "/unlike", require_match(load, etag="hash")(view))
    return "PUT /unlike"


@plants("optional-condition")
def plant_optional_condition(app: Flask) -> str:
    add(app, "PATCH", "/fine", conditional(load, etag="rev")(view))
    return "PATCH /fine"


@plants("unfinished-setup")
def plant_unfinished_setup(app: Flask) -> None:
    app.config["KEPT"] = Preconditions(policy=Policy(require="warn"))


@plants("missing-session")
def plant_missing_session(app: Flask) -> str:
    Preconditions(app)
    add(app, "GET", "/counted/<int:id>", require_match(Counted)(view))
    return "GET /counted/<int:id>"


@plants("unknown-argument")
def plant_unknown_argument(app: Flask) -> str:
    def save(doc: object) -> str:
        return "saved"

    add(app, "PATCH", "/fine", require_match(load, etag="rev", into="dok")(save))
    return "PATCH /fine"


@plants("unfit-url-value")
def plant_unfit_url_value(app: Flask) -> str:
    Preconditions(app, session=scoped_session(sessionmaker()))
    add(app, "GET", "/counted/<slug>", require_match(Counted)(view))
    return "GET /counted/<slug>"


@plants("cors-blocked-condition")
def plant_cors_blocked_condition(app: Flask) -> None:
    CORS(app, expose_headers=["ETag"], allow_headers=["Content-Type"])


@plants("own-error-handler")
def plant_own_error_handler(app: Flask) -> None:
    @app.errorhandler(HTTPException)
    def answer(error: HTTPException) -> tuple[dict[str, object], int]:
        return {"message": error.description}, error.code or 500


@plants("misspelt-setting")
def plant_misspelt_setting(app: Flask) -> None:
    app.config["PRECONDITION_REQUIRE"] = "none"


@plants("late-setting")
def plant_late_setting(app: Flask) -> None:
    Preconditions(app)
    app.config["PRECONDITIONS_DISCLOSE"] = "etag"


@plants("stale-allowance")
def plant_stale_allowance(app: Flask) -> None:
    app.config["PRECONDITIONS_AUDIT_ALLOW"] = ["no.such.endpoint"]
