"""The command as a user types it: with an app, without one, with a broken one."""

import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask

from docgen.cli import docgen
from flask_preconditions import Preconditions
from flask_preconditions import conditional
from flask_preconditions import require_match
from tests.conftest import FlaskCommand

ROOT = Path(__file__).parent.parent.parent
PAGES = len(list((ROOT / "docgen/content").rglob("*.md")))

SMALL = ["docgen", "build", "--no-reference", "--content", "content", "-o", "site"]
"""A build of one page, where another page shows no more."""

PAGE = """\
+++
title = "Home"
description = "A page that the tests build."
+++

## First

Words.
"""

SITE = """\
title = "Site"
tagline = "Small"
footer = ["The foot."]

[[sections]]
id = "main"
title = "Main"
"""

GUARDED = """\
from flask import Flask
from flask_preconditions import require_match

app = Flask("notes")

@app.put("/notes/<name>")
@require_match(lambda name: None, etag="rev")
def put(name):
    "Replace a note."
"""

BLOCKER = """\
import sys

class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {blocked!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Blocker())
"""


@pytest.fixture(autouse=True)
def content(tmp_path: Path) -> Path:
    """The one page of a small build."""
    folder = tmp_path / "content"
    (folder / "data").mkdir(parents=True)
    (folder / "index.md").write_text(PAGE)
    (folder / "data/site.toml").write_text(SITE)
    return folder


def start_flask(
    folder: Path, *arguments: str, before: str = "", **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run the ``flask`` command in a process of its own."""
    (folder / "sitecustomize.py").write_text(before)
    kept = {name: value for name, value in os.environ.items() if name != "FLASK_APP"}
    return subprocess.run(
        [sys.executable, "-m", "flask", *arguments],
        cwd=folder,
        env=kept | {"PYTHONPATH": f"{folder}{os.pathsep}{ROOT}"} | environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
def test_it_builds_without_an_app_what_every_process_builds(tmp_path: Path, output: Path) -> None:
    result = start_flask(tmp_path, "docgen", "build", PYTHONHASHSEED="1")
    assert result.returncode == 0, result.stderr
    assert result.stdout.startswith(f"{PAGES} pages in build/site ({PAGES} rendered; ")
    assert not (tmp_path / "build/site/routes").exists()
    here, there = files_of(tmp_path / "build/site"), files_of(output)
    assert here.keys() == there.keys()
    assert [name for name, content in here.items() if content != there[name]] == []


def files_of(folder: Path) -> dict[Path, bytes]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {path.relative_to(folder): path.read_bytes() for path in files}


@pytest.mark.parametrize("by", ["option", "environment", "file"])
def test_an_app_adds_its_guarded_routes(tmp_path: Path, flask: FlaskCommand, by: str) -> None:
    (tmp_path / ("app.py" if by == "file" else "notes.py")).write_text(GUARDED)
    options = ["--app", "notes"] if by == "option" else []
    environment = {"FLASK_APP": "notes"} if by == "environment" else {}
    result = flask(*options, *SMALL, **environment)
    assert result.exit_code == 0, result.stderr
    html = (tmp_path / "site/routes/index.html").read_text()
    assert "<code>/notes/{name}</code>" in html
    assert "Replace a note." in html
    assert "This API" in (tmp_path / "site/index.html").read_text()


def test_an_app_that_guards_nothing_has_no_page(tmp_path: Path, flask: FlaskCommand) -> None:
    (tmp_path / "notes.py").write_text("from flask import Flask\napp = Flask('notes')\n")
    result = flask("--app", "notes", *SMALL)
    assert result.stdout.startswith("1 page")
    assert not (tmp_path / "site/routes").exists()


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (None, "Could not import 'notes'"),
        ("app = 3\n", "Failed to find Flask application or factory in module 'notes'"),
        ("import not_there\n", "an ImportError was raised: ModuleNotFoundError: No module named"),
        ("x = (\n", "the app 'notes' cannot be loaded: notes.py:1: SyntaxError: '(' was never"),
        (
            "def create_app():\n    raise RuntimeError('no database')\n",
            "the app 'notes' cannot be loaded: notes.py:2: RuntimeError: no database",
        ),
    ],
)
def test_a_broken_app_that_was_named_is_an_error(
    tmp_path: Path, flask: FlaskCommand, source: str | None, message: str
) -> None:
    if source:
        (tmp_path / "notes.py").write_text(source)
    result = flask("--app", "notes", "docgen", "build", "-o", "site")
    assert result.exit_code in (1, 2)
    assert "Error: " in result.stderr
    assert message in result.stderr
    assert "Traceback" not in result.stderr
    assert not (tmp_path / "site").exists()


def test_a_file_that_is_no_app_is_noted_when_nobody_named_it(
    tmp_path: Path, flask: FlaskCommand
) -> None:
    (tmp_path / "app.py").write_text("print\n")
    result = flask(*SMALL)
    assert result.exit_code == 0, result.stderr
    assert result.stderr.startswith("Note: built without an app. Failed to find Flask")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("module", "package"),
    [
        ("msgspec", "msgspec"),
        ("markdown_it", "markdown-it-py"),
        ("mdit_py_plugins", "mdit-py-plugins"),
        ("pygments", "Pygments"),
    ],
)
def test_without_the_extra_it_says_what_to_install(
    tmp_path: Path, module: str, package: str
) -> None:
    before = BLOCKER.format(blocked={module})
    result = start_flask(tmp_path, "docgen", "build", before=before)
    assert result.returncode == 1
    assert result.stderr == (
        f"Error: flask docgen needs {package}: pip install 'flask-preconditions[docs]'\n"
    )


@pytest.mark.slow
def test_without_the_extra_other_commands_work(tmp_path: Path) -> None:
    (tmp_path / "notes.py").write_text(GUARDED)
    blocked = {"msgspec", "markdown_it", "mdit_py_plugins", "pygments"}
    before = BLOCKER.format(blocked=blocked)
    result = start_flask(tmp_path, "--app", "notes", "routes", before=before)
    assert result.returncode == 0, result.stderr
    assert "/notes/<name>" in result.stdout
    assert "docgen" in start_flask(tmp_path, "--app", "notes", "--help", before=before).stdout


@pytest.mark.slow
def test_a_module_of_ours_that_is_missing_is_no_missing_extra(tmp_path: Path) -> None:
    before = BLOCKER.format(blocked={"flask_preconditions"})
    result = start_flask(tmp_path, "docgen", "build", before=before)
    assert result.returncode == 1
    assert "pip install" not in result.stderr
    assert "No module named 'flask_preconditions'" in result.stderr


@pytest.mark.slow
def test_a_terminal_sees_the_pages_go_by(tmp_path: Path) -> None:
    reader, terminal = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "flask", *SMALL],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT), "TERM": "xterm"},
        stdout=terminal,
        stderr=subprocess.STDOUT,
    )
    os.close(terminal)
    shown = b""
    while True:
        try:
            part = os.read(reader, 4096)
        except OSError:  # Linux reports the end of a terminal that way
            break
        if not part:
            break
        shown += part
    os.close(reader)
    assert process.wait(timeout=60) == 0
    assert b"Rendering" in shown
    assert b"1/1" in shown


def make_app() -> Flask:
    app = Flask("notes")
    Preconditions(app)

    @app.get("/notes/<name>")
    @app.put("/notes/<name>")
    @require_match(lambda name: None, etag="rev", create=True)
    def note(name: str) -> str:
        """Keep <one> note."""
        return name

    @app.delete("/notes/<name>")
    @require_match(lambda name: None, etag="rev", require={"DELETE"})
    def delete(name: str) -> str:
        return name

    @app.patch("/notes/<name>")
    @conditional(lambda name: None, etag="rev")
    def change(name: str) -> str:
        return name

    @app.post("/notes/<name>")
    @require_match(lambda name: None, etag="rev", require=lambda request: True)
    def append(name: str) -> str:
        return name

    return app


def test_a_route_is_listed_with_what_a_client_sends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runner = make_app().test_cli_runner()
    monkeypatch.chdir(tmp_path)
    result = runner.invoke(docgen, SMALL[1:])
    assert result.exit_code == 0, result.output
    html = (tmp_path / "site/routes/index.html").read_text()
    table = html.split("</table>")[0]
    rows = {row.split("</span>")[0]: row for row in table.split('<span class="method">')[1:]}
    assert set(rows) == {"GET", "PUT", "DELETE", "PATCH", "POST"}
    assert "Keep &lt;one&gt; note." in rows["PUT"]
    assert "or <code>If-None-Match: *</code> to create" in rows["PUT"]
    assert "If-None-Match: *" not in rows["DELETE"]
    answers = {method: re.findall(r">(\d{3})</span>", row) for method, row in rows.items()}
    assert answers == {
        "GET": ["304"],
        "PUT": ["400", "412", "428"],
        "DELETE": ["400", "412", "428"],
        "PATCH": ["400", "412"],
        "POST": ["400", "412", "428"],
    }


def test_a_setting_of_the_app_that_is_off_is_an_error(tmp_path: Path, flask: FlaskCommand) -> None:
    (tmp_path / "notes.py").write_text(f"{GUARDED}app.config['PRECONDITIONS_REQUIER'] = 'none'\n")
    result = flask("--app", "notes", "docgen", "build", "-o", "site")
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: PRECONDITIONS_REQUIER is no setting")


def test_it_can_be_called_outside_of_flask(content: Path) -> None:
    options = ["--no-reference", "--content", str(content), "-o", str(content.parent / "site")]
    result = CliRunner().invoke(docgen, ["build", *options])
    assert result.exit_code == 0, result.output
