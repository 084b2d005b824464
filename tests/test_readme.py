"""The README's examples run, and do what the table below them says."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sybil import Sybil
from sybil.parsers.markdown import PythonCodeBlockParser

from flask_preconditions.audit import audit
from flask_preconditions.core import CLAUSES
from flask_preconditions.testing import assert_no_lost_updates

README = Path(__file__).parent.parent / "README.md"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[int], dict[str, Any]]:
    """Run an example by its place, and give the names that it defines."""
    monkeypatch.chdir(tmp_path)

    def evaluate(place: int) -> dict[str, Any]:
        document = Sybil(parsers=[PythonCodeBlockParser()]).parse(README)
        names: dict[str, Any] = document.namespace
        names.update(__name__="notes")
        list(document.examples())[place].evaluate()
        names["app"].testing = True
        return names

    return evaluate


@pytest.fixture
def names(run: Callable[[int], dict[str, Any]]) -> dict[str, Any]:
    return run(0)


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


def test_the_class_of_a_model_is_enough(run: Callable[[int], dict[str, Any]]) -> None:
    names = run(1)
    client = names["app"].test_client()
    assert client.get("/articles/1").headers["ETag"] == '"1"'

    def save(tag: str) -> tuple[int, str]:
        fields = {"If-Match": tag}
        saved = client.patch("/articles/1", json={"title": "new"}, headers=fields)
        return saved.status_code, saved.headers["ETag"]

    assert [save('"1"'), save('"1"')] == [(200, '"2"'), (412, '"2"')]
    assert client.get("/articles/1").json == {"title": "new"}
    assert audit(names["app"]).findings == ()
    with names["app"].app_context():
        names["db"].engine.dispose()


def test_every_file_the_readme_links_to_is_there() -> None:
    for target in re.findall(r"\]\(([^)#]+)", README.read_text()):
        assert (README.parent / target).exists(), target


def test_the_first_example_fits_one_screen() -> None:
    [first, *_] = re.findall(r"```python\n(.*?)```", README.read_text(), flags=re.DOTALL)
    assert len(first.splitlines()) <= 45
