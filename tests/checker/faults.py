"""Each rule of reads broken alone, and what the check must call it."""

from urllib.parse import unquote

from .misbehaviour import READS
from .misbehaviour import answers
from .misbehaviour import any_later_date
from .misbehaviour import bad_dates
from .misbehaviour import comparing
from .misbehaviour import dates_beside_tags
from .misbehaviour import digits
from .misbehaviour import first_five
from .misbehaviour import first_line
from .misbehaviour import first_of
from .misbehaviour import looks_at_nothing
from .misbehaviour import looks_at_the_first
from .misbehaviour import on
from .misbehaviour import one_string
from .misbehaviour import only_on_200
from .misbehaviour import only_weak_ranges
from .misbehaviour import refusing
from .misbehaviour import sets
from .misbehaviour import several_lines
from .misbehaviour import strong_in_list
from .misbehaviour import swapped_order
from .planted import Planted
from .resource import SAVED_AT
from .resource import Resource
from .resource import drops
from .resource import rewrites

READ_FAULTS = {
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
        "A range is sent where If-Range has a weak tag",
        lambda: Resource(read=rewrites("If-Range", lambda v: v.removeprefix("W/"), "GET")),
    ),
    "if-range-weak-current": Planted(
        "A range is sent where If-Range has a weak tag",
        lambda: Resource(weak=True, range_of=lambda decision: True, read=only_weak_ranges),
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
        also=("206 has not the tag and the fields of its 200",),
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
    "percent-read": Planted(
        "GET decodes percent signs in a tag in If-None-Match",
        lambda: comparing(lambda told, current: unquote(told) == current, "If-None-Match", "GET"),
    ),
    "list-of-five-read": Planted(
        "GET ignores a long If-None-Match",
        lambda: Resource(read=rewrites("If-None-Match", first_five, "GET")),
    ),
    "im-weak-in-list-get": Planted(
        "GET compares a list in If-Match weakly",
        lambda: Resource(read=rewrites("If-Match", strong_in_list, "GET")),
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
    "head-412-content": Planted(
        "The answer to HEAD has content", lambda: Resource(talks_to_head=412)
    ),
    "if-range-later": Planted(
        "A range is sent where the date of If-Range is not that of Last-Modified",
        lambda: Resource(read=rewrites("If-Range", any_later_date)),
    ),
    "ims-equal": Planted(
        "GET answers 200 against the rule: the date of the last change makes GET 304",
        lambda: Resource(read=drops("If-Modified-Since", value=SAVED_AT)),
    ),
    "206-tag": Planted(
        "206 has not the tag and the fields of its 200",
        lambda: Resource(answer=sets("ETag", '"of a part"', codes=(206,))),
    ),
    "prefix-read": Planted(
        "GET compares only the beginning of a tag in If-None-Match",
        lambda: comparing(
            lambda told, current: told.startswith(current[:6]), "If-None-Match", "GET"
        ),
    ),
}
