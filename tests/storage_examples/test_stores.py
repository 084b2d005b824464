"""The examples of other stores keep the rules, and close the race with real engines."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from flask_preconditions import precondition_passed
from flask_preconditions.conformance.verdicts import Verdict
from flask_preconditions.testing import assert_conformant
from flask_preconditions.testing import assert_no_lost_updates
from snippets.stores import file_system

from .conftest import CONTENT_HASHES
from .conftest import EXAMPLES
from .conftest import PLAYED_WHOLE
from .conftest import Example


def overtaken(
    example: Example, rival: Callable[[], TestResponse], send: Callable[[], TestResponse]
) -> TestResponse:
    """Send a request that a whole other request overtakes between its check and its write."""
    answers: list[TestResponse] = []

    def come_between(sender: Flask, **evidence: Any) -> None:
        precondition_passed.disconnect(come_between, sender)  # the rival's check passes too
        answers.append(rival())

    precondition_passed.connect(come_between, example.app)
    response = send()
    [answer] = answers
    assert 200 <= answer.status_code < 300, answer.text
    return response


def test_a_stale_write_is_412_and_writes_nothing(example: Example) -> None:
    path, tag = example.create()
    assert example.save(path, "second", {"If-Match": tag}).status_code == 204
    stale = example.save(path, "late", {"If-Match": tag})
    assert stale.status_code == 412
    assert stale.json["reason"] == "changed"
    assert stale.headers["ETag"] == example.client.get(path).headers["ETag"] != tag
    assert example.text_of(path) == "second"


def test_an_empty_text_is_a_document(example: Example) -> None:
    path, _ = example.create("")
    assert example.client.get(path).status_code == 200
    assert example.text_of(path) == ""


def test_a_write_that_loses_the_race_is_412_with_the_winners_tag(example: Example) -> None:
    path, tag = example.create()
    lost = overtaken(
        example,
        rival=lambda: example.save(path, "theirs", {"If-Match": tag}),
        send=lambda: example.save(path, "mine", {"If-Match": tag}),
    )
    assert lost.status_code == 412
    assert lost.json["reason"] == "lost-race"
    assert lost.headers["ETag"] == example.client.get(path).headers["ETag"] != tag
    assert example.text_of(path) == "theirs"


def test_of_two_that_create_at_once_one_is_412(example: Example) -> None:
    path = example.unused()
    lost = overtaken(
        example,
        rival=lambda: example.save(path, "theirs", {"If-None-Match": "*"}),
        send=lambda: example.save(path, "mine", {"If-None-Match": "*"}),
    )
    assert lost.status_code == 412
    assert lost.headers["ETag"] == example.client.get(path).headers["ETag"]
    assert example.text_of(path) == "theirs"


def test_a_document_that_was_deleted_meanwhile_is_not_made_again(example: Example) -> None:
    path, tag = example.create()
    lost = overtaken(
        example,
        rival=lambda: example.client.delete(path, headers={"If-Match": tag}),
        send=lambda: example.save(path, "mine", {"If-Match": tag}),
    )
    assert lost.status_code == 412
    assert "ETag" not in lost.headers
    assert example.client.get(path).status_code == 404


def test_a_document_that_was_deleted_and_made_again_meanwhile_is_not_overwritten(
    example: Example,
) -> None:
    path, tag = example.create()

    def make_again() -> TestResponse:
        example.client.delete(path, headers={"If-Match": tag})
        return example.save(path, "theirs", {"If-None-Match": "*"})

    lost = overtaken(
        example, rival=make_again, send=lambda: example.save(path, "mine", {"If-Match": tag})
    )
    assert lost.status_code == 412
    assert example.text_of(path) == "theirs"


def test_a_document_that_was_saved_meanwhile_is_not_deleted(example: Example) -> None:
    path, tag = example.create()
    lost = overtaken(
        example,
        rival=lambda: example.save(path, "theirs", {"If-Match": tag}),
        send=lambda: example.client.delete(path, headers={"If-Match": tag}),
    )
    assert lost.status_code == 412
    assert example.text_of(path) == "theirs"


@pytest.mark.slow
@pytest.mark.parametrize("example", PLAYED_WHOLE, indirect=True)
def test_eight_clients_lose_nothing(example: Example) -> None:
    path, _ = example.create()
    report = assert_no_lost_updates(
        example.app,
        path,
        read=example.read,
        write=example.write,
        content_type=example.content_type,
        clients=8,
        rounds=5,
    )
    assert len(report.acknowledged) == len(report.present) == 40
    assert set(report.answers) == {204, 412}


@pytest.mark.parametrize("example", PLAYED_WHOLE, indirect=True)
def test_the_table_holds(example: Example) -> None:
    path, _ = example.create()
    results = assert_conformant(
        example.app,
        path,
        read=example.read,
        write=example.write,
        content_type=example.content_type,
        absent=example.unused,
        new=lambda: example.create()[0],
    )
    assert sum(result.verdict is Verdict.PASS for result in results) > 170


@pytest.mark.parametrize("example", sorted(set(EXAMPLES) - CONTENT_HASHES), indirect=True)
def test_a_document_made_again_never_takes_an_old_tag(example: Example) -> None:
    path, tag = example.create()
    example.client.delete(path, headers={"If-Match": tag})
    example.save(path, "first", {"If-None-Match": "*"})
    assert example.client.get(path).headers["ETag"] != tag


def test_bytes_that_come_back_have_their_old_tag_in_a_file(tmp_path: Path) -> None:
    client = file_system.create_app(tmp_path).test_client()
    tags = []
    for text in ("one", "two", "one"):
        condition = {"If-Match": tags[-1]} if tags else {"If-None-Match": "*"}
        client.put("/docs/note", data=text, headers=condition)
        tags.append(client.get("/docs/note").headers["ETag"])
    assert tags[0] == tags[2] != tags[1]


def test_nothing_but_the_document_and_its_lock_is_left_in_the_folder(tmp_path: Path) -> None:
    client = file_system.create_app(tmp_path).test_client()
    client.put("/docs/note", data="one", headers={"If-None-Match": "*"})
    client.put("/docs/note", data="two", headers={"If-None-Match": "*"})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["note.lock", "note.txt"]


def test_an_example_is_short_enough_to_read_at_once() -> None:
    sources = Path(file_system.__file__).parent.glob("*.py")
    lines = {source.name: len(source.read_text().splitlines()) for source in sources}
    assert {name: count for name, count in lines.items() if count > 60} == {}
