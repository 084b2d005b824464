"""What Firefox, Chromium and mitmproxy saved of one session with the lab, trimmed, is judged.

Firefox wrote its file by itself (``devtools.netmonitor.har``), mitmproxy with ``hardump``, and
Playwright that of Chromium. Each reads, is refused twice (412), reads, revalidates (304), saves.
"""

from pathlib import Path

import pytest
from click.testing import CliRunner
from click.testing import Result

from flask_preconditions.cli import preconditions
from flask_preconditions.recorded.har import read_recorded

FILES = sorted((Path(__file__).parent / "har").glob("*.har"))
SAID = [
    *(("DELETE", 204), ("GET", 200), ("POST", 200), ("PUT", 412), ("PUT", 412)),
    *(("GET", 200), ("GET", 304), ("PUT", 204)),
]


def cacheable(text: str) -> str:
    """Give a record as of a server whose refusals caches may keep."""
    assert text.count('"no-store"') == 2
    return text.replace('"no-store"', '"public, max-age=300"')


every_file = pytest.mark.parametrize("file", FILES, ids=[file.stem for file in FILES])


def run(*arguments: str) -> Result:
    return CliRunner().invoke(preconditions, [*arguments], catch_exceptions=False)


def test_there_is_a_file_of_each() -> None:
    assert [file.stem for file in FILES] == ["chromium", "firefox", "mitmproxy"]
    words = "/tmp", "/root", "/home", "/work"
    assert not [file for file in FILES for word in words if word in file.read_text("utf-8")]


@every_file
def test_every_exchange_is_read(file: Path) -> None:
    recorded, left_out = read_recorded(file.read_text("utf-8"))
    assert [(one.method, one.status) for one in recorded] == SAID
    assert left_out == (["it went over no HTTP"] if file.stem == "firefox" else [])
    written = [one.body for one in recorded if one.method == "PUT"]
    assert len({*written}) == 1
    assert "“Milch & Käse”".encode() in (written[0] or b"")
    # Playwright keeps no content that the page has not read, and gives its size as -1.
    unknown = [one.status for one in recorded if one.content is None]
    assert unknown == ([412, 412] if file.stem == "chromium" else [])


@every_file
def test_the_lab_passes_its_steps(file: Path) -> None:
    done = run("lab", "reproduce", "--har", str(file))
    assert (done.exit_code, done.output.count("✔")) == (0, 3), done.output
    other = run("lab", "required", "--har", str(file))
    assert other.exit_code == 1
    assert other.output.startswith("✘ Save docs/welcome without any condition.\n  PUT 204: ")


@every_file
def test_the_inspector_finds_nothing_but_that_the_lab_was_begun_anew_without_a_condition(
    file: Path,
) -> None:
    done = run("inspect", str(file))
    assert done.exit_code == 0
    assert "1 note in 8 exchanges.\n\nNOTE     write-without-condition" in done.output
    assert "DELETE http://127.0.0.1:5412/api/lab/me → 204" in done.output


@every_file
def test_the_inspector_finds_what_is_wrong(file: Path, tmp_path: Path) -> None:
    faulty = tmp_path / file.name
    faulty.write_text(cacheable(file.read_text("utf-8")), "utf-8")
    done = run("inspect", str(faulty))
    assert done.exit_code == 0  # a warning
    assert "WARNING  refusal-may-be-kept (" in done.output
    assert "exchange 4: PUT http://127.0.0.1:5412/api/lab/me/docs/welcome" in done.output
