"""The text of RFC 9110 §13 once more, apart from the package: what the tests compare with.

It is written from the RFC alone and shares nothing with ``flask_preconditions``: it reads
fields character by character, as the grammar has them, and takes the steps of §13.2.2 in
the order and the words of the text. It is slow, and that is no matter.

Three rules are not the RFC's, which is silent on them; they are the package's promises:
an ``If-Match`` or ``If-None-Match`` that breaks the grammar of §8.8.3 refuses a write
(400), so does one without any tag, and a policy may ask for a condition (428).
"""

from datetime import UTC
from datetime import datetime
from datetime import timedelta
from functools import lru_cache
from typing import NamedTuple

Tag = tuple[bool, str]
"""Whether an entity tag is weak, and its opaque part."""

ANY = "*"
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


class Target(NamedTuple):
    """The selected representation; ``exists`` is false where there is none."""

    exists: bool = True
    tag: Tag | None = None
    modified: datetime | None = None
    date_is_strong: bool = False


class Request(NamedTuple):
    """The conditional fields of a request, each its whole value or ``None``."""

    if_match: str | None = None
    if_unmodified_since: str | None = None
    if_none_match: str | None = None
    if_modified_since: str | None = None
    if_range: str | None = None
    has_range: bool = False


class Answer(NamedTuple):
    """What becomes of a request.

    ``status`` is ``None`` where the method is performed; ``ranged`` tells whether its
    Range field, if it has one, applies.
    """

    status: int | None = None
    ranged: bool = True


def is_etagc(character: str) -> bool:
    """Etagc = %x21 / %x23-7E / obs-text (§8.8.3)."""
    code = ord(character)
    return code == 0x21 or 0x23 <= code <= 0x7E or 0x80 <= code <= 0xFF


def read_tag(text: str, at: int) -> tuple[Tag, int] | None:
    """Read an entity tag at a place; give it and the place behind it (§8.8.3)."""
    weak = text[at : at + 2] == "W/"
    begin = at + 2 if weak else at
    if text[begin : begin + 1] != '"':
        return None
    end = begin + 1
    while end < len(text) and is_etagc(text[end]):
        end += 1
    if text[end : end + 1] != '"':
        return None
    return (weak, text[begin + 1 : end]), end + 1


@lru_cache(1024)
def read_tags(text: str) -> list[Tag] | str | None:
    """Read ``"*" / #entity-tag`` (§13.1.1, §5.6.1.2); ``None`` where it is neither."""
    if text.strip(" \t") == ANY:
        return ANY
    tags: list[Tag] = []
    at, needs_comma = 0, False
    while at < len(text):
        if text[at] in " \t":
            at += 1
        elif text[at] == ",":  # a recipient accepts empty elements
            needs_comma = False
            at += 1
        else:
            found = read_tag(text, at)
            if found is None or needs_comma:
                return None
            tags.append(found[0])
            at, needs_comma = found[1], True
    return tags or None


@lru_cache(1024)
def read_date(text: str, this_year: int | None = None) -> datetime | None:
    """Read an HTTP-date in one of its three forms (§5.6.7), exactly as they are spelt.

    ``this_year`` tells the century of the obsolete form's two digits; no date in these
    tests is so near to 50 years ahead that the day would matter.
    """
    parts = text.strip(" \t").split(" ")
    short = [day[:3] for day in DAYS]
    try:
        if len(parts) == 6 and parts[0][-1:] == "," and parts[0][:-1] in short:
            day, month, year, clock, zone = parts[1:]  # IMF-fixdate
            number = digits(year, 4)
        elif len(parts) == 4 and parts[0][-1:] == "," and parts[0][:-1] in DAYS:
            (day, month, year), clock, zone = parts[1].split("-"), *parts[2:]  # rfc850-date
            number = century(digits(year, 2), this_year)
        elif parts[0] in short:  # asctime-date
            if len(parts) == 6 and parts[2] == "" and len(parts[3]) == 1:
                parts[2:4] = ["0" + parts[3]]
            month, day, clock, year = parts[1:]
            number, zone = digits(year, 4), "GMT"
        else:
            return None
        if zone != "GMT":
            return None
        hour, minute, second = clock.split(":")
        h, m, s = digits(hour, 2), digits(minute, 2), digits(second, 2)
        leap = (h, m, s) == (23, 59, 60)
        moment = datetime(
            number, MONTHS.index(month) + 1, digits(day, 2), h, m, s - leap, tzinfo=UTC
        )
        return moment + timedelta(seconds=leap)
    except (ValueError, OverflowError):
        return None


def digits(text: str, count: int) -> int:
    """Read a number of exactly so many digits."""
    if len(text) != count or not all("0" <= character <= "9" for character in text):
        raise ValueError(text)
    return int(text)


def century(two: int, this_year: int | None) -> int:
    """Tell the year of two digits: never more than 50 years ahead (§5.6.7)."""
    if this_year is None:
        return 1900 + two if two >= 69 else 2000 + two
    year = this_year - this_year % 100 + two
    return year - 100 if year > this_year + 50 else year


def match_strongly(one: Tag, other: Tag) -> bool:
    """Both are not weak, and their opaque-tags match character by character (§8.8.3.2)."""
    return not one[0] and not other[0] and one[1] == other[1]


def match_weakly(one: Tag, other: Tag) -> bool:
    """Their opaque-tags match character by character, whether weak or not (§8.8.3.2)."""
    return one[1] == other[1]


def answer(
    method: str,
    request: Request,
    target: Target,
    *,
    creates: bool = False,
    required: bool = False,
    this_year: int | None = None,
) -> Answer:
    """Tell what becomes of a request.

    ``creates``: whether the method makes a target that is absent; where it does not, the
    answer is 404 whatever the conditions are, and they are ignored.
    """
    # §13.2.1: "a server MUST ignore the conditional request header fields … when received
    # with a request method that does not involve the selection or modification of a selected
    # representation, such as CONNECT, OPTIONS, or TRACE."
    if method in ("CONNECT", "OPTIONS", "TRACE"):
        return Answer()
    # §13.2.1: "… MUST ignore all received preconditions if its response to the same request
    # without those conditions … would have been a status code other than a 2xx … or 412".
    if not target.exists and not creates:
        return Answer()

    # RFC 10008 §2.6: the selected representation of a QUERY is that of a GET.
    reads = method in ("GET", "HEAD", "QUERY")
    safe = reads
    match = None if request.if_match is None else read_tags(request.if_match)
    none_match = None if request.if_none_match is None else read_tags(request.if_none_match)
    since = read_date(request.if_modified_since, this_year) if request.if_modified_since else None
    unmodified = (
        read_date(request.if_unmodified_since, this_year) if request.if_unmodified_since else None
    )

    if request.if_match is not None and match is None:
        return Answer(400)
    if request.if_none_match is not None and none_match is None and not reads:
        return Answer(400)
    # §13.1.4: ignore the field "if the field value is not a valid HTTP-date", "if the resource
    # does not have a modification date available", and beside If-Match.
    dated = target.modified if target.exists else None
    usable_date = unmodified is not None and dated is not None and request.if_match is None
    if required and not safe:
        guards = request.if_match is not None or none_match == ANY or usable_date
        if not guards:
            return Answer(428)

    # §13.2.2, step 1.
    if match is not None:
        if match == ANY:
            holds = target.exists
        else:
            holds = target.exists and any(
                target.tag is not None and match_strongly(tag, target.tag) for tag in match
            )
        if not holds:
            return Answer(412)
    # Step 2.
    elif usable_date:
        assert unmodified is not None
        assert dated is not None
        if not dated <= unmodified:
            return Answer(412)
    # Step 3.
    if none_match is not None:
        if none_match == ANY:
            holds = not target.exists
        else:
            holds = not (
                target.exists
                and any(
                    target.tag is not None and match_weakly(tag, target.tag) for tag in none_match
                )
            )
        if not holds:
            return Answer(304 if reads else 412)
    # Step 4: "When the method is GET or HEAD, If-None-Match is not present, and
    # If-Modified-Since is present".
    elif (
        reads
        and request.if_none_match is None
        and since is not None
        and dated is not None
        and not dated > since
    ):
        return Answer(304)
    # Step 5: "When the method is GET and both Range and If-Range are present". RFC 10008 §2.8:
    # ranges of a QUERY have the semantics of those of a GET.
    if method in ("GET", "QUERY") and request.has_range and request.if_range is not None:
        return Answer(ranged=is_in_range(request.if_range, target, this_year))
    return Answer()


def is_in_range(value: str, target: Target, this_year: int | None) -> bool:
    """Evaluate If-Range (§13.1.5): one entity tag, strongly, or one date, exactly."""
    text = value.strip(" \t")
    if '"' in text[:3]:
        found = read_tag(text, 0)
        if found is None or found[1] != len(text) or target.tag is None or not target.exists:
            return False
        return match_strongly(found[0], target.tag)
    date = read_date(text, this_year)
    return date is not None and target.exists and target.date_is_strong and date == target.modified
