"""A MariaDB server of our own, that nobody else sees and nothing outlives."""

import contextlib
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .postgres import owner_of_servers

_DEADLINE_SECONDS = 60


def binary() -> str | None:
    """Find the server, which Debian keeps off the PATH of ordinary users."""
    return shutil.which("mariadbd") or shutil.which("mariadbd", path="/usr/sbin")


@contextmanager
def running_server() -> Iterator[str]:
    """Start a server on a socket in a folder of its own, and give SQLAlchemy's URL of it."""
    server = binary()
    assert server is not None, "MariaDB is not installed"
    home = Path(tempfile.mkdtemp(prefix="my-"))
    owner = owner_of_servers("mysql")
    if owner is not None:
        shutil.chown(home, owner)
    data, path, log = home / "data", home / "s", home / "log"
    install = shutil.which("mariadb-install-db")
    assert install is not None, "mariadb-install-db is not installed"
    # In a folder that it shares, a server deletes the temporary tables of others as it starts.
    options = ["--no-defaults", f"--datadir={data}", f"--tmpdir={home}"]
    done = subprocess.run(
        [install, *options, "--auth-root-authentication-method=normal"],
        user=owner,
        cwd=home,
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
    )
    if done.returncode:
        raise RuntimeError(f"mariadb-install-db failed:\n{done.stdout}{done.stderr}")
    with log.open("w") as output:
        process = subprocess.Popen(
            [
                *(server, *options, f"--socket={path}", f"--pid-file={home / 'pid'}"),
                *("--skip-networking", "--innodb-flush-log-at-trx-commit=0"),
            ],
            user=owner,
            cwd=home,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait_until_ready(process, path, log)
        yield f"mysql+pymysql://root@/test?unix_socket={path}"
    finally:
        process.kill()
        process.wait()
        shutil.rmtree(home, ignore_errors=True)


def _wait_until_ready(process: subprocess.Popen[bytes], path: Path, log: Path) -> None:
    until = time.monotonic() + _DEADLINE_SECONDS
    while not _is_listening(path):
        if process.poll() is not None or time.monotonic() > until:
            raise RuntimeError(f"MariaDB did not start:\n{log.read_text()}")
        time.sleep(0.05)  # between two polls, up to the deadline
    import pymysql  # a test environment without the server has no driver either

    with contextlib.closing(
        pymysql.connect(unix_socket=str(path), user="root", password="")
    ) as connection:
        connection.cursor().execute("CREATE DATABASE IF NOT EXISTS test")


def _is_listening(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        return path.exists() and probe.connect_ex(str(path)) == 0
