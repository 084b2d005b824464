"""What pages tell readers to paste, download and type, done in a bare folder, to the letter."""

import os
import re
import subprocess
import sys
import venv
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pip
import pytest
from click.testing import CliRunner
from selectolax.lexbor import LexborHTMLParser as HTMLParser

from docgen.cli import docgen
from flask_preconditions.conformance.races import run_lost_updates
from flask_preconditions.conformance.wire import Client
from snippets.tools.serve import HERE
from snippets.tools.serve import end
from snippets.tools.serve import free_port
from snippets.tools.serve import programs
from snippets.tools.serve import wait_until_ready

from .conftest import SERVERS
from .conftest import need_for

CLIENTS = programs(HERE / "clients/clients.toml")
PORT = "8000"
"""The port in all that the pages tell to type."""
SECONDS_TO_INSTALL = 240
"""Of a command that installs before it starts, at a cold cache."""
PYTHON = {"flask", "fastapi", "drf"}
BODY = b'{"title": "t", "body": "b"}'


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("site")
    done = CliRunner().invoke(docgen, ["build", "-o", str(root)])
    assert done.exit_code == 0, done.output
    return root


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The extension as a wheel: pip finds it there, and all else where it always does."""
    folder = tmp_path_factory.mktemp("wheels")
    build = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation"]
    subprocess.run([*build, "-w", str(folder), str(HERE.parent)], check=True)
    return folder


class Terminal:
    """A shell in a bare folder; for Python, in an environment of its own."""

    def __init__(self, folder: Path, wheels: Path | None) -> None:
        self.folder = folder
        # What is never imported need not be compiled.
        self.env = {**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_COMPILE": "1"}
        if wheels:
            make_environment(folder / ".venv")
            self.env["PATH"] = f"{folder / '.venv/bin'}{os.pathsep}{self.env['PATH']}"
            self.env["PIP_FIND_LINKS"] = str(wheels)
        self.env.pop("PYTHONPATH", None)

    def type(self, command: str) -> str:
        done = subprocess.run(
            ["bash", "-ec", command], cwd=self.folder, env=self.env, capture_output=True, text=True
        )
        assert done.returncode == 0, f"$ {command}\n{done.stdout}{done.stderr}"
        return done.stdout

    @contextmanager
    def serving(self, command: str, port: int) -> Iterator[Client]:
        """Type what does not end, and end it."""
        log = self.folder / "log"
        client = Client(f"http://127.0.0.1:{port}")
        with log.open("w") as output:
            process = subprocess.Popen(
                ["bash", "-ec", command],
                cwd=self.folder,
                env=self.env,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            wait_until_ready(command, client, process, log, SECONDS_TO_INSTALL)
            yield client
        finally:
            end(process)


def make_environment(folder: Path) -> None:
    """Make an environment with the pip that is here; to unpack one takes three seconds of CPU."""
    venv.create(folder, symlinks=True)
    [packages] = folder.glob("lib/python*/site-packages")
    (packages / "pip").symlink_to(Path(pip.__file__).parent)
    command = folder / "bin/pip"
    command.write_text(f'#!/bin/sh\nexec "{folder}/bin/python" -m pip "$@"\n')
    command.chmod(0o755)


def page_of(site: Path, name: str) -> HTMLParser:
    return HTMLParser((site / name / "index.html").read_text(encoding="utf-8"))


def section(page: HTMLParser, anchor: str) -> Iterator[tuple[str, str, str]]:
    """Give each piece of code below a heading: its label, its text, and the words before it."""
    words = ""
    node = page.css_first(f".heading:has(#{anchor})").next
    while node is not None and "h2" not in (node.attributes.get("class") or "").split():
        if node.tag == "p":
            words = node.html or ""
        elif node.tag == "figure":
            label = node.css_first(".code-label").text()
            yield label, node.css_first("pre").text(), words
        node = node.next


def read_and_write(client: Client, target: str) -> None:
    """Read, read again, and write: out of date, without a condition, and rightly."""
    seen = client.send("GET", target).response
    tag = seen.get("ETag") or ""
    assert (seen.status, tag[:1]) == (200, '"')
    again = client.send("GET", target, [("If-None-Match", tag)]).response
    assert (again.status, again.body, again.get("ETag")) == (304, b"", tag)
    stale = client.send("PUT", target, [("If-Match", '"stale"')], BODY).response
    assert (stale.status, stale.get("ETag")) == (412, tag)
    assert "json" in (stale.get("Content-Type") or "")
    assert client.send("PUT", target, [], BODY).response.status == 428
    assert client.send("GET", target).response.get("ETag") == tag
    saved = client.send("PUT", target, [("If-Match", tag)], BODY).response
    assert saved.status == 204
    assert client.send("GET", target).response.get("ETag") != tag


@pytest.mark.parametrize("server_name", SERVERS)
def test_the_part_to_paste_works_in_a_fresh_project(
    server_name: str, site: Path, wheels: Path, tmp_path: Path
) -> None:
    server = SERVERS[server_name]
    need_for(server)
    terminal = Terminal(tmp_path, wheels if server.name in PYTHON else None)
    port = free_port()
    command = ""
    for label, text, words in section(
        page_of(site, f"frameworks/{server.name}"), "the-part-to-paste"
    ):
        code = text.replace(PORT, str(port))
        if label == "Terminal":
            if command:
                terminal.type(command)
            command = code
            continue
        if command:
            terminal.type(command)
            command = ""
        file = tmp_path / re.findall(r"<code>([^<]+)</code>", words)[-1]
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("a" if "at the end of" in words else "w", encoding="utf-8") as written:
            written.write(f"\n{code}\n")
    with terminal.serving(command, port) as client:
        read_and_write(client, "/doc")
        report = run_lost_updates(client, "/doc", clients=4, rounds=10)
        assert len(report.acknowledged) == 40
        assert report.lost == frozenset(), report


@pytest.mark.parametrize("server_name", SERVERS)
def test_the_archive_of_a_server_runs_by_the_command_of_its_page(
    server_name: str, site: Path, wheels: Path, tmp_path: Path
) -> None:
    server = SERVERS[server_name]
    need_for(server)
    page = page_of(site, f"frameworks/{server.name}")
    unpack(site, page, tmp_path)
    terminal = Terminal(tmp_path, wheels if server.name in PYTHON else None)
    ((label, command, _),) = section(page, "run-it")
    assert label == "Terminal"
    port = free_port()
    assert command.count(PORT) == 1
    with terminal.serving(command.replace(PORT, str(port)), port) as client:
        create = [("If-None-Match", "*")]
        assert client.send("PUT", "/docs/welcome", create, BODY).response.status == 201
        read_and_write(client, "/docs/welcome")


@pytest.mark.parametrize("name", CLIENTS)
def test_the_archive_of_a_client_runs_by_the_commands_of_the_page(
    name: str, site: Path, wheels: Path, tmp_path: Path
) -> None:
    program = CLIENTS[name]
    need_for(program)
    page = page_of(site, "clients")
    (tmp_path / "client").mkdir()
    anchor = {"javascript": "node-js", "curl": "shell"}.get(program.name, program.name)
    commands, *_ = [text for label, text, _ in section(page, anchor) if label == "Terminal"]
    unpack(site, page, tmp_path / "client", program.name)
    terminal = Terminal(tmp_path / "client", wheels if program.name == "python" else None)
    with SERVERS["flask"].serve(tmp_path) as client:
        url = f"{client.base_url}/docs/welcome"
        client.send("PUT", "/docs/welcome", [("If-None-Match", "*")], BODY)
        before = client.send("GET", "/docs/welcome").response.get("ETag")
        assert commands.count(f"http://127.0.0.1:{PORT}/docs/welcome") == 1
        terminal.type(commands.replace(f"http://127.0.0.1:{PORT}/docs/welcome", url))
        after = client.send("GET", "/docs/welcome").response
    assert after.get("ETag") != before
    assert b"b Again." in after.body


def unpack(site: Path, page: HTMLParser, folder: Path, client: str = "") -> None:
    """Unpack the archive that a page links; nothing else is there then."""
    wanted = f"client-{client}.zip" if client else ".zip"
    links = [str(link.attributes["href"]) for link in page.css(".downloads a")]
    (link,) = [link for link in links if link.endswith(wanted)]
    with zipfile.ZipFile(site / "files" / Path(link).name) as archive:
        archive.extractall(folder)


def test_archives_are_the_same_octets_every_time(site: Path, tmp_path: Path) -> None:
    done = CliRunner().invoke(docgen, ["build", "-o", str(tmp_path)])
    assert done.exit_code == 0, done.output
    archives = sorted(site.glob("files/*.zip"))
    assert len(archives) == len(SERVERS) + len(CLIENTS) + 2  # those for browsers
    for archive in archives:
        assert archive.read_bytes() == (tmp_path / "files" / archive.name).read_bytes()
        with zipfile.ZipFile(archive) as packed:
            assert {entry.date_time for entry in packed.infolist()} == {(1980, 1, 1, 0, 0, 0)}
