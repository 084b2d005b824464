"""The README's example runs, and does what the table below it says."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import create_engine
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column
from sqlalchemy.orm import scoped_session
from sqlalchemy.orm import sessionmaker
from sybil import Sybil
from sybil.parsers.markdown import PythonCodeBlockParser

from flask_preconditions import Preconditions


class Base(DeclarativeBase):
    pass


class Article(Base):
    __tablename__ = "articles"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    version: Mapped[int] = mapped_column()
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012


README = Path(__file__).parent.parent / "README.md"


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FlaskClient]:
    monkeypatch.chdir(tmp_path)
    document = Sybil(parsers=[PythonCodeBlockParser()]).parse(README)
    document.namespace["__name__"] = "notes"
    document.namespace["Article"] = Article
    for example in document.examples():
        example.evaluate()
    names = document.namespace
    names["app"].testing = True
    names["db"].execute("INSERT INTO notes VALUES (1, 'first', 3)")
    yield names["app"].test_client()
    names["db"].close()


def save(client: FlaskClient, **headers: str) -> int:
    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.put("/notes/1", json={"text": "mine"}, headers=fields).status_code


def test_the_example_does_what_the_table_says(client: FlaskClient) -> None:
    assert client.get("/notes/1").headers["ETag"] == '"3"'
    assert client.get("/notes/1", headers={"If-None-Match": '"3"'}).status_code == 304
    assert save(client) == 428
    assert save(client, If_Match='"2"') == 412
    assert save(client, If_Match="3") == 400
    assert [save(client, If_Match='"3"'), save(client, If_Match='"3"')] == [204, 412]


def test_the_class_of_a_model_is_enough(client: FlaskClient, tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'articles.sqlite3'}")
    Base.metadata.create_all(engine)
    session = scoped_session(sessionmaker(engine))
    session.add(Article(title="first"))
    session.commit()
    Preconditions(client.application, session=session)

    def save() -> int:
        headers = {"If-Match": '"1"'}
        return client.patch("/articles/1", json={"title": "new"}, headers=headers).status_code

    assert [save(), save()] == [200, 412]
    session.remove()
    engine.dispose()


def test_every_file_the_readme_links_to_is_there() -> None:
    for target in re.findall(r"\]\(([^)#]+)", README.read_text()):
        assert (README.parent / target).exists(), target
