"""``flask preconditions lab``, as a learner meets it."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from click.testing import Result

from flask_preconditions.cli import preconditions
from flask_preconditions.lab import load_lessons
from flask_preconditions.lab.export import FORMATS
from flask_preconditions.lab.progress import Progress
from flask_preconditions.lab.watch import Watch
from flask_preconditions.simulator import create_app
from flask_preconditions.testing.clients import serving
from tests.needs import need

# It waits for what the lab says.
pytestmark = pytest.mark.timeout(60)

LESSONS = [lesson.id for lesson in load_lessons()]
BODY = """-d '{"title": "Mine", "body": "my edit"}'"""


def run(*arguments: str) -> Result:
    return CliRunner().invoke(preconditions, ["lab", *arguments], catch_exceptions=False)


class Terminal:
    """The lab in a process of its own, and what it says."""

    def __init__(self, progress: Path, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-m", "flask", "preconditions", "lab", *arguments),
                *("--port", "0", "--progress", str(progress)),
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=progress.parent,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
            # A shell in the background ignores SIGINT for what it starts.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        )
        self.told = ""
        self.url = re.search(r"http://\S+", self.read_until(r"The document: (http\S+)\n"))[0]  # type: ignore[index]

    def read_until(self, pattern: str) -> str:
        """Read what it says, up to a line that fits."""
        assert self.process.stdout
        lines = ""
        for line in self.process.stdout:
            lines += line
            if re.search(pattern, lines):
                self.told += lines
                return lines
        raise AssertionError(f"it ended:\n{self.told}{lines}\n{self.process.communicate()[1]}")

    def curl(self, rest: str, says: str) -> str:
        """Do as the learner does, with the learner's own curl."""
        line = f"curl -si {self.url} {rest}"
        done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=True)
        self.read_until(says)
        return done.stdout

    def leave(self) -> int:
        self.process.send_signal(signal.SIGINT)
        out, errors = self.process.communicate(timeout=30)
        self.told += out
        assert "Traceback" not in errors, errors
        return self.process.returncode


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Terminal]]:
    started: list[Terminal] = []

    def start(*arguments: str) -> Terminal:
        started.append(Terminal(tmp_path / "progress.json", *arguments))
        return started[-1]

    yield start
    for terminal in started:
        if terminal.process.poll() is None:
            terminal.process.kill()
        terminal.process.communicate()


def tag_in(answer: str) -> str:
    return re.search(r"^ETag: (\S+)", answer, flags=re.MULTILINE)[1]  # type: ignore[index]


@pytest.mark.external
def test_a_learner_is_led_from_mistakes_to_the_end_and_can_leave_in_between(
    start: Callable[..., Terminal], tmp_path: Path
) -> None:
    need("curl")
    lab = start("reproduce")
    tag = tag_in(lab.curl("", r"✔ GET 200"))
    lab.read_until(r"\[2/3\] Somebody else has saved")
    lab.curl(f"-X PUT {BODY}", r"428: 428 is not 412")
    lab.curl(f"-X PUT -H 'If-None-Match: {tag}' {BODY}", r"428: That is the trap of curl")
    lab.curl("", r"· GET 200")
    put = f"-X PUT -H 'If-Match: {tag}' {BODY}"
    assert " 412 " in lab.curl(put, r"✔ PUT 412")
    lab.read_until(r"\[3/3\]")
    assert lab.leave() == 0
    assert "What is done is kept" in lab.told

    again = start("reproduce")
    told = again.read_until(r"\[3/3\].*\n")
    tag = re.search(r'etag = ("\w+")', told)[1]  # type: ignore[index]
    again.curl(
        re.sub(r"If-Match: \S+'", f"If-Match: {tag}'", put), r"Done: Reproduce a 412(.|\n)*\.har\n"
    )
    assert again.process.wait(30) == 0
    assert "1/3" not in run("--list", "--progress", str(tmp_path / "progress.json")).stdout
    har = json.loads((tmp_path / "lab-reproduce.har").read_text())
    assert [entry["response"]["status"] for entry in har["log"]["entries"]] == [412]

    guide = (Path(__file__).parents[2] / "docgen/content/extension/try.md").read_text()
    [shown] = re.findall(r"```text\n(\[1/3\](?:.|\n)*?)```", guide)
    assert [line for line in shown.splitlines() if line not in lab.told + again.told] == []


@pytest.mark.external
def test_after_three_mistakes_a_line_is_shown_that_works(start: Callable[..., Terminal]) -> None:
    need("curl")
    lab = start("required")
    lab.curl("-X DELETE", r"✘ DELETE 428")
    lab.curl("-X DELETE", r"✘ DELETE 428")
    lab.curl("-X DELETE", r"One way to do it:\n +curl .*\n")
    lab.curl("", r"· GET 200")
    line = lab.told.splitlines()[-2].strip()
    subprocess.run(["bash", "-c", line], capture_output=True, check=True)
    lab.read_until(r"✔ PUT 428")
    assert lab.told.count("One way to do it") == 1


@pytest.mark.external
@pytest.mark.parametrize("name", LESSONS)
def test_the_shell_script_of_a_lesson_passes_the_lab_that_watches_it(
    start: Callable[..., Terminal], tmp_path: Path, name: str
) -> None:
    need("curl")
    lab = start(name)
    script = tmp_path / "lesson.sh"
    script.write_text(run(name, "--export", "curl").stdout)
    # The lab itself lets the rival save, and has just begun.
    base = lab.url.removesuffix("/docs/welcome")
    text = re.sub(r"\n# somebody else saves\ncurl .*\n", "\n", script.read_text())
    text = text.replace('curl -s -X DELETE "$base"\n', "")
    done = subprocess.run(
        ["bash", "-c", text], capture_output=True, text=True, env={**os.environ, "BASE": base}
    )
    assert done.returncode == 0, done.stdout + done.stderr
    lab.read_until(r"Done: ")


@pytest.mark.external
@pytest.mark.parametrize("name", LESSONS)
def test_the_shell_script_and_the_test_of_a_lesson_run_at_a_simulator(
    tmp_path: Path, name: str
) -> None:
    need("curl")
    pytest.importorskip("httpx")
    (tmp_path / "test_lesson.py").write_text(run(name, "--export", "pytest").stdout)
    (tmp_path / "lesson.sh").write_text(run(name, "--export", "curl").stdout)
    with serving(create_app()) as url:
        environment = {**os.environ, "BASE": f"{url}/api/lab/me"}
        for command in (
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_lesson.py"],
            ["bash", "lesson.sh"],
        ):
            done = subprocess.run(
                command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
            )
            assert done.returncode == 0, done.stdout + done.stderr
            told = done.stdout
    assert told.count("ok ") == len(load_lessons()[LESSONS.index(name)].steps)


@pytest.mark.parametrize("form", ["http", "hurl"])
@pytest.mark.parametrize("name", LESSONS)
def test_the_other_formats_have_each_request_and_status(name: str, form: str) -> None:
    lesson = load_lessons()[LESSONS.index(name)]
    text = FORMATS[form](lesson)
    for step in lesson.steps:
        assert f"{step.solution.method} " in text
    marks = {"http": r"^\?\? status == \d{3}$", "hurl": r"^HTTP \d{3}$"}
    rivals = sum(step.act == "rival" for step in lesson.steps)
    expected = {"http": len(lesson.steps), "hurl": len(lesson.steps) + rivals + 1}
    assert len(re.findall(marks[form], text, flags=re.MULTILINE)) == expected[form]


def test_an_http_file_follows_no_redirect_that_a_step_asks_for() -> None:
    [lesson] = [one for one in load_lessons() if one.id == "transport"]
    assert "# @name redirect\n# @no-redirect\nPUT " in FORMATS["http"](lesson)


def test_solve_shows_every_exchange() -> None:
    done = run("--solve")
    assert done.exit_code == 0
    assert done.stdout.count("\n✔ ") == sum(len(lesson.steps) for lesson in load_lessons())


def test_a_har_is_judged_step_by_step(tmp_path: Path) -> None:
    from flask_preconditions.lab import Run
    from flask_preconditions.lab.player import Player
    from flask_preconditions.recorded.har import write_har

    lesson = load_lessons()[0]
    exchanges = [e for e, _ in Player(create_app()).solve(Run(lesson))]
    file = tmp_path / "whole.har"
    file.write_text(write_har(exchanges, "http://127.0.0.1:5413"))
    whole = run("reproduce", "--har", str(file))
    assert (whole.exit_code, whole.stdout.count("✔")) == (0, 3)
    file.write_text(write_har(exchanges[:1], "http://127.0.0.1:5413"))
    part = run("reproduce", "--har", str(file))
    assert part.exit_code == 1
    assert "There is no exchange for it." in part.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["reproduse"], "did you mean reproduce?"),
        (["--export", "curl"], "name it: reproduce"),
        (["--har", "FILE"], "name it: reproduce"),
        (["reproduce", "--har", "FILE"], "this is no HAR"),
        (["--list", "--progress", "FILE"], "holds no progress"),
    ],
)
def test_a_mistake_on_the_command_line_is_a_message(
    tmp_path: Path, arguments: list[str], words: str
) -> None:
    file = tmp_path / "file"
    file.write_text('{"log": {}}')
    done = run(*(str(file) if a == "FILE" else a for a in arguments))
    assert done.exit_code == 1
    assert words in done.stderr


def test_progress_can_be_forgotten(tmp_path: Path) -> None:
    file = tmp_path / "progress.json"
    one = [{"method": "GET", "path": "docs/welcome", "query": {}, "headers": {}, "body": ""}]
    file.write_text(json.dumps({"version": 1, "requests": {"reproduce": one, "ranges": one}}))
    assert "1/3" in run("--list", "--progress", str(file)).stdout
    run("reproduce", "--reset", "--progress", str(file))
    assert list(json.loads(file.read_text())["requests"]) == ["ranges"]
    run("--reset", "--progress", str(file))
    assert json.loads(file.read_text())["requests"] == {}


def test_what_another_terminal_has_kept_meanwhile_stays(tmp_path: Path) -> None:
    first, second, *_ = load_lessons()
    file = tmp_path / "progress.json"
    one: list[dict[str, object]] = [
        {"method": "GET", "path": "docs/welcome", "query": {}, "headers": {}, "body": ""}
    ]
    ours, theirs = Progress.load(file), Progress.load(file)
    theirs.keep(first, one)
    ours.keep(second, one)
    kept = Progress.load(file)
    assert [len(kept.done(lesson)) for lesson in (first, second)] == [1, 1]


@pytest.mark.external
def test_a_request_counts_as_soon_as_the_document_is_named(tmp_path: Path) -> None:
    need("curl")
    [lesson] = [one for one in load_lessons() if one.id == "cached-read"]
    told: list[str] = []

    def say(line: object) -> None:
        told.append(str(line))
        if found := re.search(r"The document: (http\S+)", told[-1]):
            script = FORMATS["curl"](lesson)
            script = re.sub(r"\n# somebody else saves\ncurl .*\n", "\n", script)
            script = script.replace('curl -s -X DELETE "$base"\n', "")
            base = found[1].removesuffix("/docs/welcome")
            subprocess.run(["bash", "-c", script], check=True, env={**os.environ, "BASE": base})

    watch = Watch(0, Progress(tmp_path / "progress.json"), say)
    try:
        watch.teach(lesson)
    finally:
        watch.close()
    assert told[-1].startswith(f"\nDone: {lesson.title}.")
