"""One document under each guard, for many clients at once: ``DATABASE_URL=… gunicorn …``."""

import hashlib
import os
import time
from typing import Any

import sqlalchemy as sa
from flask import Flask
from flask import request
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column
from sqlalchemy.orm import scoped_session
from sqlalchemy.orm import sessionmaker

from flask_preconditions import Preconditions
from flask_preconditions import precondition
from flask_preconditions import require_match


class Base(DeclarativeBase):
    pass


class Doc(Base):
    __tablename__ = "docs"
    id: Mapped[int] = mapped_column(primary_key=True)
    body: Mapped[str] = mapped_column(sa.Text)
    version: Mapped[int] = mapped_column()
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012


class User(Base):
    __tablename__ = "users"
    name: Mapped[str] = mapped_column(sa.String(80), primary_key=True)
    version: Mapped[int] = mapped_column()
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012


GUARDS = {"model": "/model/1", "confirm": "/confirm/2", "locked": "/locked/3"}
CONTROL = "/check-then-write/4"


def make_engine(url: str) -> sa.Engine:
    if url.startswith("sqlite"):
        return sa.create_engine(url, connect_args={"timeout": 30})
    return sa.create_engine(url, pool_pre_ping=bool(os.environ.get("PINGS")))


def prepare(url: str) -> None:
    """Make the tables and one empty document for each guard."""
    engine = make_engine(url)
    if engine.dialect.name == "sqlite":
        with engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA journal_mode=WAL")
    Base.metadata.drop_all(engine)
    Base.metadata.create_all(engine)
    with engine.begin() as connection:
        connection.execute(
            sa.insert(Doc), [{"id": id, "body": "", "version": 1} for id in range(1, 5)]
        )
    engine.dispose()


def work() -> None:
    """Be busy for ``WORK_MS`` milliseconds, as a view is between its check and its write."""
    until = time.perf_counter() + float(os.environ.get("WORK_MS", "0")) / 1000
    while time.perf_counter() < until:
        pass


def hashed(doc: Doc) -> str:
    return hashlib.sha256(doc.body.encode()).hexdigest()


def create_app() -> Flask:
    app = Flask(__name__)
    engine = make_engine(os.environ["DATABASE_URL"])
    session = scoped_session(sessionmaker(engine))
    Preconditions(app, session=session)

    @app.teardown_appcontext
    def remove(error: BaseException | None) -> None:
        session.remove()

    def load(id: int) -> Doc | None:
        return session.get(Doc, id)

    @app.route("/model/<int:id>", methods=["GET", "PUT"])
    @require_match(Doc)
    def model(id: int, doc: Doc) -> Any:
        if request.method == "PUT":
            work()
            doc.body = request.get_json()["body"]
        return {"body": doc.body}

    @app.route("/locked/<int:id>", methods=["GET", "PUT"])
    @require_match(Doc, etag=hashed)
    def locked(id: int, doc: Doc) -> Any:
        if request.method == "PUT":
            work()
            doc.body = request.get_json()["body"]
        return {"body": doc.body}

    @app.route("/confirm/<int:id>", methods=["GET", "PUT"])
    @require_match(load, etag="version", into="doc")
    def confirm(id: int, doc: Doc) -> Any:
        if request.method == "GET":
            return {"body": doc.body}
        work()
        changed = session.execute(
            sa.update(Doc.__table__)  # type: ignore[arg-type]
            .where(Doc.id == id, Doc.version == doc.version)
            .values(body=request.get_json()["body"], version=Doc.version + 1)
        )
        precondition.confirm(changed.rowcount)  # type: ignore[attr-defined]
        session.commit()
        return "", 204

    @app.route("/check-then-write/<int:id>", methods=["GET", "PUT"])
    @require_match(load, etag=hashed, into="doc")
    def check_then_write(id: int, doc: Doc) -> Any:
        """Do what this package is there to prevent."""
        if request.method == "GET":
            return {"body": doc.body}
        work()
        table = Doc.__table__
        session.execute(
            sa.update(table)  # type: ignore[arg-type]
            .where(table.c.id == id)
            .values(body=request.get_json()["body"])
        )
        session.commit()
        return "", 204

    @app.put("/users/<name>")
    @require_match(User, create=True)
    def put_user(name: str, user: User | None) -> Any:
        if user is None:
            session.add(User(name=name))
        return "", 204 if user else 201

    return app
