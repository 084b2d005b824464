"""Why a gate stands in front of Werkzeug's parser: what each side does today.

When one of these fails, upstream has changed, and the gate may be able to go.
"""

import pytest
from werkzeug.datastructures import ETags
from werkzeug.datastructures import Headers
from werkzeug.sansio.request import Request

from flask_preconditions.core import TagList
from flask_preconditions.core import parse_tag_list


def werkzeug(value: str) -> ETags:
    headers = Headers([("If-Match", value)])
    return Request("GET", "http", None, "", "", b"", headers, None).if_match


def test_two_tags_without_a_comma_are_no_condition_for_werkzeug() -> None:
    assert not werkzeug('"a""b"')
    assert isinstance(parse_tag_list('"a""b"'), str)


@pytest.mark.parametrize("value", ["v1", 'w/"v1"', "'v1'"])
def test_werkzeug_takes_what_is_no_tag(value: str) -> None:
    assert werkzeug(value)
    assert isinstance(parse_tag_list(value), str)


def test_the_empty_tag_is_none_for_werkzeug() -> None:
    assert werkzeug('""').as_set() == {None}
    assert parse_tag_list('""') == TagList(strong=frozenset({""}))


def test_a_star_in_a_list_is_the_wildcard_for_werkzeug() -> None:
    assert werkzeug('"a", *').star_tag or "*" in werkzeug('"a", *')
    assert isinstance(parse_tag_list('"a", *'), str)
