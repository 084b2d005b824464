"""Each rule of the inspector has its fault at the simulator, seen as it comes over the wire."""

import re
import socket
import tomllib
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest

from flask_preconditions.inspector import Capture
from flask_preconditions.inspector import load_rules
from flask_preconditions.inspector.inspection import judge
from flask_preconditions.recorded import read_transcript
from flask_preconditions.simulator import FAULTS
from flask_preconditions.simulator import create_app
from flask_preconditions.simulator.server import serve

from .samples import DOC

PLANTED: dict[str, str] = tomllib.loads(Path(__file__).with_name("planted.toml").read_text("utf-8"))
ASKED = re.compile(r"^Prefer: (.*)\n", re.MULTILINE)


@pytest.fixture
def port() -> Iterator[int]:
    server, _ = serve(create_app(), 0)
    thread = Thread(target=server.serve_forever, args=[0.05])
    thread.start()
    yield server.port
    server.shutdown()
    thread.join()
    server.server_close()


def play(requests: str, port: int) -> set[str]:
    """Send requests of the table, and judge every octet that came back."""
    spoken, tags = "", ['"none"']
    for request in requests.strip().split("\n\n"):
        known = {"{doc}": DOC, "{etag}": tags[-1], "{etag:first}": tags[:2][-1]}
        for name, value in known.items():
            request = request.replace(name, value)
        head, _, content = request.partition("\n| ")
        first, *fields = head.split("\n")
        fields += ["Host: 127.0.0.1", f"Content-Length: {len(content.encode())}"]
        asked = "\r\n".join([f"{first} HTTP/1.1", *fields, "", content])
        with socket.create_connection(("127.0.0.1", port)) as link:
            link.sendall(asked.encode())
            answer = b"".join(iter(lambda: link.recv(65_536), b"")).decode("latin-1")
        spoken += f"{asked}\r\n{answer}\r\n"
        tags += re.findall(r"^ETag: (.*)\r$", answer, re.MULTILINE)
    return {rule.id for _, rule in judge(Capture("the wire", read_transcript(spoken)))}


def test_every_rule_has_its_fault_at_the_simulator_and_every_fault_its_rule() -> None:
    assert [rule.id for rule in load_rules()] == list(PLANTED)
    asked = {one for text in PLANTED.values() for one in ASKED.findall(text)}
    # That one takes two writers at once; see test_rules.py.
    assert {f"fault={name}" for name in FAULTS} - asked == {"fault=check-then-write"}


@pytest.mark.parametrize("rule", PLANTED)
def test_a_rule_finds_its_fault_and_nothing_where_it_is_not_asked_for(rule: str, port: int) -> None:
    requests = PLANTED[rule]
    assert rule in play(requests, port)
    without = ASKED.sub("", requests)
    assert without == requests or rule not in play(without, port)
