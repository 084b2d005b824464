"""A PostgreSQL server of our own, that nobody else sees and nothing outlives."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def binaries() -> Path | None:
    """Find the newest installed server, which Debian keeps off the PATH."""
    found = list(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if found:
        return max(found, key=lambda path: float(path.parent.parent.name)).parent
    initdb = shutil.which("initdb")
    return Path(initdb).resolve().parent if initdb else None


@contextmanager
def running_server() -> Iterator[str]:
    """Start a server on a socket in a folder of its own, and give SQLAlchemy's URL of it."""
    folder = binaries()
    assert folder is not None, "PostgreSQL is not installed"
    # The path of a socket must be short, so it is not pytest's folder.
    home = Path(tempfile.mkdtemp(prefix="pg-"))
    owner = owner_of_servers("postgres")
    if owner is not None:
        shutil.chown(home, owner)
    data, log = home / "data", home / "log"

    def run(*command: str | Path) -> None:
        done = subprocess.run(
            command, user=owner, cwd=home, capture_output=True, text=True, check=False, timeout=120
        )
        if done.returncode:
            server_log = log.read_text() if log.exists() else ""
            raise RuntimeError(f"{command} failed:\n{done.stdout}{done.stderr}{server_log}")

    try:
        initdb = [folder / "initdb", "-A", "trust", "-U", "tester", "-E", "UTF8", "--no-locale"]
        run(*initdb, "--no-sync", data)
        settings = {
            "listen_addresses": "''",
            "unix_socket_directories": f"'{home}'",
            "timezone": "UTC",
            # Nothing here outlives the machine's fall, so nothing waits for the disk.
            "fsync": "off",
            "max_prepared_transactions": "8",
            # Its own locks would be in the way of tests that do not wait for one.
            "autovacuum": "off",
        }
        options = " ".join(f"-c {name}={value}" for name, value in settings.items())
        run(folder / "pg_ctl", "start", "-w", "-D", data, "-l", log, "-o", options)
        try:
            yield f"postgresql+psycopg://tester@/postgres?host={home}"
        finally:
            run(folder / "pg_ctl", "stop", "-w", "-m", "immediate", "-D", data)
    finally:
        shutil.rmtree(home, ignore_errors=True)


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
