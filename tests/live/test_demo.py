"""`make run`: the demo, as a newcomer meets it."""

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from flask_preconditions.conformance.races import run_lost_updates
from snippets.tools.serve import HERE
from snippets.tools.serve import Program
from tests.needs import need

DEMO = HERE / "flask" / "demo.py"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    subprocess.run(
        [sys.executable, "-m", "flask", "docgen", "build", "-o", str(folder)],
        cwd=folder,
        check=True,
        capture_output=True,
    )
    return folder


def demo(*arguments: str, folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(DEMO), "--database", str(folder / "demo.sqlite3"), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )


@pytest.fixture
def welcome(site: Path, tmp_path: Path) -> Iterator[str]:
    """Start the demo and give what it says on the terminal."""
    process = demo("--port", "0", "--site", str(site), folder=tmp_path)
    assert process.stdout
    lines = []
    for line in process.stdout:
        lines.append(line)
        if "Ctrl+C" in line:
            break
    yield "".join(lines)
    process.terminate()  # SIGINT is ignored by what `nohup … &` started
    process.communicate(timeout=30)


def curl(command: str) -> tuple[str, str]:
    need("curl")
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True)
    return done.stdout.partition("\n")[0].strip(), done.stdout


def test_the_three_lines_it_shows_do_what_they_say(welcome: str) -> None:
    read, stale, merge = re.findall(r"^curl .*$", welcome, flags=re.MULTILINE)
    status, answer = curl(read)
    assert status == "HTTP/1.1 200 OK"
    assert re.search(r'^ETag: "[0-9a-f]{16}"', answer, flags=re.MULTILINE)
    status, answer = curl(stale)
    assert status.startswith("HTTP/1.1 412 ")
    assert "Content-Type: application/problem+json" in answer
    assert '"reason": "changed"' in answer
    status, answer = curl(merge)
    assert status == "HTTP/1.1 200 OK"
    assert '"title":"Merged"' in answer.replace(" ", "")


def test_the_line_of_the_simulator_gets_a_412_with_its_steps(welcome: str) -> None:
    [line] = re.findall(r"^Simulate +(curl .*?)   ", welcome, flags=re.MULTILINE)
    status, answer = curl(line)
    assert status.startswith("HTTP/1.1 412 ")
    assert '"trace"' in answer
    assert re.search(r"^The lab +\S*flask preconditions lab ", welcome, flags=re.MULTILINE)


def test_the_type_of_a_problem_opens_its_page(welcome: str) -> None:
    _, stale, _ = re.findall(r"^curl .*$", welcome, flags=re.MULTILINE)
    base = re.search(r"http://[\d.:]+", welcome)
    kind = re.search(r'"type": "([^"]+)"', curl(stale)[1])
    assert base
    assert kind
    status, page = curl(f"curl -si {base[0]}{kind[1]}")
    assert status == "HTTP/1.1 200 OK"
    assert "<h1" in page
    assert curl(f"curl -si {base[0]}/")[0] == "HTTP/1.1 200 OK"
    assert curl(f"curl -si {base[0]}/no/such/page")[0].startswith("HTTP/1.1 404 ")


def test_a_taken_port_is_answered_with_the_line_to_type(site: Path, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        process = demo("--port", str(port), "--site", str(site), folder=tmp_path)
        _, errors = process.communicate(timeout=30)
    assert process.returncode == 1
    assert f"make run PORT={port + 1}" in errors
    assert "Traceback" not in errors


def test_a_missing_site_is_answered_with_the_line_to_type(tmp_path: Path) -> None:
    process = demo("--port", "0", "--site", str(tmp_path / "none"), folder=tmp_path)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 1
    assert "flask docgen build -o" in errors


def test_sixteen_clients_lose_nothing_at_four_workers(tmp_path: Path) -> None:
    app = f"demo:create_demo({str(tmp_path / 'demo.sqlite3')!r})"
    start = "{python} -m gunicorn --bind 127.0.0.1:{port} --workers 4 --log-level warning"
    server = Program("demo", HERE / "flask", {"start": [*start.split(), app]})
    with server.serve(tmp_path) as client:
        report = run_lost_updates(client, "/docs/welcome", clients=16, rounds=25)
    assert len(report.acknowledged) == len(report.present) == 400, report
    assert set(report.answers) == {204, 412}, report
