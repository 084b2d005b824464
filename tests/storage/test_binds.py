"""Flask-SQLAlchemy with several binds: the target is on one of them, and the view writes to two."""

from collections.abc import Callable
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.model import Model

from flask_preconditions import require_match
from flask_preconditions.sqlalchemy import cas

CREATE = {"If-None-Match": "*"}
RIVAL = {
    "PATCH": "UPDATE papers SET text = 'theirs', version = 7 WHERE id = 1",
    "PUT": "INSERT INTO papers (id, text, version) VALUES (2, 'theirs', 7)",
}


class Binds:
    """An application whose papers are on the tested database, and whose log is not."""

    def __init__(self, url: str, folder: Path) -> None:
        self.app = Flask(__name__)
        self.app.testing = True
        self.app.config["SQLALCHEMY_DATABASE_URI"] = f"sqlite:///{folder / 'log.sqlite3'}"
        self.app.config["SQLALCHEMY_BINDS"] = {"papers": url}
        self.db = db = SQLAlchemy(self.app)

        class Paper(db.Model):  # type: ignore[name-defined,misc]
            __tablename__ = "papers"
            __bind_key__ = "papers"
            id = db.Column(db.Integer, primary_key=True, autoincrement=False)
            text = db.Column(db.String(80), nullable=False)
            version = db.Column(db.Integer, nullable=False)
            __mapper_args__ = {"version_id_col": version}  # noqa: RUF012

        class Entry(db.Model):  # type: ignore[name-defined,misc]
            __tablename__ = "entries_of_log"
            id = db.Column(db.Integer, primary_key=True)

        self.paper: type[Model] = Paper
        self.entry: type[Model] = Entry
        self.rivals = sa.create_engine(url)

    def rival(self, statement: str) -> None:
        with self.rivals.begin() as connection:
            connection.exec_driver_sql(statement)

    def stored(self) -> tuple[list[str], int]:
        """The texts of the papers, and the count of entries in the log."""
        with self.app.app_context():
            texts = self.db.session.scalars(
                sa.text("SELECT text FROM papers ORDER BY id"),
                bind_arguments={"bind": self.db.engines["papers"]},
            )
            count = self.db.session.scalar(sa.select(sa.func.count()).select_from(self.entry))
            return [*texts], count or 0


@pytest.fixture
def binds(database_url: str, tmp_path: Path) -> Iterator[Binds]:
    binds = Binds(database_url, tmp_path)
    with binds.app.app_context():
        binds.db.drop_all()
        binds.db.create_all()
        binds.db.session.add(binds.paper(id=1, text="first"))
        binds.db.session.commit()
    yield binds
    with binds.app.app_context():
        binds.db.session.remove()
        binds.db.drop_all()
        for engine in binds.db.engines.values():
            engine.dispose()
    binds.rivals.dispose()


def by_model(binds: Binds) -> dict[str, Any]:
    return {"load": binds.paper}


def by_get(binds: Binds) -> dict[str, Any]:
    def load(id: int) -> Any:
        return binds.db.session.get(binds.paper, id)

    return {"load": load, "etag": "version", "into": "paper", "guard": cas()}


def at_the_end(binds: Binds) -> None:
    """Leave everything to the guard."""


def flushed(binds: Binds) -> None:
    binds.db.session.flush()


def committed(binds: Binds) -> None:
    binds.db.session.commit()


@pytest.mark.parametrize("overtaken", [True, False])
@pytest.mark.parametrize("leave", [at_the_end, flushed, committed])
@pytest.mark.parametrize("method", ["PATCH", "PUT"])
@pytest.mark.parametrize("loads", [by_model, by_get])
def test_a_target_on_another_bind_is_written_with_the_rest_or_not_at_all(
    loads: Callable[[Binds], dict[str, Any]],
    method: str,
    leave: Callable[[Binds], None],
    overtaken: bool,
    binds: Binds,
) -> None:
    options = loads(binds)

    @binds.app.route("/papers/<int:id>", methods=["GET", "PATCH", "PUT"])
    @require_match(options.pop("load"), create=True, **options)
    def save(id: int, paper: Any) -> str:
        binds.db.session.add(binds.entry())
        if overtaken:
            binds.rival(RIVAL[method])
        if paper is None:
            binds.db.session.add(binds.paper(id=id, text="mine"))
        else:
            paper.text = "mine"
        leave(binds)
        return "saved"

    path, headers = ("/papers/2", CREATE) if method == "PUT" else ("/papers/1", {"If-Match": '"1"'})
    response = binds.app.test_client().open(path, method=method, headers=headers)
    assert response.status_code == (412 if overtaken else 200), response.text
    text = "theirs" if overtaken else "mine"
    texts = ["first", text] if method == "PUT" else [text]
    assert binds.stored() == (texts, 0 if overtaken else 1)


def test_an_async_view_commits_what_it_creates(binds: Binds) -> None:
    """Its loop runs in another thread, with the session of the guard."""
    options = by_get(binds)

    @binds.app.put("/papers/<int:id>")
    @require_match(options.pop("load"), create=True, **options)
    async def save(id: int, paper: None) -> tuple[str, int]:
        binds.db.session.add(binds.paper(id=id, text="mine"))
        binds.db.session.commit()
        return "", 201

    client = binds.app.test_client()
    assert client.put("/papers/2", headers=CREATE).status_code == 201
    assert binds.stored()[0] == ["first", "mine"]
