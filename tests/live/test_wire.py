"""The client of the runner, down to the segments that it sends."""

import socket
import struct
from concurrent.futures import ThreadPoolExecutor

import pytest

from flask_preconditions.conformance.wire import DEFAULT_LIMITS
from flask_preconditions.conformance.wire import Client
from flask_preconditions.conformance.wire import Limits
from flask_preconditions.conformance.wire import NoAnswer
from flask_preconditions.conformance.wire import Response

# Where struct tcp_info of Linux counts the segments with data that came in.
DATA_SEGMENTS_IN = 152


def test_header_and_body_are_one_write() -> None:
    # A server that refuses the header closes; a body that comes later resets the connection.
    with socket.create_server(("127.0.0.1", 0)) as server, ThreadPoolExecutor(1) as pool:
        client = Client(f"http://127.0.0.1:{server.getsockname()[1]}")
        sent = pool.submit(client.send, "PUT", "/doc", [("If-Match", '"a\x01b"')], b"the body")
        connection, _ = server.accept()
        with connection:
            received = b""
            while not received.endswith(b"the body"):
                received += connection.recv(65_536)
            info = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 192)
            connection.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
        assert sent.result().response.status == 400
    assert struct.unpack_from("I", info, DATA_SEGMENTS_IN) == (1,)


def answer_of(reply: bytes, limits: Limits = DEFAULT_LIMITS) -> Response:
    """Give what the client makes of an answer."""
    with socket.create_server(("127.0.0.1", 0)) as server, ThreadPoolExecutor(1) as pool:
        client = Client(f"http://127.0.0.1:{server.getsockname()[1]}", limits=limits)
        sent = pool.submit(client.send, "GET", "/doc")
        connection, _ = server.accept()
        with connection:
            connection.recv(65_536)
            connection.sendall(reply)
            connection.shutdown(socket.SHUT_WR)
        return sent.result().response


def test_interim_answers_come_before_the_answer() -> None:
    interim = b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n"
    response = answer_of(interim * 2 + b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
    assert (response.status, response.body, response.get("Link")) == (200, b"{}", None)


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (b"", "the connection was closed without an answer"),
        (b"SSH-2.0\r\n", "the answer is no HTTP: BadStatusLine"),
        (b"HTTP/1.1 103 Early Hints\r\n\r\n" * 30, "more than 20 interim answers"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70_000, "the answer is no HTTP: LineTooLong"),
        (b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 2_000, "the answer is longer than 1000 octets"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx", "8 octets too early"),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nx",
            "the connection was closed within the answer",
        ),
    ],
)
def test_what_is_no_answer_is_told_in_words(reply: bytes, said: str) -> None:
    with pytest.raises(NoAnswer, match=f"GET /doc: .*{said}"):
        answer_of(reply, Limits(body_octets=1_000))
