"""Each rule broken alone, and what the check must call it."""

from collections.abc import Callable
from dataclasses import dataclass
from dataclasses import field
from typing import Any
from urllib.parse import unquote

from .misbehaviour import READS
from .misbehaviour import acknowledging
from .misbehaviour import answers
from .misbehaviour import any_later_date
from .misbehaviour import bad_dates
from .misbehaviour import by_the_clock
from .misbehaviour import comparing
from .misbehaviour import dates_beside_tags
from .misbehaviour import digits
from .misbehaviour import first_five
from .misbehaviour import first_line
from .misbehaviour import first_of
from .misbehaviour import forgetful
from .misbehaviour import looks_at_nothing
from .misbehaviour import looks_at_the_first
from .misbehaviour import on
from .misbehaviour import one_string
from .misbehaviour import only_on_200
from .misbehaviour import only_star
from .misbehaviour import refusing
from .misbehaviour import remembering
from .misbehaviour import resurrecting
from .misbehaviour import sets
from .misbehaviour import several_lines
from .misbehaviour import strong_in_list
from .misbehaviour import swapped_order
from .misbehaviour import two_contents_one_tag
from .misbehaviour import unread_dates
from .misbehaviour import unreadable
from .misbehaviour import writing_under_412
from .resource import SAVED_AT
from .resource import Resource
from .resource import drops
from .resource import rewrites


@dataclass
class Planted:
    """A fault, and how it is found.

    :param cause: the title of the finding.
    :param make: makes the server.
    :param write: whether it takes writes to find it.
    :param options: more for the check.
    :param also: titles of other findings that follow from the same fault.
    """

    cause: str
    make: Callable[[], Resource]
    write: bool = False
    options: dict[str, Any] = field(default_factory=dict)
    also: tuple[str, ...] = ()


FAULTS = {
    # reads
    "inm-get": Planted(
        "GET ignores If-None-Match", lambda: Resource(read=drops("If-None-Match", methods=("GET",)))
    ),
    "inm-head": Planted(
        "HEAD ignores If-None-Match",
        lambda: Resource(read=drops("If-None-Match", methods=("HEAD",))),
    ),
    "im-get": Planted(
        "GET ignores If-Match", lambda: Resource(read=drops("If-Match", methods=("GET",)))
    ),
    "im-head": Planted(
        "HEAD ignores If-Match", lambda: Resource(read=drops("If-Match", methods=("HEAD",)))
    ),
    "ius-reads": Planted(
        "GET and HEAD ignore If-Unmodified-Since",
        lambda: Resource(read=drops("If-Unmodified-Since", methods=READS)),
    ),
    "inm-strong": Planted(
        "GET compares If-None-Match strongly",
        lambda: Resource(read=drops("If-None-Match", value=".*W/.*")),
    ),
    "inm-star": Planted(
        "GET and HEAD ignore If-None-Match: *",
        lambda: Resource(read=drops("If-None-Match", methods=READS, value=r"\*")),
    ),
    "inm-list": Planted(
        "GET misreads a list in If-None-Match",
        lambda: Resource(read=rewrites("If-None-Match", first_of, "GET")),
    ),
    "inm-one-string": Planted(
        "GET misreads a list in If-None-Match",
        lambda: Resource(read=one_string("If-None-Match", "GET")),
    ),
    "inm-lines": Planted(
        "GET reads only one of several lines of a field", lambda: Resource(read=first_line)
    ),
    "ius-bad-date": Planted(
        "GET evaluates an If-Unmodified-Since that is no HTTP date (412)",
        lambda: Resource(decide=bad_dates(412, READS, "If-Unmodified-Since")),
    ),
    "ims-bad-date": Planted(
        "GET evaluates an If-Modified-Since that is no HTTP date (304)",
        lambda: Resource(decide=bad_dates(304, READS, "If-Modified-Since")),
        also=("304 lacks fields that its 200 has",),  # such a one is bare besides
    ),
    "order-dates": Planted(
        "GET evaluates preconditions in another order",
        lambda: Resource(read=dates_beside_tags),
    ),
    "order-tags": Planted(
        "GET answers a false If-Match with 304", lambda: Resource(read=swapped_order)
    ),
    "im-weak-get": Planted(
        "GET compares If-Match weakly",
        lambda: Resource(read=rewrites("If-Match", lambda v: v.replace("W/", ""), "GET")),
    ),
    "im-weak-get-weak": Planted(
        "GET compares If-Match weakly",
        lambda: Resource(weak=True, read=drops("If-Match", methods=("GET",), value='W/".*"')),
    ),
    "im-put-weak": Planted(
        "PUT ignores If-Match",
        lambda: Resource(weak=True, read=drops("If-Match", methods=("PUT",))),
        write=True,
        also=("Two writers with the same ETag are both acknowledged, and one update is lost",),
    ),
    "im-get-weak": Planted(
        "GET ignores If-Match",
        lambda: Resource(weak=True, read=drops("If-Match", methods=("GET",))),
    ),
    "lines-refused": Planted(
        "PUT refuses a field of several lines (400)",
        lambda: Resource(decide=several_lines(400)),
        write=True,
        options={"method": "PUT"},
        also=("GET refuses a field of several lines (400)",),
    ),
    "if-range": Planted(
        "A range is sent where If-Range is false", lambda: Resource(range_of=lambda decision: True)
    ),
    "if-range-weak": Planted(
        "A range is sent against the rule: the weak form of the current tag turns the range off",
        lambda: Resource(read=rewrites("If-Range", lambda v: v.removeprefix("W/"), "GET")),
    ),
    "options": Planted(
        "OPTIONS looks at preconditions (412)",
        lambda: Resource(decide=on(("OPTIONS",), "If-Match", 412)),
    ),
    "absent-reads": Planted(
        "GET and HEAD look at preconditions where nothing is (412)",
        lambda: Resource(decide=looks_at_nothing),
        options={"absent": "/none"},
    ),
    "304-fields": Planted(
        "304 lacks fields that its 200 has",
        lambda: Resource(answer=only_on_200("Cache-Control", "no-cache")),
    ),
    "etag-unquoted": Planted(
        "The ETag that GET tells is no entity tag",
        lambda: Resource(
            decide=on(READS, "If-None-Match", 304, "v1"), answer=sets("ETag", "v1", *READS)
        ),
    ),
    "date-iso": Planted(
        "The Last-Modified that GET tells is no date",
        lambda: Resource(answer=sets("Last-Modified", "1994-11-15T12:45:26Z")),
        also=("GET evaluates If-Modified-Since where the resource tells no date (304)",),
    ),
    "date-future": Planted(
        "Last-Modified lies in the future",
        lambda: Resource(
            answer=answers(
                lambda method, code, fields: fields.update(
                    {"Date": "Mon, 14 Nov 1994 12:45:26 GMT"}
                )
            )
        ),
    ),
    "head-tag": Planted(
        "HEAD tells other validators than GET",
        lambda: Resource(answer=sets("ETag", '"another"', "HEAD")),
    ),
    "head-length": Planted(
        "HEAD tells another Content-Length than GET has",
        lambda: Resource(answer=sets("Content-Length", "1", "HEAD")),
    ),
    "get-fails": Planted(
        "GET fails with 500 at If-Modified-Since",
        lambda: Resource(decide=bad_dates(500, READS, "If-Modified-Since")),
    ),
    "get-400": Planted(
        "GET answers a false If-Match with 400", lambda: Resource(decide=refusing(400, "GET"))
    ),
    "get-drops": Planted(
        "GET with preconditions is not answered",
        lambda: Resource(decide=on(("GET",), "If-Match", 0, '"stale"')),
    ),
    "get-refuses": Planted(
        "GET answers a true If-Match with 412",
        lambda: Resource(decide=on(("GET",), "If-Match", 412)),
    ),
    "own-form-reads": Planted(
        "If-Match and If-None-Match are refused with 400 unless they are * or one tag of digits",
        lambda: digits(READS),
    ),
    # writes
    "im-put": Planted(
        "PUT ignores If-Match",
        lambda: Resource(read=drops("If-Match", methods=("PUT",))),
        True,
        also=("Two writers with the same ETag are both acknowledged, and one update is lost",),
    ),
    "im-patch": Planted(
        "PATCH ignores If-Match",
        lambda: Resource(read=drops("If-Match", methods=("PATCH",))),
        True,
        also=("Two PATCHes with the same ETag are both acknowledged, and one update is lost",),
    ),
    "im-delete": Planted(
        "DELETE ignores If-Match",
        lambda: Resource(read=drops("If-Match", methods=("DELETE",))),
        True,
        {"absent": "/none"},
    ),
    "im-list-refused": Planted(
        "PUT refuses a list in If-Match (400)",
        lambda: Resource(decide=on(("PUT",), "If-Match", 400, ".*,.*")),
        True,
    ),
    "own-form": Planted(
        "If-Match and If-None-Match are refused with 400 unless they are * or one tag of digits",
        lambda: digits(("GET", "HEAD", "PUT", "PATCH")),
        True,
    ),
    "inm-put": Planted(
        "PUT ignores If-None-Match",
        lambda: Resource(read=drops("If-None-Match", methods=("PUT",))),
        True,
    ),
    "inm-tags-put": Planted(
        "PUT ignores the tags of If-None-Match",
        lambda: Resource(read=only_star("If-None-Match", "PUT")),
        True,
    ),
    "inm-star-put": Planted(
        "PUT ignores If-None-Match: *",
        lambda: Resource(read=drops("If-None-Match", methods=("PUT",), value=r"\*")),
        True,
    ),
    "ius-put": Planted(
        "PUT ignores If-Unmodified-Since",
        lambda: Resource(read=drops("If-Unmodified-Since", methods=("PUT",))),
        True,
    ),
    "malformed": Planted(
        "PUT and PATCH go ahead where If-Match cannot be read",
        lambda: Resource(read=unreadable),
        True,
    ),
    "im-lines": Planted(
        "PUT reads only one of several lines of a field",
        lambda: Resource(read=first_line),
        True,
        also=("GET reads only one of several lines of a field",),
    ),
    "im-409": Planted(
        "PUT and PATCH answer a false If-Match with 409",
        lambda: Resource(decide=refusing(409, "PUT", "PATCH")),
        True,
    ),
    "im-weak-put": Planted(
        "PUT compares If-Match weakly",
        lambda: Resource(read=rewrites("If-Match", lambda v: v.replace("W/", ""), "PUT")),
        True,
    ),
    "written-412": Planted(
        "PUT writes and answers 412",
        lambda: Resource(decide=writing_under_412),
        True,
        {"field": "text"},
    ),
    "star-refused": Planted(
        "PUT answers a true If-Match: * with 412",
        lambda: Resource(decide=on(("PUT",), "If-Match", 412, r"\*")),
        True,
    ),
    "star-blanks-refused": Planted(
        "PUT answers a true If-Match: * between blanks with 412",
        lambda: Resource(decide=on(("PUT",), "If-Match", 412, r"\*\s+")),
        True,
    ),
    "resurrects": Planted(
        "PUT creates what If-Match says is there", resurrecting, True, {"absent": "/none"}
    ),
    "told-once": Planted(
        "PUT takes a tag in If-Match that was told earlier",
        forgetful,
        True,
        also=("Two writers with the same ETag are both acknowledged, and one update is lost",),
    ),
    "prefix": Planted(
        "PUT compares only the beginning of a tag in If-Match",
        lambda: comparing(lambda told, current: told.startswith(current[:6])),
        True,
    ),
    "suffix": Planted(
        "PUT compares only the end of a tag in If-Match",
        lambda: comparing(lambda told, current: told.endswith(current[-6:])),
        True,
    ),
    "inside": Planted(
        "PUT compares only a part of a tag in If-Match",
        lambda: comparing(lambda told, current: current in told or told in current),
        True,
    ),
    "case": Planted(
        "PUT compares tags in If-Match without regard to case",
        lambda: comparing(lambda told, current: told.lower() == current.lower()),
        True,
    ),
    "length": Planted(
        "PUT takes any tag in If-Match that is as long as the current one",
        lambda: comparing(lambda told, current: len(told) == len(current)),
        True,
        also=("Two writers with the same ETag are both acknowledged, and one update is lost",),
    ),
    "percent": Planted(
        "PUT decodes percent signs in a tag in If-Match",
        lambda: comparing(lambda told, current: unquote(told) == current),
        True,
    ),
    "percent-read": Planted(
        "GET decodes percent signs in a tag in If-None-Match",
        lambda: comparing(lambda told, current: unquote(told) == current, "If-None-Match", "GET"),
    ),
    "told-before-the-last": Planted(
        "PUT takes a tag in If-Match that was told earlier",
        remembering,
        True,
    ),
    "list-of-five": Planted(
        "PUT answers a true long If-Match with 412",
        lambda: Resource(read=rewrites("If-Match", first_five, "PUT")),
        True,
    ),
    "list-of-five-read": Planted(
        "GET ignores a long If-None-Match",
        lambda: Resource(read=rewrites("If-None-Match", first_five, "GET")),
    ),
    "half-a-kilobyte": Planted(
        "PUT ignores a long If-Match",
        lambda: Resource(read=drops("If-Match", methods=("PUT",), value=".{500,}")),
        True,
    ),
    "im-weak-in-list": Planted(
        "PUT compares a list in If-Match weakly",
        lambda: Resource(read=rewrites("If-Match", strong_in_list, "PUT")),
        True,
    ),
    "im-weak-in-list-get": Planted(
        "GET compares a list in If-Match weakly",
        lambda: Resource(read=rewrites("If-Match", strong_in_list, "GET")),
    ),
    "second-request": Planted(
        "PUT ignores If-Match in the second request of a connection",
        lambda: Resource(decide=looks_at_the_first(("PUT",))),
        True,
    ),
    "second-request-get": Planted(
        "GET ignores If-Match in the second request of a connection",
        lambda: Resource(decide=looks_at_the_first(("GET",), "if-match")),
    ),
    "second-request-304": Planted(
        "GET ignores If-None-Match in the second request of a connection",
        lambda: Resource(decide=looks_at_the_first(("GET",), "if-none-match")),
    ),
    "304-content": Planted("304 has content", lambda: Resource(excess=b"{}")),
    "304-end-of-chunks": Planted("304 has content", lambda: Resource(excess=b"0\r\n\r\n")),
    "if-range-later": Planted(
        "A range is sent where the date of If-Range is not that of Last-Modified",
        lambda: Resource(read=rewrites("If-Range", any_later_date)),
    ),
    "ims-equal": Planted(
        "GET answers 200 against the rule: the date of the last change makes GET 304",
        lambda: Resource(read=drops("If-Modified-Since", value=SAVED_AT)),
    ),
    "race-patch": Planted(
        "Two PATCHes with the same ETag are both acknowledged, and one update is lost",
        lambda: Resource(two_steps=("PATCH", "/thing")),
        True,
    ),
    "race-create": Planted(
        "Two writers with If-None-Match: * both create the same, and one of them is lost",
        lambda: Resource(two_steps=("PUT", "/none")),
        True,
        {"absent": "/none"},
    ),
    "prefix-read": Planted(
        "GET compares only the beginning of a tag in If-None-Match",
        lambda: comparing(
            lambda told, current: told.startswith(current[:6]), "If-None-Match", "GET"
        ),
    ),
    "rfc850": Planted(
        "PUT does not read all forms of date in If-Unmodified-Since",
        lambda: Resource(read=unread_dates(r".*-.*")),
        True,
    ),
    "ius-by-the-clock": Planted(
        "PUT and PATCH answer a true If-Unmodified-Since with 412",
        by_the_clock,
        True,
    ),
    "ims-put": Planted(
        "PUT evaluates If-Modified-Since, which is for GET and HEAD alone (412)",
        lambda: Resource(decide=on(("PUT",), "If-Modified-Since", 412)),
        True,
    ),
    "star-idle": Planted(
        "PUT is answered with success and changes nothing",
        lambda: Resource(decide=acknowledging),
        True,
    ),
    "one-tag": Planted(
        "One strong ETag stands for two contents",
        two_contents_one_tag,
        True,
        also=("Two writers with the same ETag are both acknowledged, and one update is lost",),
    ),
    "put-tag": Planted(
        "The answer to a write tells another ETag than GET",
        lambda: Resource(answer=sets("ETag", '"of old"', "PUT", codes=(204,))),
        True,
    ),
    "put-500": Planted(
        "PUT fails with 500 at If-Match",
        lambda: Resource(decide=on(("PUT",), "If-Match", 500, ".*,.*")),
        True,
    ),
}
