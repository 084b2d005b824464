"""A PostgreSQL server of our own, that nobody else sees and nothing outlives."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


def binaries() -> Path | None:
    """Find the newest installed server, which Debian keeps off the PATH."""
    found = list(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if found:
        return max(found, key=lambda path: float(path.parent.parent.name)).parent
    initdb = shutil.which("initdb")
    return Path(initdb).resolve().parent if initdb else None


@dataclass
class _Home:
    """A folder with the data of one server, and the user that it runs as."""

    folder: Path
    owner: str | None

    @property
    def data(self) -> Path:
        """Where the server keeps what it stores."""
        return self.folder / "data"

    @property
    def url(self) -> str:
        """SQLAlchemy's URL of the server."""
        return f"postgresql+psycopg://tester@/postgres?host={self.folder}"

    def run(self, command: str, *arguments: str | Path) -> None:
        """Run one of PostgreSQL's own commands."""
        binary = (binaries() or Path()) / command
        done = subprocess.run(
            [binary, *arguments],
            user=self.owner,
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        if done.returncode:
            log = self.folder / "log"
            server_log = log.read_text() if log.exists() else ""
            raise RuntimeError(f"{command} failed:\n{done.stdout}{done.stderr}{server_log}")

    @contextmanager
    def started(self, **more: str) -> Iterator[str]:
        """Start the server, and give its URL.

        :param more: settings beside those of every server here.
        """
        settings = {
            "listen_addresses": "''",
            "unix_socket_directories": f"'{self.folder}'",
            "timezone": "UTC",
            # Nothing here outlives the machine's fall, so nothing waits for the disk.
            "fsync": "off",
            "max_prepared_transactions": "8",
            # Its own locks would be in the way of tests that do not wait for one.
            "autovacuum": "off",
            **more,
        }
        options = " ".join(f"-c {name}={value}" for name, value in settings.items())
        log = self.folder / "log"
        self.run("pg_ctl", "start", "-w", "-D", self.data, "-l", log, "-o", options)
        try:
            yield self.url
        finally:
            self.stop()

    def stop(self) -> None:
        """Stop the server without a checkpoint, unless it has gone already."""
        if (self.data / "postmaster.pid").exists():
            self.run("pg_ctl", "stop", "-w", "-m", "immediate", "-D", self.data)

    def promote(self) -> None:
        """Let a standby take writes."""
        self.run("pg_ctl", "promote", "-w", "-D", self.data)

    def create(self) -> None:
        """Make the files of a server that has nothing yet."""
        encoded = ("-E", "UTF8", "--no-locale", "--no-sync")
        self.run("initdb", "-A", "trust", "-U", "tester", *encoded, self.data)

    def copy(self, primary: str) -> None:
        """Make the files of a standby that streams from a server.

        :param primary: the folder of its socket.
        """
        source = ("-h", primary, "-U", "tester")
        streams = ("-R", "-X", "stream", "-c", "fast", "--no-sync")
        self.run("pg_basebackup", *source, *streams, "-D", self.data)


@contextmanager
def _home() -> Iterator[_Home]:
    assert binaries() is not None, "PostgreSQL is not installed"
    # The path of a socket must be short, so it is not pytest's folder.
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    owner = owner_of_servers("postgres")
    if owner is not None:
        shutil.chown(folder, owner)
    try:
        yield _Home(folder, owner)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def running_server() -> Iterator[str]:
    """Start a server on a socket in a folder of its own, and give SQLAlchemy's URL of it."""
    with _home() as home:
        home.create()
        with home.started() as url:
            yield url


@contextmanager
def running_replica(primary: str, lag: str) -> Iterator[str]:
    """Start a streaming standby of a server, and give SQLAlchemy's URL of it.

    :param primary: the URL that :func:`running_server` gave.
    :param lag: how much later it applies a commit, such as ``300ms``.
    """
    with _home() as home:
        home.copy(primary.partition("host=")[2])
        with home.started(recovery_min_apply_delay=lag) as url:
            yield url


@contextmanager
def running_pair() -> Iterator[tuple[str, Callable[[], None], Callable[[], None]]]:
    """Start a server that acknowledges what its standby has, too.

    :return: the URL of the one of them that takes writes, as psycopg reads it; what takes the
        first away for good; and what promotes the second.
    """
    import psycopg  # not there where the oldest versions are tried, on SQLite alone

    with _home() as first, _home() as second:
        first.create()
        with first.started() as url:
            second.copy(str(first.folder))
            with second.started():
                own = url.replace("+psycopg", "")
                with psycopg.connect(own, autocommit=True) as db:
                    db.execute("ALTER SYSTEM SET synchronous_standby_names = '*'")
                    db.execute("SELECT pg_reload_conf()")
                hosts = f"host={first.folder},{second.folder}&target_session_attrs=read-write"
                promote = ("promote", "-w", "-D", second.data)
                yield (
                    own.partition("host=")[0] + hosts,
                    first.stop,
                    lambda: second.run("pg_ctl", *promote),
                )


def restart(url: str) -> None:
    """Restart the server of a URL without a checkpoint, as after a crash."""
    folder, home = binaries(), Path(url.partition("host=")[2])
    assert folder is not None
    control = [folder / "pg_ctl", "restart", "-w", "-m", "immediate"]
    subprocess.run(
        [*control, "-D", home / "data", "-l", home / "log"],
        user=home.owner() if os.geteuid() == 0 else None,
        cwd=home,
        check=True,
        capture_output=True,
        timeout=120,
    )


def owner_of_servers(user: str) -> str | None:
    """Give the user that a server runs as; it refuses to run as root."""
    if os.geteuid() != 0:
        return None
    return user if _exists(user) else "nobody"


def _exists(user: str) -> bool:
    try:
        pwd.getpwnam(user)
    except KeyError:
        return False
    return True
