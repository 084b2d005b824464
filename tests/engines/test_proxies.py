"""Two application hosts behind nginx, which sends a PUT again when an answer does not come.

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
NGINX = "/usr/sbin/nginx -p {folder} -c {folder}/config -e {folder}/errors"
CONFIG = """
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
"""
GUARD = "guard=locked)"
RECOGNISES = "guard=locked, already_applied=lambda doc: doc == request.get_data())"

Start = Callable[..., tuple[Client, Cut]]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start two hosts that share a folder, with nginx before them and a relay before the first."""
    need("nginx")
    with ExitStack() as stack:

        def hosts(more: str = "", options: str = GUARD) -> tuple[Client, Cut]:
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
            config = CONFIG.format(first=relay.port, second=ports[1], more=more)
            proxy = stack.enter_context(running(NGINX, config))
            return Client(f"http://{proxy.address}"), relay

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


def test_a_put_that_nginx_repeats_is_stored_once_and_told_as_412(start: Start) -> None:
    assert write(*start()) == (412, MINE)


def test_nginx_repeats_nothing_when_it_is_told_so(start: Start) -> None:
    assert write(*start("proxy_next_upstream off;")) == (502, MINE)


def test_a_write_that_is_in_place_is_a_success_whoever_repeats_it(start: Start) -> None:
    assert write(*start(options=RECOGNISES)) == (204, MINE)
