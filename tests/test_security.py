"""What SECURITY.md promises: each promise names tests, and here are those of its own."""

import ast
import logging
import re
from pathlib import Path
from re import _parser as regex  # type: ignore[attr-defined]
from typing import Any

import pytest
from flask import Flask
from flask import abort
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.test import EnvironBuilder

from flask_preconditions import EntityTag
from flask_preconditions import InvalidField
from flask_preconditions import Outcome
from flask_preconditions import Validators
from flask_preconditions import evaluate
from flask_preconditions import precondition
from flask_preconditions import require_match
from flask_preconditions.core import dates
from flask_preconditions.core import entity_tags
from flask_preconditions.core import parse_tag_list

ROOT = Path(__file__).parent.parent
PROMISES = (ROOT / "SECURITY.md").read_text("utf-8")
NAMED = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PROMISES)
HOSTILE = [
    *('"a"' + " " * 16_000, '"a"' + " " * 16_000 + "x", "," * 16_000, '"a",' * 4000),
    *('W/"a",' * 3000, '","' * 4000, '"' * 16_000, '"' + "a" * 16_000, "W/" * 8000, "*" * 16_000),
    *(",".join(['W/","'] * 3000), ",".join(['","'] * 4000), "\t" * 16_000, "\x80" * 16_000),
]


def test_each_promise_names_tests_that_exist() -> None:
    assert len(NAMED) >= 10
    for path, name in NAMED:
        tree = ast.parse((ROOT / path).read_text("utf-8"))
        assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}, name
    promises = re.findall(
        r"^## \d\. .+?(?=^## |\Z)", (ROOT / "SECURITY.md").read_text("utf-8"), re.M | re.S
    )
    assert len(promises) == 6
    assert all("`tests/" in promise for promise in promises)


def backtracks(pattern: Any) -> bool:
    """Tell whether a pattern holds a repetition without a bound that gives back."""
    for operation, argument in pattern:
        if str(operation) == "ATOMIC_GROUP" and str(argument[0][0]) == "MAX_REPEAT":
            argument = argument[0][1][2]  # the repetition as a whole is kept
            if backtracks(argument):
                return True
            continue
        if str(operation) in ("MAX_REPEAT", "MIN_REPEAT") and argument[1] is regex.MAXREPEAT:
            return True
        for inner in argument if isinstance(argument, tuple | list) else (argument,):
            if isinstance(inner, list):
                if any(backtracks(part) for part in inner if isinstance(part, regex.SubPattern)):
                    return True
            elif isinstance(inner, regex.SubPattern) and backtracks(inner):
                return True
    return False


def test_no_pattern_that_reads_a_field_gives_back_what_it_took() -> None:
    patterns = [
        *(entity_tags._LIST, entity_tags._OPAQUE, entity_tags._ONE),
        *dates._FORMS,
    ]
    for pattern in patterns:
        assert not backtracks(regex.parse(pattern.pattern)), pattern.pattern
    assert backtracks(regex.parse(r"(?:a|(b*))+"))
    assert backtracks(regex.parse(r"a(?:x|b*)c"))
    assert backtracks(regex.parse(r"(?>(?:ab*)*)"))
    assert not backtracks(regex.parse(r"(?>(?:ab*+)*)"))


@pytest.mark.parametrize("value", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize(
    "tag", [EntityTag("v1"), EntityTag(","), EntityTag("a", weak=True)], ids=str
)
def test_a_request_is_decided_without_the_parser_of_werkzeug(
    monkeypatch: pytest.MonkeyPatch, value: str, tag: EntityTag
) -> None:
    # Its time grew with the square of the blanks in a row before 3.1.4.
    def parse(self: object) -> None:
        raise AssertionError("asked")

    monkeypatch.setattr(entity_tags.TagList, "_parse", parse)
    for method in ("GET", "PUT"):
        evaluate(method, {"If-Match": value, "If-None-Match": value}, Validators(tag))


def test_werkzeug_never_gets_two_blanks_in_a_row(monkeypatch: pytest.MonkeyPatch) -> None:
    given_to: list[str] = []

    class Request:
        def __init__(self, *args: Any) -> None:
            given_to.append(args[6]["If-Match"])
            self.if_match = __import__("werkzeug").datastructures.ETags()

    monkeypatch.setattr(entity_tags, "Request", Request)
    listed = parse_tag_list('"a"' + " \t" * 8000 + "," + "\t" * 8000 + '"b"')
    assert not isinstance(listed, str)
    assert listed.strong == frozenset()
    assert given_to == ['"a", "b"']


@given(st.text())
def test_no_tag_can_carry_what_ends_a_field(opaque: str) -> None:
    try:
        wire = str(EntityTag(opaque))
    except InvalidField:
        return
    assert not set(wire) & {"\r", "\n", "\0", " ", "\x7f"}
    assert wire.count('"') == 2
    wire.encode("latin-1")


FIELDS = [
    {},
    {"If-Match": '"v1"'},
    {"If-Match": '"v0"'},
    {"If-None-Match": '"v1"'},
    {"If-None-Match": "*"},
    {"If-Match": "v1"},
    {"If-Modified-Since": "Tue, 15 Nov 2044 12:45:26 GMT"},
]


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT"])
@pytest.mark.parametrize("fields", FIELDS, ids=str)
def test_who_is_refused_before_the_guard_learns_nothing_of_the_target(
    method: str, fields: dict[str, str]
) -> None:
    app, loaded = Flask(__name__), []

    def load(id: str) -> dict[str, str]:
        loaded.append(id)
        return {"rev": "v1"}

    @app.route("/docs/<id>", methods=["GET", "PUT"])
    @refuse_everyone
    @require_match(load, etag="rev")
    def doc(id: str) -> str:
        raise AssertionError("ran")

    client = app.test_client()
    answers = [
        client.open(f"/docs/{id}", method=method, headers=sent)
        for id, sent in [("there", fields), ("there", {}), ("gone", fields)]
    ]
    assert {answer.status_code for answer in answers} == {403}
    assert len({(answer.data, str(answer.headers)) for answer in answers}) == 1
    assert loaded == []


def refuse_everyone(view: Any) -> Any:
    def refuse(**_: object) -> None:
        abort(403)

    return refuse


@given(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=30),
    st.text(st.characters(max_codepoint=255, exclude_characters="\r\n\0"), max_size=30),
    st.sampled_from(["If-Match", "If-None-Match"]),
)
def test_no_request_writes_a_field_or_a_log_line_of_its_own(
    segment: str, value: str, field: str
) -> None:
    app = Flask(__name__)
    lines: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(record.getMessage())

    @app.put("/docs/<path:id>")
    @require_match(lambda id: {"rev": "v1"}, etag="rev")
    def doc(id: str) -> tuple[str, int]:
        precondition.confirm(1)
        return "", 204

    environ = EnvironBuilder(method="PUT", headers={field: value}).get_environ()
    environ["PATH_INFO"] = f"/docs/x{segment}".encode().decode("latin-1")
    got: list[Any] = []
    logger, handler = logging.getLogger("flask_preconditions"), Keep()
    logger.addHandler(handler)
    try:
        b"".join(app.wsgi_app(environ, lambda *told: got.extend(told)))  # type: ignore[arg-type]
    finally:
        logger.removeHandler(handler)
    assert all(text.isprintable() for _, text in got[1])
    assert len(lines) <= 1
    assert all(line.isascii() and line.isprintable() and len(line) < 1000 for line in lines)


@pytest.mark.parametrize(
    ("fields", "outcome"),
    [
        ({"If-Match": '"v0"'}, Outcome.FAILED),
        ({"If-Match": "v1"}, Outcome.MALFORMED),
        ({}, Outcome.REQUIRED),
    ],
    ids=["412", "400", "428"],
)
def test_no_cache_may_keep_a_refusal(fields: dict[str, str], outcome: Outcome) -> None:
    app = Flask(__name__)

    @app.put("/docs/<id>")
    @require_match(
        lambda id: {"rev": "v1"},
        etag="rev",
        cache_control="public, max-age=60",
        headers={"Expires": "Tue, 15 Nov 2044 12:45:26 GMT"},
    )
    def doc(id: str) -> str:
        raise AssertionError("ran")

    answer = app.test_client().put("/docs/1", headers=fields)
    assert answer.status_code == outcome.status
    assert answer.headers["Cache-Control"] == "no-store"
    assert not {"Expires", "Last-Modified"} & set(answer.headers.keys())
