"""The README's examples run, and do what the table below them says."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import create_engine
from sybil import Sybil
from sybil.parsers.markdown import PythonCodeBlockParser

from flask_preconditions.core import CLAUSES
from flask_preconditions.testing import assert_no_lost_updates
from tests.examples.given import article as given

README = Path(__file__).parent.parent / "README.md"


@pytest.fixture
def names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    """Run the examples, one after the other, and give the names that they define."""
    monkeypatch.chdir(tmp_path)
    engine = create_engine(f"sqlite:///{tmp_path / 'articles.sqlite3'}")
    given.Base.metadata.create_all(engine)
    given.session.configure(bind=engine)
    document = Sybil(parsers=[PythonCodeBlockParser()]).parse(README)
    names: dict[str, Any] = document.namespace
    names.update(__name__="notes", Article=given.Article, session=given.session)
    names["Preconditions"] = given.Preconditions
    for example in document.examples():
        example.evaluate()
    names["app"].testing = True
    yield names
    given.session.remove()
    engine.dispose()


@pytest.fixture
def client(names: dict[str, Any]) -> FlaskClient:
    client: FlaskClient = names["app"].test_client()
    return client


def save(client: FlaskClient, **headers: str) -> int:
    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.put("/notes/1", json={"text": "mine"}, headers=fields).status_code


def test_the_example_does_what_the_table_says_from_the_first_line(client: FlaskClient) -> None:
    assert client.get("/notes/1").headers["ETag"] == '"1"'
    assert client.get("/notes/1", headers={"If-None-Match": '"1"'}).status_code == 304
    assert save(client) == 428
    assert save(client, If_Match="1") == 400
    assert [save(client, If_Match='"1"'), save(client, If_Match='"1"')] == [204, 412]
    assert client.get("/notes/1").headers["ETag"] == '"2"'


def test_the_line_for_tests_passes_on_the_example(names: dict[str, Any]) -> None:
    assert 'assert_no_lost_updates(app, "/notes/1", field="text")' in README.read_text()
    assert_no_lost_updates(names["app"], "/notes/1", field="text")


def test_the_type_of_a_refusal_opens_the_clause_until_pages_are_named(client: FlaskClient) -> None:
    refused = client.put("/notes/1", json={"text": "mine"}, headers={"If-Match": '"0"'})
    assert refused.json["type"] == CLAUSES["9110 15.5.13"].url
    assert "PRECONDITIONS_PROBLEM_BASE_URL" in README.read_text()


def test_the_class_of_a_model_is_enough(client: FlaskClient) -> None:
    given.session.add(given.Article(title="first"))
    given.session.commit()

    def save() -> int:
        headers = {"If-Match": '"1"'}
        return client.patch("/articles/1", json={"title": "new"}, headers=headers).status_code

    assert [save(), save()] == [200, 412]


def test_every_file_the_readme_links_to_is_there() -> None:
    for target in re.findall(r"\]\(([^)#]+)", README.read_text()):
        assert (README.parent / target).exists(), target


def test_the_first_example_fits_one_screen() -> None:
    [first, *_] = re.findall(r"```python\n(.*?)```", README.read_text(), flags=re.DOTALL)
    assert len(first.splitlines()) <= 45
