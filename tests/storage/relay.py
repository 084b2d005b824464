"""A relay to a database that hangs up at a given point."""

import socket
import threading
from collections.abc import Callable
from contextlib import suppress


class Cut:
    """A relay that passes on what holds a mark, and hangs up when it is answered.

    Once only, after it was armed.

    :param connect: calls the server.
    :param marks: any of them will do.
    :param drops: whether it keeps what holds the mark back instead.
    """

    def __init__(self, connect: Callable[[], socket.socket], *marks: bytes) -> None:
        self.connect, self.marks = connect, marks
        self.is_armed = threading.Event()
        self.drops = False
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self._ends: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def hang_up(self) -> None:
        """Close every connection that is open now."""
        for end in self._ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Hang up, and take no more calls."""
        self.listener.close()
        self.hang_up()
        for thread in self._threads:
            thread.join()
        for end in self._ends:
            end.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            server = self.connect()
            self._ends += [client, server]
            cut = threading.Event()
            for ends in ((client, server, cut, True), (server, client, cut, False)):
                thread = threading.Thread(target=self._pump, args=ends, daemon=True)
                self._threads.append(thread)
                thread.start()

    def _pump(
        self, source: socket.socket, sink: socket.socket, cut: threading.Event, to_server: bool
    ) -> None:
        try:
            while data := source.recv(65536):
                if to_server and self.is_armed.is_set() and any(m in data for m in self.marks):
                    self.is_armed.clear()
                    cut.set()
                    if self.drops:
                        break
                elif not to_server and cut.is_set():
                    break
                sink.sendall(data)
        except OSError:
            pass
        finally:
            for end in (source, sink):  # a close alone says nothing while the other thread reads
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)


class CutAtCommit(Cut):
    """A relay to PostgreSQL that hangs up at COMMIT."""

    def __init__(self, path: str) -> None:
        super().__init__(lambda: unix_socket(path), b"COMMIT")


def unix_socket(path: str) -> socket.socket:
    """Call a server at a path."""
    server = socket.socket(socket.AF_UNIX)
    server.connect(path)
    return server
