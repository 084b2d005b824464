"""The client of the runner, down to the segments that it sends."""

import socket
import struct
from concurrent.futures import ThreadPoolExecutor

from flask_preconditions.conformance.wire import Client

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
