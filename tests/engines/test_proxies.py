"""Two application hosts behind a proxy that may send a PUT again when an answer does not come.

The first host stores the write, and its answer is cut off. The second then compares with what the
first has stored: nothing is doubled, but the client is told of a rival that was itself.
"""

import socket
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from flask_preconditions.conformance.wire import Client
from tests.needs import need
from tests.storage.relay import Cut

from .examples import served
from .servers import running

MINE = b"mine, whose answer never comes"
NGINX = (
    "/usr/sbin/nginx -p {folder} -c {folder}/config -e {folder}/errors",
    """
daemon off;
user root;
pid {{folder}}/pid;
events {{{{ }}}}
http {{{{
    access_log off;
    client_body_temp_path {{folder}}/body;
    proxy_temp_path {{folder}}/proxy;
    fastcgi_temp_path {{folder}}/fastcgi;
    uwsgi_temp_path {{folder}}/uwsgi;
    scgi_temp_path {{folder}}/scgi;
    upstream hosts {{{{
        server 127.0.0.1:{first} max_fails=0;
        server 127.0.0.1:{second} backup;
    }}}}
    server {{{{
        listen 127.0.0.1:{{port}};
        location / {{{{
            proxy_pass http://hosts;
            {more}
        }}}}
    }}}}
}}}}
""",
)
HAPROXY = (
    "/usr/sbin/haproxy -db -f {folder}/config",
    """
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
    option redispatch 1
frontend address
    bind 127.0.0.1:{{port}}
    default_backend hosts
backend hosts
    {more}
    server first 127.0.0.1:{first}
    server second 127.0.0.1:{second} backup
""",
)
REPEATS = "retry-on all-retryable-errors"
READS_ALONE = "http-request disable-l7-retry unless METH_GET"
GUARD = "guard=locked)"
RECOGNISES = "guard=locked, already_applied=lambda doc: doc == request.get_data())"

Start = Callable[..., tuple[Client, Cut]]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start two hosts of one folder, with a proxy before them and a relay before the first."""
    with ExitStack() as stack:

        def hosts(
            proxy: tuple[str, str], more: str = "", options: str = GUARD
        ) -> tuple[Client, Cut]:
            command, config = proxy
            need(Path(command.split()[0]).name)
            ports = []
            for name in ("first", "second"):
                folder = tmp_path / name
                folder.mkdir()
                settings = {"DOCS": str(tmp_path / "documents")}
                host = stack.enter_context(
                    served("files", folder, settings, workers=1, changed=(GUARD, options))
                )
                ports.append(urlsplit(host.base_url).port)
            relay = Cut(lambda: socket.create_connection(("127.0.0.1", ports[0])), MINE)
            stack.callback(relay.close)
            filled = config.format(first=relay.port, second=ports[1], more=more)
            running_proxy = stack.enter_context(running(command, filled))
            return Client(f"http://{running_proxy.address}"), relay

        yield hosts


def write(client: Client, relay: Cut) -> tuple[int, bytes]:
    """Write what is stored and never answered; give what was told, and what is there."""
    made = client.send("PUT", "/docs/a", [("If-None-Match", "*")], b"first").response
    assert made.status == 201
    tag = client.send("GET", "/docs/a").response.get("ETag") or ""
    relay.is_armed.set()
    told = client.send("PUT", "/docs/a", [("If-Match", tag)], MINE).response
    assert not relay.is_armed.is_set()
    return told.status, client.send("GET", "/docs/a").response.body


@pytest.mark.parametrize(
    ("proxy", "more"),
    [(NGINX, ""), (HAPROXY, REPEATS)],
    ids=["nginx as it comes", "HAProxy told to repeat"],
)
def test_a_put_that_a_proxy_repeats_is_stored_once_and_told_as_412(
    start: Start, proxy: tuple[str, str], more: str
) -> None:
    assert write(*start(proxy, more)) == (412, MINE)


@pytest.mark.parametrize(
    ("proxy", "more"),
    [
        (NGINX, "proxy_next_upstream off;"),
        (HAPROXY, ""),
        (HAPROXY, f"{REPEATS}\n    {READS_ALONE}"),
    ],
    ids=["nginx told so", "HAProxy as it comes", "HAProxy that repeats reads alone"],
)
def test_a_proxy_that_repeats_no_write_says_that_no_answer_came(
    start: Start, proxy: tuple[str, str], more: str
) -> None:
    assert write(*start(proxy, more)) == (502, MINE)


@pytest.mark.parametrize(
    ("proxy", "more"), [(NGINX, ""), (HAPROXY, REPEATS)], ids=["nginx", "HAProxy"]
)
def test_a_write_that_is_in_place_is_a_success_whoever_repeats_it(
    start: Start, proxy: tuple[str, str], more: str
) -> None:
    assert write(*start(proxy, more, RECOGNISES)) == (204, MINE)
