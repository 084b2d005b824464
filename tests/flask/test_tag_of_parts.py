"""``etag=("czxid", "version")``: one tag of several parts."""

from typing import Any

import pytest
from flask import Flask

from flask_preconditions import SetupError
from flask_preconditions import check
from flask_preconditions import etag_for
from flask_preconditions import require_match

PARTS = ("born", "version")


@pytest.mark.parametrize(
    ("born", "version", "tag"),
    [
        (7, 1, '"7-1"'),
        ("a-b", "c", '"a%2Db-c"'),
        ("a", "b-c", '"a-b%2Dc"'),
        ("a%2Db", "c", '"a%252Db-c"'),
        ("", "", '"-"'),
    ],
)
def test_no_two_lists_of_parts_make_one_tag(born: Any, version: Any, tag: str) -> None:
    assert etag_for({"born": born, "version": version}, PARTS) == tag


def test_a_guard_and_a_check_take_it() -> None:
    app = Flask(__name__)
    app.testing = True
    node = {"born": 7, "version": 1}

    @app.get("/guarded")
    @require_match(lambda: node, etag=PARTS)
    def guarded() -> str:
        return "x"

    @app.get("/checked")
    def checked() -> str:
        check(node, etag=PARTS)
        return "x"

    client = app.test_client()
    assert client.get("/guarded").headers["ETag"] == '"7-1"'
    assert client.get("/checked", headers={"If-None-Match": '"7-1"'}).status_code == 304


def test_a_target_of_which_a_part_is_none_has_no_tag() -> None:
    with pytest.raises(SetupError, match="has no entity tag"):
        etag_for({"born": 7, "version": None}, PARTS)


@pytest.mark.parametrize("part", [True, 1.5, b"a"])
def test_a_part_that_is_no_text_or_number_is_refused(part: object) -> None:
    with pytest.raises(SetupError, match="etag has the part"):
        etag_for({"born": 7, "version": part}, PARTS)


def test_a_part_that_is_not_there_is_named() -> None:
    with pytest.raises(SetupError, match="has no 'version'"):
        etag_for({"born": 7}, PARTS)


@pytest.mark.parametrize("parts", [["born", "version"], (), ("born", 1)])
def test_what_is_no_tuple_of_names_is_refused_where_it_is_written(parts: Any) -> None:
    with pytest.raises(SetupError, match=r'write a tuple of names: etag=\("born", "version"\)'):
        require_match(lambda: None, etag=parts)
