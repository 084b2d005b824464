"""Fields and states as they are written on the command line of ``explain``."""

from datetime import UTC
from datetime import datetime

import pytest
from flask import Flask

from flask_preconditions import ABSENT
from flask_preconditions import EntityTag
from flask_preconditions import SetupError
from flask_preconditions import Validators
from flask_preconditions.explain import explain
from flask_preconditions.given import parse_header
from flask_preconditions.given import parse_state

from .conftest import MakeClient


@pytest.fixture
def app(make_client: MakeClient) -> Flask:
    return make_client().application


def test_a_field_is_read_as_curl_takes_it() -> None:
    assert parse_header('If-Match: "a:b"') == ("If-Match", '"a:b"')
    assert parse_header("X-Empty:") == ("X-Empty", "")
    assert parse_header('If-Match:\t "v1" \t') == ("If-Match", '"v1"')


@pytest.mark.parametrize(
    "sent", ['\x1f"v1"', '"v1"\x1c', '\u00a0"v1"', '"v1"\u2003', "\u201cv1\u201d"]
)
def test_a_value_is_the_bytes_that_a_server_gets(app: Flask, sent: str) -> None:
    """RFC 9110 §5.5: only blanks and tabs around a value are not part of it."""
    name, value = parse_header(f"If-Match: {sent}")
    assert value.encode("latin-1") == sent.encode()
    on_the_wire = app.test_client().put("/article", headers={name: value})
    assert explain(app, "PUT", "/article", [(name, value)]).status == on_the_wire.status_code == 400


@pytest.mark.parametrize("text", ["If Match: x", "If-Match : x", "If-Match\u00a0: x", "Ünï: x"])
def test_a_name_that_no_field_has_is_refused(text: str) -> None:
    with pytest.raises(SetupError, match="is no name of a field"):
        parse_header(text)


@pytest.mark.parametrize("text", ['If-Match: "v1"\nX: y', "If-Match: a\rb", "X: \0"])
def test_a_value_that_no_server_takes_is_refused(text: str) -> None:
    with pytest.raises(SetupError, match="a line break or a NUL"):
        parse_header(text)


@pytest.mark.parametrize("text", ["If-Match", ": x", ""])
def test_a_field_without_a_colon_is_refused(text: str) -> None:
    with pytest.raises(SetupError, match="has no colon"):
        parse_header(text)


@pytest.mark.parametrize(
    ("texts", "state"),
    [
        ([], None),
        (["absent"], ABSENT),
        (["etag=v1"], Validators(EntityTag("v1"))),
        (['etag="v1"'], Validators(EntityTag("v1"))),
        (['etag=W/"v1"'], Validators(EntityTag("v1", weak=True))),
        (["etag=a=b"], Validators(EntityTag("a=b"))),
        (
            ["etag=1", "last-modified=Tue, 15 Nov 1994 12:45:26 GMT"],
            Validators(EntityTag("1"), datetime(1994, 11, 15, 12, 45, 26, tzinfo=UTC)),
        ),
    ],
)
def test_a_state_can_be_given_in_words(texts: list[str], state: object) -> None:
    assert parse_state(texts) == state


@pytest.mark.parametrize(
    "texts", [["etg=1"], ["etag=a b"], ['etag="v1'], ["last-modified=today"], ["absent", "etag=1"]]
)
def test_a_state_that_is_none_is_refused(texts: list[str]) -> None:
    with pytest.raises(SetupError):
        parse_state(texts)
