"""The engines of the examples in ``snippets/stores``, each started in a folder of its own.

They listen on this machine only, and nothing of them is left behind.
"""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from contextlib import contextmanager
from contextlib import suppress
from pathlib import Path

from snippets.tools.serve import SetUpError
from snippets.tools.serve import end
from snippets.tools.serve import free_port

BUILT = Path(__file__).parents[2] / "build/engines"
DEADLINE_SECONDS = 60


class Server:
    """A server that can be killed, and started again as it was.

    :param command: how it is started; ``{port}`` is its port and ``{folder}`` its folder,
        ``{python}`` this interpreter, and ``{built}`` the folder of what ``make engines`` brings.
    :param config: what is written into its file ``config``, filled in the same way.
    """

    def __init__(self, command: str, folder: Path, config: str = "") -> None:
        self.port, self.folder = free_port(), folder
        (folder / "config").write_text(config.format(port=self.port, folder=folder))
        values = {"port": self.port, "folder": folder, "python": sys.executable, "built": BUILT}
        # A path may have a space, so it is filled in when the words are apart.
        self.command = [word.format(**values) for word in command.split()]
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it; whoever needs it waits until it listens."""
        with (self.folder / "log").open("ab") as output:
            self.process = subprocess.Popen(
                self.command,
                cwd=self.folder,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def restart(self) -> None:
        """Start it again after it was killed."""
        self.start()
        self.wait()

    def wait(self) -> None:
        """Wait until it takes connections."""
        assert self.process
        until = time.monotonic() + DEADLINE_SECONDS
        while not self.is_listening():
            if self.process.poll() is not None or time.monotonic() > until:
                log = (self.folder / "log").read_text(errors="replace")
                raise SetUpError(f"{self.command[0]} did not start:\n{log[-8000:]}")
            time.sleep(0.02)  # between two polls, up to the deadline

    def is_listening(self) -> bool:
        """Tell whether it takes connections."""
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
            return True
        return False

    def kill(self) -> None:
        """Take it away without a word, as a machine that falls does."""
        assert self.process
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@contextmanager
def running(command: str, config: str = "") -> Iterator[Server]:
    """Start a server alone."""
    with running_together([command], config) as [server]:
        yield server


@contextmanager
def running_together(commands: list[str], config: str = "") -> Iterator[list[Server]]:
    """Start servers that are ready only when all of them are."""
    with ExitStack() as stack:
        servers = []
        for command in commands:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="engine-")))
            server = Server(command, folder, config)
            stack.callback(_end, server)
            server.start()
            servers.append(server)
        for server in servers:
            server.wait()
        yield servers


def _end(server: Server) -> None:
    if server.process is not None and server.process.poll() is None:
        end(server.process)
