"""A relay to PostgreSQL that hangs up at a given point."""

import socket
import threading
from contextlib import suppress


class CutAtCommit:
    """A relay to PostgreSQL that hangs up at COMMIT, which it has passed on.

    Once only, after it was armed.

    :param drops: whether it keeps the COMMIT back instead.
    """

    def __init__(self, path: str) -> None:
        self.path = path
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
            server = socket.socket(socket.AF_UNIX)
            server.connect(self.path)
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
                if to_server and self.is_armed.is_set() and b"COMMIT" in data:
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
