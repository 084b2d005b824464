"""Applications to audit: one without a fault, and faults to plant in it."""

import functools
from collections.abc import Callable
from typing import Any

from flask import Flask
from flask.views import MethodView
from flask_compress import Compress
from flask_cors import CORS
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column

from flask_preconditions import EntityTag
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
