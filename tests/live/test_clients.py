"""Every client against every server: what it saves is there, and nobody else's work is gone."""

import json
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest

from flask_preconditions.conformance.wire import Client
from flask_preconditions.conformance.wire import Exchange
from snippets.tools.serve import HERE
from snippets.tools.serve import Program
from snippets.tools.serve import programs

from .conftest import SERVERS
from .conftest import need_for
from .rivals import Rival
from .rivals import rival

PROGRAMS = programs(HERE / "clients/clients.toml")
LANGUAGES = {"curl", "python", "javascript", "go", "java"}
ATTEMPTS = 5
DEADLINE_SECONDS = 60


class CommandLine:
    """A client, run as a person would."""

    def __init__(self, program: Program) -> None:
        self.program = program

    def __call__(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        command = self.program.command(self.program.entry["run"])
        return subprocess.run(
            [*command, *arguments],
            cwd=self.program.folder,
            capture_output=True,
            text=True,
            timeout=DEADLINE_SECONDS,
        )


@pytest.fixture(scope="module", params=PROGRAMS)
def run(request: pytest.FixtureRequest) -> CommandLine:
    program = PROGRAMS[request.param]
    need_for(program)
    program.build()
    return CommandLine(program)


@pytest.fixture
def target(run: CommandLine, client: Client, request: pytest.FixtureRequest) -> str:
    """A name for this test alone; nothing is there yet."""
    test = request.function.__name__.removeprefix("test_")
    return f"/docs/{run.program.name}-{test}"


def create(client: Client, target: str) -> str:
    body = b'{"title": "Minutes", "body": "We met."}'
    made = client.send("PUT", target, [("If-None-Match", "*")], body)
    assert made.response.status == 201, str(made)
    return client.send("GET", target).response.get("ETag") or ""


def read(client: Client, target: str) -> dict[str, str]:
    found: dict[str, str] = json.loads(client.send("GET", target).response.body)
    return found


def test_there_are_five_clients_for_six_servers() -> None:
    assert set(PROGRAMS) == LANGUAGES
    assert len(SERVERS) == 6


def test_create_makes_a_document_once(run: CommandLine, client: Client, target: str) -> None:
    url = client.base_url + target
    first = run("create", url, "Agenda", "Coffee.")
    assert first.returncode == 0, first.stderr
    second = run("create", url, "Agenda", "Tea.")
    assert second.returncode == 3, second.stderr
    assert second.stderr.strip()
    assert read(client, target)["body"] == "Coffee."


def test_updates_at_the_same_time_are_all_kept(
    run: CommandLine, client: Client, target: str
) -> None:
    create(client, target)
    words = ["one", "two", "three"]
    with ThreadPoolExecutor(len(words)) as pool:
        done = list(pool.map(lambda word: run("update", client.base_url + target, word), words))
    saved = {word for word, result in zip(words, done, strict=True) if result.returncode == 0}
    assert {result.returncode for result in done} <= {0, 5}, [r.stderr for r in done]
    assert saved
    assert set(read(client, target)["body"].split()) == {"We", "met.", *saved}


def test_save_shows_both_versions_and_writes_neither(
    run: CommandLine, client: Client, target: str
) -> None:
    old = create(client, target)
    theirs = b'{"title": "Minutes", "body": "We met on Monday."}'
    client.send("PUT", target, [("If-Match", old)], theirs)
    current = client.send("GET", target).response.get("ETag") or ""
    result = run("save", client.base_url + target, old, "Minutes", "We met at noon.")
    assert result.returncode == 4, result.stderr
    assert "theirs: " in result.stdout
    assert "yours: " in result.stdout
    for shown in ("We met on Monday.", "We met at noon.", current):
        assert shown in result.stdout
    assert read(client, target)["body"] == "We met on Monday."
    saved = run("save", client.base_url + target, current, "Minutes", "We met on Monday at noon.")
    assert saved.returncode == 0, saved.stderr
    assert read(client, target)["body"] == "We met on Monday at noon."


def test_a_refused_update_starts_again_from_a_fresh_read(
    run: CommandLine, client: Client, target: str
) -> None:
    create(client, target)
    with rival(client, saves=2) as other:
        result = run("update", other.url + target, "mine")
    assert result.returncode == 0, result.stderr
    assert writes_of(other) == [412, 412, 204]
    assert set(read(client, target)["body"].split()) == {"We", "met.", "mine", *other.words}


@pytest.mark.parametrize("server", ["flask"], indirect=True)
def test_an_update_gives_up_after_five_attempts(
    run: CommandLine, client: Client, target: str
) -> None:
    create(client, target)
    with rival(client, saves=100) as other:
        result = run("update", other.url + target, "mine")
    assert result.returncode == 5, result.stderr
    assert result.stderr.strip()
    assert writes_of(other) == [412] * ATTEMPTS
    assert "mine" not in read(client, target)["body"]


@pytest.mark.parametrize("server", ["flask"], indirect=True)
def test_what_is_not_there_is_not_updated(run: CommandLine, client: Client, target: str) -> None:
    assert run("update", client.base_url + target, "mine").returncode == 6


def writes_of(other: Rival) -> list[int]:
    """Give the answers to the PUTs; each carried the tag of the latest GET and built on it."""
    statuses: list[int] = []
    latest: Exchange | None = None
    for exchange in other.seen:
        if exchange.method == "GET":
            latest = exchange
        else:
            assert latest is not None
            sent = {name.lower(): value for name, value in exchange.fields}
            assert sent["if-match"] == latest.response.get("ETag")
            base = json.loads(latest.response.body)["body"]
            assert json.loads(exchange.body)["body"] == f"{base} mine"
            statuses.append(exchange.response.status)
            latest = None  # a second write needs a second read
    return statuses
