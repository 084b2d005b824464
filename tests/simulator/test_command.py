"""``flask preconditions simulate``."""

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from flask_preconditions.cli import preconditions
from tests.needs import need


@pytest.fixture
def told(tmp_path: Path) -> Iterator[str]:
    """Start it without any application, and give what it says."""
    process = subprocess.Popen(
        [sys.executable, "-m", "flask", "preconditions", "simulate", "--port", "0"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    assert process.stdout
    lines = []
    for line in process.stdout:
        lines.append(line)
        if "Ctrl+C" in line:
            break
    yield "".join(lines)
    process.terminate()
    process.communicate(timeout=30)


@pytest.mark.slow
def test_every_line_that_it_shows_works(told: str) -> None:
    need("curl")
    lines = re.findall(r"^curl .*$", told, flags=re.MULTILINE)
    statuses = []
    for line in lines:
        done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=True)
        statuses.append(done.stdout.split()[1])
    assert statuses == ["412", "412", "200", "200", "200"]


def test_a_taken_port_is_a_message_and_no_traceback() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = CliRunner().invoke(preconditions, ["simulate", "--port", port])
    assert done.exit_code == 1
    assert "--port 0" in done.stderr
