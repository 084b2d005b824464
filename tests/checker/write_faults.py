"""Each rule of writes broken alone, and what the check must call it."""

from urllib.parse import unquote

from .misbehaviour import acknowledging
from .misbehaviour import by_the_clock
from .misbehaviour import comparing
from .misbehaviour import counting_anew
from .misbehaviour import digits
from .misbehaviour import first_five
from .misbehaviour import first_line
from .misbehaviour import first_of
from .misbehaviour import forgetful
from .misbehaviour import looks_at_the_first
from .misbehaviour import on
from .misbehaviour import only_star
from .misbehaviour import refusing
from .misbehaviour import remembering
from .misbehaviour import resurrecting
from .misbehaviour import sets
from .misbehaviour import strong_in_list
from .misbehaviour import two_contents_one_tag
from .misbehaviour import unmoved
from .misbehaviour import unread_dates
from .misbehaviour import unreadable
from .misbehaviour import without_empty_elements
from .misbehaviour import writing_under_412
from .planted import Planted
from .resource import Resource
from .resource import drops
from .resource import rewrites

WRITE_FAULTS = {
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
    "told-before-the-last": Planted(
        "PUT takes a tag in If-Match that was told earlier",
        remembering,
        True,
    ),
    "not-modified-since-long": Planted(
        "GET takes a tag in If-None-Match that was told earlier", unmoved, True
    ),
    "im-weak-delete": Planted(
        "DELETE compares If-Match weakly",
        lambda: Resource(read=rewrites("If-Match", lambda v: v.replace("W/", ""), "DELETE")),
        True,
        {"absent": "/none"},
    ),
    "im-weak-patch": Planted(
        "PATCH compares If-Match weakly",
        lambda: Resource(read=rewrites("If-Match", lambda v: v.replace("W/", ""), "PATCH")),
        True,
    ),
    "im-first-of-list-patch": Planted(
        "PATCH misreads a list in If-Match, against the rule: the tag may stand last in a list",
        lambda: Resource(read=rewrites("If-Match", first_of, "PATCH")),
        True,
    ),
    "im-list-patch": Planted(
        "PATCH misreads a list in If-Match, against the rule: a list without the tag stops it",
        lambda: Resource(read=drops("If-Match", methods=("PATCH",), value=".*,.*")),
        True,
    ),
    "acknowledged-and-left": Planted(
        "PUT answers a false If-Match with 204",
        lambda: Resource(decide=refusing(204, "PUT")),
        True,
        also=("Two writers with the same ETag are both acknowledged, and one update is lost",),
    ),
    "im-empty-elements": Planted(
        "PUT misreads a list in If-Match", lambda: Resource(read=without_empty_elements), True
    ),
    "list-of-five": Planted(
        "PUT answers a true long If-Match with 412",
        lambda: Resource(read=rewrites("If-Match", first_five, "PUT")),
        True,
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
    "second-request": Planted(
        "PUT ignores If-Match in the second request of a connection",
        lambda: Resource(decide=looks_at_the_first(("PUT",))),
        True,
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
        also=(
            "Two writers with the same ETag are both acknowledged, and one update is lost",
            "Two PATCHes with the same ETag are both acknowledged, and one update is lost",
        ),
    ),
    "tag-anew": Planted(
        "One strong ETag stands for two contents", counting_anew, True, {"absent": "/none"}
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
