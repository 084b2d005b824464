"""What the pages say of browsers, observed in Chromium over two origins."""

import pytest

from tests.live.tools import browser
from tests.live.tools.browser import Seen
from tests.live.tools.record import recorded
from tests.needs import need


@pytest.fixture(scope="module")
def seen() -> dict[str, Seen]:
    need("chromium")
    return browser.observe()[1]


def test_fetch_resolves_on_a_412_which_is_no_error_to_it(seen: dict[str, Seen]) -> None:
    for name, status in (("fetch-412", 412), ("fetch-428", 428)):
        expected = {"resolves": True, "ok": False, "status": status, "body": True}
        assert seen[name].items() >= expected.items()


def test_xhr_fires_load_on_a_412(seen: dict[str, Seen]) -> None:
    assert seen["xhr-412"] == {"event": "load", "status": 412}


def test_a_412_is_a_line_in_the_console(seen: dict[str, Seen]) -> None:
    (line,) = seen["console-412"]["lines"]
    assert "412" in line


def test_a_link_to_a_412_shows_its_body(seen: dict[str, Seen]) -> None:
    assert seen["link-412"]["status"] == 412
    assert seen["link-412"]["shows"]


def test_a_script_that_sends_if_none_match_gets_the_304_itself(seen: dict[str, Seen]) -> None:
    expected = {"status": 304, "ok": False, "body": False, "adds": "max-age=0"}
    assert seen["fetch-304"].items() >= expected.items()


def test_the_cache_of_the_browser_revalidates_out_of_sight(seen: dict[str, Seen]) -> None:
    assert seen["own-revalidation"] == {"sends": '"v2"', "script_sees": 200}


def test_a_condition_for_another_origin_is_asked_for_first(seen: dict[str, Seen]) -> None:
    assert seen["preflight"]["methods"] == ["OPTIONS", "PUT"]
    assert seen["preflight"]["asks_for"] == "if-match"
    assert seen["preflight-of-a-read"]["methods"] == ["OPTIONS", "GET"]
    assert seen["preflight-of-a-read"]["asks_for"] == "if-none-match"


def test_without_permission_the_write_is_never_sent(seen: dict[str, Seen]) -> None:
    expected = {"resolves": False, "error": "TypeError", "methods": ["OPTIONS"]}
    assert seen["preflight-refused"] == expected


def test_the_tag_is_null_until_it_is_exposed(seen: dict[str, Seen]) -> None:
    assert seen["etag-hidden"] == {"status": 412, "etag": None}
    assert seen["etag-exposed"] == {"status": 412, "etag": '"v2"'}


def test_a_412_without_cors_fields_looks_like_a_broken_network(seen: dict[str, Seen]) -> None:
    expected = {"resolves": False, "error": "TypeError", "methods": ["OPTIONS", "PUT"]}
    assert seen["cors-only-on-the-preflight"] == expected


def test_the_record_is_what_chromium_does(seen: dict[str, Seen]) -> None:
    kept = {name: recorded()["claims"][name]["seen"] for name in browser.CLAIMS}
    assert kept == seen, "run `python -m tests.live.tools` and commit the record"
