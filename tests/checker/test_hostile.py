"""A server that does its worst: the check ends, with little memory, and says what it met."""

import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import contextmanager
from contextlib import suppress

import pytest

pytestmark = pytest.mark.slow

MEGABYTE = 2**20
LIMIT_MEGABYTES = 100
GOOD = b'HTTP/1.1 200 OK\r\nETag: "v1"\r\nContent-Length: 2\r\n\r\n{}'

COMMAND = (sys.executable, "-m", "flask", "preconditions", "check")

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
    "no HTTP": once(b"SSH-2.0-OpenSSH_9.2\r\n" * 100),
    "no answer": hangs,
    "no answer to anything": hangs_at_once,
    "closed": once(b""),
    "nested JSON": once(
        HEAD + b"Content-Length: 1000000\r\n\r\n" + b"[" * 1_000_000,
    ),
}


MEASURE = """
import resource, subprocess, sys
status = subprocess.call(sys.argv[1:])
print("peak:", resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)
sys.exit(status)
"""


# The check itself bounds its time; the timeout is what a run that is not bounded meets.
@pytest.mark.timeout(60)
@pytest.mark.parametrize("mode", MODES)
def test_a_hostile_server_ends_nothing_and_takes_little(mode: str) -> None:
    # A process that is started by a large one counts the pages of both, so a small one starts it.
    with answering(MODES[mode]) as url:
        script = [*COMMAND, url, "--timeout", "1", "--deadline", "5"]
        run = subprocess.run(
            [sys.executable, "-c", MEASURE, *script], capture_output=True, text=True, check=False
        )
    said, _, peak_kilobytes = (run.stdout + run.stderr).rpartition("peak: ")
    assert "Traceback" not in said
    assert run.returncode == (2 if mode == "no answer to anything" else 1), said
    assert int(peak_kilobytes) / 1024 <= LIMIT_MEGABYTES, said


@pytest.mark.timeout(60)
def test_a_server_that_answers_nothing_with_a_condition_is_left_soon() -> None:
    with answering(hangs) as url:
        command = [*COMMAND, url, "--timeout", "1", "--deadline", "600"]
        run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 1
    assert "with preconditions" in run.stdout
    assert "the server has left too much without an answer" in run.stdout
