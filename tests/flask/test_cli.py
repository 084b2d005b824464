import os
import subprocess
import sys
from pathlib import Path

APP = """
from flask import Flask
from flask_preconditions import conditional, require_match

app = Flask(__name__)

def load():
    return {"rev": "1"}

if GUARDED:
    @app.put("/docs/<name>")
    @require_match(load, etag="rev", create=True, require={"PUT"})
    def put(name): ...

    @app.get("/feed")
    @conditional(load, etag=lambda feed: feed["rev"])
    def feed(): ...
"""


def flask(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "NO_COLOR": "1"}
    environment.pop("FLASK_APP", None)
    return subprocess.run(
        [sys.executable, "-m", "flask", *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_routes_shows_what_is_guarded_and_how(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(APP.replace("GUARDED", "True"))
    done = flask(tmp_path, "preconditions", "routes")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "Route         Methods  Compared",
        "/docs/<name>  PUT      etag=rev, create, require={'PUT'}",
        "/feed         GET      etag=<lambda>, require='none'",
    ]


def test_routes_says_how_to_guard_one_when_none_is(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(APP.replace("GUARDED", "False"))
    done = flask(tmp_path, "preconditions", "routes")
    assert done.returncode == 0, done.stderr
    assert "@require_match" in done.stdout


def test_routes_without_an_app_says_so(tmp_path: Path) -> None:
    done = flask(tmp_path, "preconditions", "routes")
    assert done.returncode != 0
    assert "Could not locate a Flask application" in done.stderr
