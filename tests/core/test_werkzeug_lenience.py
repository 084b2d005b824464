"""Why the core does not leave it to Werkzeug: what each side does today.

A gate stands in front of Werkzeug's parsers, and its evaluator is not asked at all. When
one of these fails, upstream has changed, and a part of the core may be able to go.
"""

from datetime import UTC
from datetime import datetime

import pytest
from werkzeug.datastructures import ETags
from werkzeug.datastructures import Headers
from werkzeug.http import parse_date
from werkzeug.sansio.request import Request
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Response

from flask_preconditions.core import EntityTag
from flask_preconditions.core import TagList
from flask_preconditions.core import Validators
from flask_preconditions.core import evaluate
from flask_preconditions.core import parse_http_date
from flask_preconditions.core import parse_tag_list


def werkzeug(value: str) -> ETags:
    headers = Headers([("If-Match", value)])
    return Request("GET", "http", None, "", "", b"", headers, None).if_match


def test_two_tags_without_a_comma_are_no_condition_for_werkzeug() -> None:
    # For the oldest release they are one tag, which nothing ever has.
    assert werkzeug('"a""b"').as_set() <= {'a""b'}
    assert isinstance(parse_tag_list('"a""b"'), str)


@pytest.mark.parametrize("value", ["v1", 'w/"v1"', "'v1'"])
def test_werkzeug_takes_what_is_no_tag(value: str) -> None:
    assert werkzeug(value)
    assert isinstance(parse_tag_list(value), str)


def test_the_empty_tag_is_none_for_werkzeug() -> None:
    assert werkzeug('""').as_set() == {None}
    assert parse_tag_list('""') == TagList('""')


def test_a_star_in_a_list_is_the_wildcard_for_werkzeug() -> None:
    assert werkzeug('"a", *').star_tag or "*" in werkzeug('"a", *')
    assert isinstance(parse_tag_list('"a", *'), str)


@pytest.mark.parametrize(
    "text",
    [
        "Sun, 6 Nov 1994 08:49:37",
        "06 Nov 1994 08:49:37 +0200",
        "sun, 06 nov 1994 08:49:37 gmt",
    ],
)
def test_werkzeug_reads_a_date_that_the_grammar_rules_out(text: str) -> None:
    assert parse_date(text) is not None
    assert parse_http_date(text) is None


def test_werkzeug_takes_the_first_century_for_the_twentieth() -> None:
    text = "Sat, 06 Nov 0094 00:00:00 GMT"
    assert parse_date(text) == datetime(1994, 11, 6, tzinfo=UTC)
    assert parse_http_date(text) == datetime(94, 11, 6, tzinfo=UTC)


OLD = "Sun, 06 Nov 1994 08:49:37 GMT"


@pytest.mark.parametrize(
    ("fields", "weak", "werkzeug_says", "core_says"),
    [
        ({"If-Match": "*"}, False, 412, None),
        ({"If-Match": '"v1"'}, True, 200, 412),
        ({"If-Unmodified-Since": OLD}, False, 200, 412),
        ({"If-Match": '"v1"', "If-None-Match": '"v1"'}, False, 200, 304),
    ],
    ids=["any tag", "weak current tag", "old date", "true If-Match beside If-None-Match"],
)
def test_the_evaluator_of_werkzeug_strays_from_the_rfc(
    fields: dict[str, str], weak: bool, werkzeug_says: int, core_says: int | None
) -> None:
    saved_at = datetime(2020, 1, 1, tzinfo=UTC)
    response = Response("content", headers={"Cache-Control": "max-age=60"})
    response.set_etag("v1", weak)
    response.last_modified = saved_at
    response.make_conditional(EnvironBuilder(headers=fields).get_environ())
    assert response.status_code == werkzeug_says
    assert evaluate("GET", fields, Validators(EntityTag("v1", weak), saved_at)).status == core_says


def test_the_412_of_werkzeug_carries_the_content_of_the_200() -> None:
    response = Response("content", headers={"Cache-Control": "max-age=60"})
    response.set_etag("v1")
    response.make_conditional(EnvironBuilder(headers={"If-Match": '"v0"'}).get_environ())
    assert response.status_code == 412
    assert response.get_data(as_text=True) == "content"
    assert response.headers["Cache-Control"] == "max-age=60"
