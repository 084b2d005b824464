"""HTTP preconditions (RFC 9110 §13) for Django REST framework: paste this file.

REST framework evaluates none. Django's ``condition`` does, but drops an If-Match that it
cannot read, and the write goes through.
"""

# :snippet-start: preconditions
import re
from dataclasses import dataclass
from datetime import datetime, timezone

from django.utils.encoding import escape_uri_path
from rest_framework import views
from rest_framework.exceptions import APIException
from rest_framework.request import Request
from rest_framework.response import Response

# Every repetition is possessive (Python 3.11), so no value takes more than linear time.
TAG = r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*+"'
TAGS = re.compile(rf"[ \t,]*+{TAG}(?:[ \t]*+,[ \t,]*+{TAG})*[ \t,]*+")
ANY = {"*"}
FIELDS = ("If-Match", "If-Unmodified-Since", "If-None-Match")  # that can guard a write

MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun"]
MONTHS += ["Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
MONTH = f"(?P<month>{'|'.join(MONTHS)})"
WEEKDAY = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
LONG_WEEKDAY = "(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
TIME = r"(?P<time>(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d|23:59:60)"
DATES = [  # the three forms of §5.6.7; email.utils reads far more than them
    re.compile(form, re.ASCII)
    for form in (
        rf"{WEEKDAY}, (?P<day>\d\d) {MONTH} (?P<year>\d{{4}}) {TIME} GMT",
        rf"{LONG_WEEKDAY}, (?P<day>\d\d)-{MONTH}-(?P<year>\d\d) {TIME} GMT",
        rf"{WEEKDAY} {MONTH} (?P<day>[ \d]\d) {TIME} (?P<year>\d{{4}})",
    )
]

PROBLEMS = {
    400: ("malformed-precondition", "Malformed Precondition"),
    412: ("precondition-failed", "Precondition Failed"),
    428: ("precondition-required", "Precondition Required"),
}
DETAILS = {
    "required": "Send If-Match with the ETag you read, or If-None-Match: * to create.",
    "absent": "The resource does not exist, and If-Match asks that it does.",
    "changed": "The resource changed after you read it.",
    "exists": "The resource exists in a state that your condition rules out.",
    "lost-race": "Another write came first, while this one was under way.",
    "malformed": 'An entity tag is in double quotes, such as "v1"; * stands alone.',
    "weak": "If-Match compares strongly, and a weak tag (W/) never matches.",
}


@dataclass(frozen=True)
class Validators:
    """The current state of a resource that exists; it may have neither of them."""

    etag: str | None = None  # as it is sent: '"v1"', or 'W/"v1"' for a weak one
    last_modified: int | None = None  # whole seconds since the epoch


class Refused(APIException):
    """The method is not performed: 304, 400, 412 or 428.

    REST framework's own handler would drop the tag, and send a 304 with a body.
    """

    def __init__(
        self, status: int, field: str | None, reason: str, current: Validators | None
    ) -> None:
        tells_tag = status in (304, 412) and current and current.etag
        headers = {"ETag": current.etag} if tells_tag else {}
        if status != 304:
            headers["Cache-Control"] = "no-store"
        super().__init__(DETAILS[reason], code=reason)
        self.status_code, self.headers = status, headers
        self.field, self.reason, self.current = field, reason, current


def check(
    request: Request, current: Validators | None, *, required: bool = True
) -> None:
    """Evaluate the preconditions in the order of RFC 9110 §13.2.2.

    Call it where the method would be performed otherwise: after 401, 403 and 404
    (§13.2.1), before the body is read. ``current`` is None where PUT would create.
    """
    safe = request.method in ("GET", "HEAD")
    if_match = parse_tags(request, "If-Match")
    if_none_match = parse_tags(request, "If-None-Match", lenient=safe)
    unmodified_since = modified_since = None
    if current and current.last_modified is not None:  # no date, nothing to compare
        unmodified_since = parse_date(request, "If-Unmodified-Since")
        modified_since = parse_date(request, "If-Modified-Since")

    guarded = if_match or if_none_match == ANY or unmodified_since is not None
    if required and not safe and not guarded:
        raise Refused(428, None, "required", current)

    etag = current.etag if current else None
    weak = etag is not None and etag.startswith("W/")
    opaque = etag and etag.removeprefix("W/")
    both_forms = {opaque, f"W/{opaque}"} if etag else set()
    if if_match is not None:  # step 1, strong comparison (§13.1.1)
        if current is None:
            raise Refused(412, "If-Match", "absent", current)
        if if_match != ANY and (weak or etag not in if_match):
            reason = "weak" if weak or both_forms & if_match else "changed"
            raise Refused(412, "If-Match", reason, current)
    elif unmodified_since is not None:  # step 2
        if current.last_modified > unmodified_since:
            raise Refused(412, "If-Unmodified-Since", "changed", current)
    if if_none_match is not None:  # step 3, weak comparison (§13.1.2)
        if current and (if_none_match == ANY or both_forms & if_none_match):
            raise Refused(304 if safe else 412, "If-None-Match", "exists", current)
    elif safe and modified_since is not None:  # step 4
        if current.last_modified <= modified_since:
            raise Refused(304, "If-Modified-Since", "exists", current)


def parse_tags(request: Request, field: str, lenient: bool = False) -> set[str] | None:
    value = request.headers.get(field)  # WSGI servers join several lines to one (§5.3)
    if value is None:
        return None
    if value.strip(" \t") == "*":
        return ANY
    if TAGS.fullmatch(value):
        return set(re.findall(TAG, value))
    if lenient:
        return set()  # on a read, the full answer is the safe one
    raise Refused(400, field, "malformed", None)  # never "no condition"


def parse_date(request: Request, field: str) -> float | None:
    """Give seconds since the epoch, or None for a date that is to be ignored."""
    value = request.headers.get(field, "").strip(" \t")
    found = next((match for form in DATES if (match := form.fullmatch(value))), None)
    if found is None:
        return None
    year = int(found["year"])
    if len(found["year"]) == 2:  # one in the next 50 years, or else a past one (§5.6.7)
        this_year = datetime.now(timezone.utc).year
        year += this_year - this_year % 100
        year -= 100 if year > this_year + 50 else 0
    month = MONTHS.index(found["month"]) + 1
    try:
        midnight = datetime(year, month, int(found["day"]), tzinfo=timezone.utc)
    except ValueError:  # such as 31 February
        return None
    hours, minutes, seconds = map(int, found["time"].split(":"))
    return midnight.timestamp() + hours * 3600 + minutes * 60 + seconds


# In settings.py, below REST_FRAMEWORK: "EXCEPTION_HANDLER": "….preconditions.exception_handler"
def exception_handler(error, context):
    if isinstance(error, Refused):
        return answer_refused(error, escape_uri_path(context["request"].path))
    return views.exception_handler(error, context)


def answer_refused(refused: Refused, path: str) -> Response:
    """Render a refusal as a problem document (RFC 9457)."""
    status, reason = refused.status_code, refused.reason
    if status == 304:
        return Response(status=304, headers=refused.headers)
    slug, title = PROBLEMS[status]
    action = {"action": "refetch", "method": "GET", "href": path}
    if status == 400 or (status == 428 and refused.current is None):
        action = {"action": "resend"}
    elif reason == "absent":
        action = {"action": "none"}
    members = {
        "type": f"/problems/{slug}/",
        "title": title,
        "status": status,
        "detail": refused.detail,
        "instance": path,
        "failed_header": refused.field,
        "reason": None if status == 428 else reason,
        "current_etag": refused.headers.get("ETag"),
        "next": action,
    }
    present = {name: value for name, value in members.items() if value is not None}
    return Response(
        present,
        status,
        headers=refused.headers,
        content_type="application/problem+json",
    )


# :snippet-end:
