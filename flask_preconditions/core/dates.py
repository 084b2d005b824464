"""HTTP-dates (RFC 9110 §5.6.7): whole seconds, aware, in UTC.

Werkzeug parses. In front of it stands a gate for the three forms of the
grammar, because Werkzeug reads nearly any date that an e-mail could carry.
"""

import re
from collections.abc import Callable
from datetime import UTC
from datetime import datetime
from datetime import timedelta

from werkzeug.http import http_date
from werkzeug.http import parse_date

_DAY = r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
_DAY_LONG = r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_TIME = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:(?:[0-5][0-9]|60)"
# Case-sensitive, and GMT is the only zone there is.
_FORMS = (
    re.compile(rf"{_DAY}, [0-9]{{2}} {_MONTH} ([0-9]{{4}}) {_TIME} GMT"),  # IMF-fixdate
    re.compile(rf"{_DAY_LONG}, [0-9]{{2}}-{_MONTH}-([0-9]{{2}}) {_TIME} GMT"),  # RFC 850
    re.compile(rf"{_DAY} {_MONTH} [ 0-9][0-9] {_TIME} ([0-9]{{4}})"),  # asctime()
)
_LEAP_SECOND = "23:59:60"


Clock = Callable[[], datetime | None]
"""Gives the current time, aware; it is asked only where the time makes a difference."""


def parse_http_date(text: str, *, now: datetime | Clock | None = None) -> datetime | None:
    """Read an HTTP-date in any of its three forms.

    :param text: one field value; surrounding blanks are not part of it.
    :param now: the current time, aware, or what gives it; tells the century of a
        two-digit year. Without it the POSIX rule holds: 69 to 99 are 19xx.
    :return: aware UTC in whole seconds, or ``None`` when it is no valid HTTP-date.
    """
    text = text.strip(" \t")
    form = next((match for form in _FORMS if (match := form.fullmatch(text))), None)
    if form is None:
        return None
    leap = _LEAP_SECOND in text
    if leap:  # datetime has no 61st second: read the one before and step over it.
        text = text.replace(_LEAP_SECOND, "23:59:59")
    elif ":60" in text:
        return None  # UTC inserts leap seconds at the end of a day only.
    parsed = parse_date(text)
    if parsed is None:  # such as 31 February
        return None
    try:
        # Werkzeug takes the year 0094 for 1994.
        year = int(form[1]) if len(form[1]) == 4 else _full_year(form[1], parsed, now)
        return parsed.replace(year=year) + timedelta(seconds=leap)
    except (ValueError, OverflowError):  # no such year, no such 29 February, after 9999
        return None


def _full_year(two_digits: str, parsed: datetime, now: datetime | Clock | None) -> int:
    if callable(now):
        now = now()
    if now is None:
        return parsed.year
    # §5.6.7: a date that appears to be more than 50 years in the future is the most
    # recent one in the past with the same last two digits.
    year = now.year - now.year % 100 + int(two_digits)
    return year - 100 if _shift(now, 50) < parsed.replace(year=year) else year


def _shift(moment: datetime, years: int) -> datetime:
    try:
        return moment.replace(year=moment.year + years)
    except ValueError:  # 29 February
        return moment.replace(year=moment.year + years, day=28)


def format_http_date(moment: datetime) -> str:
    """Write an aware time as an IMF-fixdate, the one form a sender uses.

    A fraction of a second is cut off, never rounded up.
    """
    return http_date(whole_seconds(moment))


def whole_seconds(moment: datetime) -> datetime:
    """Bring an aware time to UTC and cut off the fraction of its second.

    :raises ValueError: when ``moment`` is naive.
    """
    if moment.utcoffset() is None:
        raise ValueError(
            f"{moment!r} has no time zone; pass an aware datetime, "
            "such as datetime.now(timezone.utc)"
        )
    return moment.astimezone(UTC).replace(microsecond=0)
