"""The README's example runs, and does what the table below it says."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sybil import Sybil
from sybil.parsers.markdown import PythonCodeBlockParser

README = Path(__file__).parent.parent / "README.md"


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FlaskClient]:
    monkeypatch.chdir(tmp_path)
    document = Sybil(parsers=[PythonCodeBlockParser()]).parse(README)
    document.namespace["__name__"] = "notes"
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


def test_every_file_the_readme_links_to_is_there() -> None:
    for target in re.findall(r"\]\(([^)#]+)", README.read_text()):
        assert (README.parent / target).exists(), target
