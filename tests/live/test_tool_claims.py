"""What the pages say of HTTP clients and proxies, observed with those that are here."""

import pytest

from tests.live.tools import clients
from tests.live.tools import curl
from tests.live.tools import proxies
from tests.live.tools.record import recorded
from tests.live.tools.recorder import recorder
from tests.needs import need

AGAIN = "run `python -m tests.live.tools` and commit the record"
Seen = dict[str, object]


@pytest.fixture(scope="module")
def with_curl() -> dict[str, Seen]:
    need("curl")
    return curl.observe()


@pytest.fixture(scope="module")
def behind_nginx() -> dict[str, Seen]:
    need("nginx")
    return proxies.observe()[1]


@pytest.mark.parametrize("name", clients.CLIENTS)
def test_a_client_does_what_the_record_says(name: str) -> None:
    need(*clients.CLIENTS[name][0])
    with recorder() as server:
        seen = clients.observe(name, server)
    kept = dict(recorded()["clients"][name])
    del kept["version"], seen["version"]
    assert seen == kept, AGAIN
    assert seen["if_match"] == '"v1"'
    assert seen["requests"] == 1, "a 412 is not sent again"


def test_every_client_is_in_the_record() -> None:
    assert set(recorded()["clients"]) == set(clients.CLIENTS)


def test_node_adds_no_cache_unless_the_caller_says_something_else() -> None:
    need("node")
    with recorder() as server:
        seen = clients.node_cache_control(server)
    assert seen == {"by_itself": "no-cache", "with_ones_own": "max-age=0"}
    assert recorded()["claims"]["node-cache-control"]["seen"] == seen, AGAIN


def test_etag_compare_turns_the_guard_of_a_put_around(with_curl: dict[str, Seen]) -> None:
    seen = with_curl["curl-etag-compare"]
    assert seen["nothing_changed"] == 412
    assert seen["somebody_else_saved"] == 204, "the other change is lost"
    assert seen["where_if_match_is_required"] == 428


def test_the_saved_tag_in_if_match_is_a_guard(with_curl: dict[str, Seen]) -> None:
    assert with_curl["curl-if-match"] == {"nothing_changed": 204, "somebody_else_saved": 412}


def test_curl_fails_on_a_412_only_when_told_to(with_curl: dict[str, Seen]) -> None:
    assert with_curl["curl-exit"] == {
        "plain": {"exit": 0, "body": True},
        "fail": {"exit": 22, "body": False},
        "fail_with_body": {"exit": 22, "body": True},
    }


def test_the_record_is_what_curl_does(with_curl: dict[str, Seen]) -> None:
    assert {name: recorded()["claims"][name]["seen"] for name in curl.CLAIMS} == with_curl, AGAIN


def test_gzip_in_nginx_makes_a_tag_that_if_match_never_takes(
    behind_nginx: dict[str, Seen],
) -> None:
    assert behind_nginx["nginx-gzip"] == {
        "strong": True,
        "weakened": True,
        "if_none_match": 304,
        "if_match": 412,
        "if_match_as_issued": 204,
    }


def test_nginx_hands_the_conditions_of_a_write_on(behind_nginx: dict[str, Seen]) -> None:
    assert behind_nginx["nginx-passes-conditions"] == {"if_match": '"v1"'}


def test_a_cache_in_nginx_takes_if_match_off_a_get(behind_nginx: dict[str, Seen]) -> None:
    assert behind_nginx["nginx-cache"] == {"on_get": None, "on_put": '"v1"'}


def test_add_header_forgets_the_412_without_always(behind_nginx: dict[str, Seen]) -> None:
    seen = behind_nginx["nginx-add-header"]
    assert seen == {"on_200": "*", "on_412": None, "on_412_with_always": "*"}


def test_the_record_is_what_nginx_does(behind_nginx: dict[str, Seen]) -> None:
    kept = {name: recorded()["claims"][name]["seen"] for name in proxies.CLAIMS}
    assert kept == behind_nginx, AGAIN


def test_flask_compress_puts_the_coding_into_the_tag() -> None:
    seen = proxies.flask_compress()
    assert seen == {"etag": '"v1"', "compressed": '"v1:gzip"', "if_match": 412}
    assert recorded()["claims"]["flask-compress"]["seen"] == seen, AGAIN
