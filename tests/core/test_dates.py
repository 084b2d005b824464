from datetime import UTC
from datetime import datetime
from datetime import timedelta
from datetime import timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flask_preconditions.core import format_http_date
from flask_preconditions.core import is_settled
from flask_preconditions.core import parse_http_date

MOMENT = datetime(1994, 11, 6, 8, 49, 37, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "Sun, 06 Nov 1994 08:49:37 GMT",
        "Sunday, 06-Nov-94 08:49:37 GMT",
        "Sun Nov  6 08:49:37 1994",
        "\tSun, 06 Nov 1994 08:49:37 GMT ",
    ],
)
def test_each_form_is_the_same_moment(text: str) -> None:
    assert parse_http_date(text) == MOMENT


@given(st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31), timezones=st.just(UTC)))  # noqa: DTZ001
def test_a_moment_survives_the_wire_but_for_its_fraction(moment: datetime) -> None:
    assert parse_http_date(format_http_date(moment)) == moment.replace(microsecond=0)


@given(st.text(st.sampled_from(list("SunModay, -:0123456789GTNovFeb")), max_size=40))
def test_no_text_makes_the_parser_raise(text: str) -> None:
    assert parse_http_date(text) is None or parse_http_date(text).tzinfo is UTC


def test_a_fraction_is_cut_off_and_never_rounded_up() -> None:
    late = MOMENT.replace(microsecond=999_999)
    assert format_http_date(late) == "Sun, 06 Nov 1994 08:49:37 GMT"


def test_another_zone_is_brought_to_utc() -> None:
    elsewhere = MOMENT.astimezone(timezone(timedelta(hours=9)))
    assert format_http_date(elsewhere) == "Sun, 06 Nov 1994 08:49:37 GMT"


def test_a_naive_time_is_refused_with_the_cure() -> None:
    with pytest.raises(ValueError, match=r"datetime\.now\(timezone\.utc\)"):
        format_http_date(datetime(1994, 11, 6))  # noqa: DTZ001


@pytest.mark.parametrize(
    ("two_digits", "now", "year"),
    [
        ("94", datetime(2026, 1, 1, tzinfo=UTC), 1994),
        ("70", datetime(2026, 1, 1, tzinfo=UTC), 2070),
        ("76", datetime(2026, 1, 1, tzinfo=UTC), 1976),
        ("26", datetime(2026, 1, 1, tzinfo=UTC), 2026),
        ("20", datetime(2080, 1, 1, tzinfo=UTC), 2020),
        ("94", None, 1994),
        ("68", None, 2068),
    ],
)
def test_a_two_digit_year_is_at_most_fifty_years_ahead(
    two_digits: str, now: datetime | None, year: int
) -> None:
    parsed = parse_http_date(f"Sunday, 06-Nov-{two_digits} 08:49:37 GMT", now=now)
    assert parsed is not None
    assert parsed.year == year


def test_29_february_is_read_in_a_leap_year_only() -> None:
    leap_day = datetime(2028, 2, 29, 12, tzinfo=UTC)
    assert parse_http_date("Tuesday, 29-Feb-28 00:00:00 GMT", now=leap_day) == datetime(
        2028, 2, 29, tzinfo=UTC
    )
    assert parse_http_date("Sunday, 06-Nov-94 08:49:37 GMT", now=leap_day) == MOMENT
    # 2000 is a leap year, 2100 is none.
    in_2090 = datetime(2090, 1, 1, tzinfo=UTC)
    assert parse_http_date("Tuesday, 29-Feb-00 00:00:00 GMT", now=in_2090) is not None
    in_2110 = datetime(2110, 1, 1, tzinfo=UTC)
    assert parse_http_date("Tuesday, 29-Feb-00 00:00:00 GMT", now=in_2110) is None


def test_a_leap_second_is_the_first_second_of_the_next_day() -> None:
    assert parse_http_date("Sat, 31 Dec 2016 23:59:60 GMT") == datetime(2017, 1, 1, tzinfo=UTC)
    assert parse_http_date("Sat, 31 Dec 2016 12:00:60 GMT") is None


def test_a_leap_second_at_the_end_of_a_two_digit_year_begins_the_next_one() -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    parsed = parse_http_date("Friday, 31-Dec-99 23:59:60 GMT", now=now)
    assert parsed == datetime(2000, 1, 1, tzinfo=UTC)


def test_a_leap_second_after_the_last_year_is_no_date() -> None:
    assert parse_http_date("Fri, 31 Dec 9999 23:59:60 GMT") is None
    assert parse_http_date("Fri, 31 Dec 9999 23:59:59 GMT") is not None


@pytest.mark.parametrize("form", ["Mon, 01 Jan {} 00:00:00 GMT", "Mon Jan  1 00:00:00 {}"])
def test_a_year_of_four_digits_is_taken_as_it_is(form: str) -> None:
    assert parse_http_date(form.format("0001")) == datetime(1, 1, 1, tzinfo=UTC)
    assert parse_http_date(form.format("0094")) == datetime(94, 1, 1, tzinfo=UTC)
    assert parse_http_date(form.format("0000")) is None


def test_the_time_is_asked_for_only_where_a_year_has_two_digits() -> None:
    asked = []

    def clock() -> datetime:
        asked.append(MOMENT)
        return MOMENT

    assert parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT", now=clock) == MOMENT
    assert asked == []
    assert parse_http_date("Sunday, 06-Nov-94 08:49:37 GMT", now=clock) == MOMENT
    assert asked == [MOMENT]


def test_a_date_is_settled_when_its_second_is_over() -> None:
    almost = MOMENT + timedelta(seconds=1, microseconds=-1)
    assert not is_settled(MOMENT, almost)
    assert is_settled(MOMENT, MOMENT + timedelta(seconds=1))
    assert not is_settled(MOMENT, MOMENT - timedelta(days=1))
