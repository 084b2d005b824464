"""The wheel, built from this tree and installed where the sources are not."""

import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.external
ROOT = Path(__file__).parent.parent


def run(*command: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "FLASK_APP")}
    return subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("dist")
    built = run(
        sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir", out, cwd=ROOT
    )
    assert built.returncode == 0, built.stdout + built.stderr
    [path] = out.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the wheel and no extra."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=True, symlinks=True)
    installed = run(folder / "bin/python", "-m", "pip", "install", "-q", wheel, cwd=folder)
    assert installed.returncode == 0, installed.stderr
    (folder / "app.py").write_text(
        "from flask import Flask\napp = Flask(__name__)\napp.get('/')(lambda: 'hello')\n"
    )
    return folder


def test_the_wheel_holds_the_two_packages_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0] for name in names} == {
        "flask_preconditions",
        "docgen",
        "flask_preconditions-0.1.0.dist-info",
    }
    assert "docgen/_snippets/flask/app.py" in names
    assert {"docgen/app_content/routes.md", "docgen/starter/workflow.yml"} <= set(names)
    assert "flask_preconditions/py.typed" in names
    assert "flask_preconditions/conformance/vectors/if-match.toml" in names
    # What plays the vectors at the servers of the snippets is for those who work on them.
    assert not [n for n in names if n.startswith("docgen/_snippets/tools/")]
    conformance = {Path(n).name for n in names if n.startswith("flask_preconditions/conformance/")}
    assert conformance & {"runner.py", "probe.py", "transcripts.py"} == set()
    assert "flask_preconditions/lab/lessons/reproduce.toml" in names
    assert not [n for n in names if "node_modules" in n or ".sqlite3" in n or "__pycache__" in n]


def test_without_the_extra_docgen_says_what_to_install(environment: Path) -> None:
    flask = environment / "bin/flask"
    refused = run(flask, "docgen", "build", cwd=environment)
    assert refused.returncode == 1
    assert "pip install 'flask-preconditions[docs]'" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_without_the_extra_the_app_and_its_other_commands_run(environment: Path) -> None:
    listed = run(environment / "bin/flask", "routes", cwd=environment)
    assert listed.returncode == 0, listed.stderr
    assert "<lambda>" in listed.stdout or "/" in listed.stdout
    imported = run(
        environment / "bin/python",
        "-c",
        "import flask_preconditions, sys; print('msgspec' in sys.modules)",
        cwd=environment,
    )
    assert imported.stdout == "False\n"


def test_without_the_extra_the_simulator_and_the_lab_run(environment: Path) -> None:
    described = run(
        environment / "bin/flask", "preconditions", "simulate", "--openapi", cwd=environment
    )
    assert described.returncode == 0, described.stderr
    assert "/api/status/{code}" in described.stdout
    solved = run(environment / "bin/flask", "preconditions", "lab", "--solve", cwd=environment)
    assert solved.returncode == 0, solved.stderr


@pytest.mark.parametrize(
    "line",
    [
        "from flask_preconditions.sqlalchemy import cas",
        "import flask_preconditions; flask_preconditions.require_match(int)",
        "import flask_preconditions; flask_preconditions.etag_for(1)",
        "import flask_preconditions; flask_preconditions.Preconditions(session=print)",
    ],
)
def test_without_the_extra_guarding_a_model_says_what_to_install(
    environment: Path, line: str
) -> None:
    refused = run(environment / "bin/python", "-c", line, cwd=environment)
    assert "SetupError: " in refused.stderr
    assert refused.stderr.endswith("pip install 'flask-preconditions[sqlalchemy]'\n")


def test_with_the_extra_the_site_builds_without_the_sources(environment: Path, wheel: Path) -> None:
    python = environment / "bin/python"
    added = run(python, "-m", "pip", "install", "-q", f"{wheel}[docs]", cwd=environment)
    assert added.returncode == 0, added.stderr
    built = run(environment / "bin/flask", "docgen", "build", "-o", "site", cwd=environment)
    assert built.returncode == 0, built.stdout + built.stderr
    assert (environment / "site/412/index.html").exists()
    assert (environment / "site/problems/precondition-failed/index.html").exists()
    new = run(environment / "bin/flask", "docgen", "new", "mine", cwd=environment)
    assert new.returncode == 0, new.stderr
    site = environment / "mine/docs/content/data/site.toml"
    site.write_text(site.read_text().replace("Write your own words here", "Ours"))
    checked = run(
        environment / "bin/flask",
        "docgen",
        "check",
        "--content",
        "mine/docs/content",
        cwd=environment,
    )
    assert checked.returncode == 0, checked.stderr
