"""A server that does its worst: the check ends, with little memory, and says what it met."""

import json
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import ExitStack
from contextlib import contextmanager
from contextlib import suppress
from dataclasses import replace

import pytest

from flask_preconditions.checker.client import Allowance
from flask_preconditions.checker.client import CheckClient
from flask_preconditions.checker.client import split_url
from flask_preconditions.checker.run import Run
from flask_preconditions.checker.text import Screen

from .test_waiting import OPTIONS

pytestmark = pytest.mark.slow

MEGABYTE = 2**20
LIMIT_MEGABYTES = 100
GOOD = b'HTTP/1.1 200 OK\r\nETag: "v1"\r\nContent-Length: 2\r\n\r\n{}'

Answer = Callable[[socket.socket, bytes], None]


@contextmanager
def answering(answer: Answer) -> Iterator[str]:
    """Serve what is no server: each connection is given to a function, with what came in."""
    is_over = threading.Event()

    def serve(connection: socket.socket) -> None:
        with connection, suppress(OSError):
            connection.settimeout(60)
            answer(connection, connection.recv(65_536))

    def accept() -> None:
        while not is_over.is_set():
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=[connection], daemon=True).start()

    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        thread = threading.Thread(target=accept)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/doc"
        finally:
            is_over.set()
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()


def endlessly(begin: bytes, part: bytes, pause: float = 0) -> Answer:
    """Answer plain GETs, and anything with a condition without an end."""

    def answer(connection: socket.socket, request: bytes) -> None:
        if b"If-" not in request:
            connection.sendall(GOOD)
            return
        connection.sendall(begin)
        over = threading.Event()
        while True:
            connection.sendall(part)
            if pause:
                over.wait(pause)

    return answer


def once(reply: bytes) -> Answer:
    """Answer anything with a condition by one text."""

    def answer(connection: socket.socket, request: bytes) -> None:
        connection.sendall(GOOD if b"If-" not in request else reply)

    return answer


def hangs(connection: socket.socket, request: bytes) -> None:
    if b"If-" not in request:
        connection.sendall(GOOD)
        return
    connection.recv(1)


def hangs_at_once(connection: socket.socket, request: bytes) -> None:
    connection.recv(1)


HEAD = b"HTTP/1.1 200 OK\r\n"
MODES: dict[str, Answer] = {
    "endless content": endlessly(HEAD + b"\r\n", b"x" * MEGABYTE),
    "endless chunks": endlessly(
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"10000\r\n" + b"x" * 65_536 + b"\r\n"
    ),
    "endless header": endlessly(HEAD, b"X-Field: " + b"x" * 1_000 + b"\r\n"),
    "endless line": endlessly(HEAD + b"X-Field: ", b"x" * 65_536),
    "endless trailers": endlessly(
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"X-Field: x\r\n"
    ),
    "endless interim answers": endlessly(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "endless early hints": endlessly(b"", b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"),
    "dripping content": endlessly(HEAD + b"\r\n", b"x", 0.05),
    "dripping header": endlessly(HEAD + b"X-Field: ", b"x", 0.05),
    "a length beyond memory": once(HEAD + b"Content-Length: 99999999999999\r\n\r\nx"),
    "a length that is none": once(HEAD + b"Content-Length: -5\r\n\r\nx"),
    "a chunk below zero": once(HEAD + b"Transfer-Encoding: chunked\r\n\r\n-5\r\nx\r\n0\r\n\r\n"),
    "no HTTP": once(b"SSH-2.0-OpenSSH_9.2\r\n" * 100),
    "no answer": hangs,
    "no answer to anything": hangs_at_once,
    "closed": once(b""),
    "nested JSON": once(
        HEAD + b"Content-Length: 1000000\r\n\r\n" + b"[" * 1_000_000,
    ),
}


MEASURE = """
import json, sys
from concurrent.futures import ThreadPoolExecutor
from flask_preconditions.checker import Unusable
from flask_preconditions.checker import check

def status(url):
    try:
        return check(url, timeout=1, deadline=float(deadline)).conclusion.exit_status
    except Unusable:
        return 2

at_once, deadline, *urls = sys.argv[1:]
with ThreadPoolExecutor(int(at_once)) as pool:
    found = list(pool.map(status, urls))
print(json.dumps(found))
"""
# A process has at its start the peak of the one that started it, so a small one is between.
PEAK = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""
WAITING = ("dripping content", "dripping header", "no answer", "no answer to anything")
"""Those in which the time goes by: they are checked at once, and the others by threes."""


# The check itself bounds its time; the timeout is what a run that is not bounded meets.
@pytest.mark.timeout(120)
@pytest.mark.parametrize("is_waiting", [True, False])
def test_a_hostile_server_ends_nothing_and_takes_little(is_waiting: bool) -> None:
    modes = [mode for mode in MODES if (mode in WAITING) is is_waiting]
    with ExitStack() as stack:
        urls = [stack.enter_context(answering(MODES[mode])) for mode in modes]
        bounds = ("4", "5") if is_waiting else ("3", "3")
        words = [sys.executable, "-c", PEAK, sys.executable, "-c", MEASURE, *bounds, *urls]
        run = subprocess.run(words, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    statuses, peak_kilobytes = map(json.loads, run.stdout.splitlines())
    expected = {mode: 2 if mode == "no answer to anything" else 1 for mode in modes}
    assert dict(zip(modes, statuses, strict=True)) == expected
    assert peak_kilobytes / 1024 <= LIMIT_MEGABYTES


def test_a_server_that_answers_nothing_with_a_condition_is_left_soon() -> None:
    with answering(hangs) as url:
        base_url, target = split_url(url)
        client = CheckClient(base_url, (), 0.5, Allowance(600, unanswered=2))
        run = Run(client, target, Screen([]), replace(OPTIONS, write=False))
        run.look()
        run.play()
    report = run.report(url, strict=False)
    assert ["with preconditions" in finding.title for finding in report.findings] == [True]
    assert "the server has left too much without an answer" in report.unjudged
