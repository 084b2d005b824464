"""What must hold for the house as a whole."""

import ast
import pkgutil
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

import flask_preconditions
from tests.versions import NEWER

ROOT = Path(__file__).parent.parent

PUBLIC = {
    *{"ABSENT", "Decision", "EntityTag", "Outcome", "Policy", "Reason", "Validators", "Match"},
    *{"Inquiry"},
    *{"Preconditions", "GuardedRoute", "guarded_routes"},
    *{
        "check",
        "check_validators",
        "conditional",
        "etag_for",
        "evaluate",
        "precondition",
        "require_match",
    },
    *{"unguarded"},
    *{"HTTPPrecondition", "InvalidField", "MalformedCondition", "NotModified"},
    "OutcomeUnknown",
    *{"PreconditionFailed", "PreconditionRequired", "PreconditionsError", "SetupError"},
    *{"not_modified", "precondition_failed", "precondition_malformed"},
    *{"precondition_passed", "precondition_required"},
    *{"as_problem", "set_defaults"},
}


def tracked(*patterns: str) -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", *patterns],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [ROOT / line for line in listed.stdout.splitlines() if (ROOT / line).is_file()]


def test_the_public_names_are_the_documented_ones() -> None:
    tree = ast.parse((ROOT / "flask_preconditions/__init__.py").read_text())
    names = {
        alias.asname
        for node in tree.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert names == PUBLIC
    assert set(flask_preconditions.__all__) == PUBLIC
    assert all(hasattr(flask_preconditions, name) for name in PUBLIC)


def test_no_module_takes_the_name_of_what_the_package_exports() -> None:
    # To import such a module would put it in the place of the exported name.
    modules = {info.name for info in pkgutil.iter_modules(flask_preconditions.__path__)}
    assert modules.isdisjoint(PUBLIC)


@pytest.mark.parametrize("package", ["flask_preconditions", "docgen"])
def test_a_command_module_imports_only_click(package: str) -> None:
    # An entry point that fails to import would break every flask command of the user.
    tree = ast.parse((ROOT / package / "cli.py").read_text())
    imported = {
        name
        for node in tree.body
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in (
            [node.module] if isinstance(node, ast.ImportFrom) else [a.name for a in node.names]
        )
    }
    assert imported <= {"click", "collections.abc", "contextlib", "pathlib", "typing"}


def test_docgen_keeps_clear_of_the_namesake_on_the_package_index() -> None:
    tree = ast.parse((ROOT / "docgen/__init__.py").read_text())
    assert len(tree.body) == 1
    modules = {path.stem for path in (ROOT / "docgen").glob("*.py")}
    assert modules.isdisjoint({"types", "util", "__main__"})


def test_the_top_level_is_what_tools_and_readers_look_for() -> None:
    assert {path.relative_to(ROOT).parts[0] for path in tracked()} <= {
        *{"flask_preconditions", "docgen", "snippets", "tests", "pyproject.toml", "README.md"},
        *{"Makefile", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "requirements-dev.txt"},
        "SECURITY.md",
        *{".ci", ".github", ".gitattributes", ".gitignore"},
    }


def test_a_clone_has_the_same_bytes_whatever_git_is_told_of_line_ends(tmp_path: Path) -> None:
    # Records hold the digests of the files that ran.
    clone = ["git", "-c", "core.autocrlf=true", "clone", "--quiet", ROOT, tmp_path / "clone"]
    subprocess.run(clone, check=True)
    listed = subprocess.run(
        ["git", "ls-files", "--eol"],
        cwd=tmp_path / "clone",
        capture_output=True,
        text=True,
        check=True,
    )
    assert {line.split()[1] for line in listed.stdout.splitlines()} <= {"w/lf", "w/-text", "w/none"}


def test_the_lowest_versions_are_those_that_pyproject_allows() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"].values()
    asked = [line for lines in (project["dependencies"], *extras) for line in lines]
    allowed = dict(line.split(">=") for line in asked)
    pinned = re.findall(r"^(.+)==(.+)$", (ROOT / "tests/lowest.txt").read_text(), re.MULTILINE)
    lowest = {name: version for name, version in pinned if name in allowed}
    assert lowest.keys() == allowed.keys()
    for name, version in lowest.items():
        assert re.fullmatch(rf"{re.escape(allowed[name])}(\.0)*", version), name


def test_hosted_ci_runs_on_every_python_that_is_supported() -> None:
    workflow = yaml.safe_load((ROOT / ".github/workflows/tests.yml").read_text())
    matrix = workflow["jobs"]["quick"]["strategy"]["matrix"]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    oldest = project["requires-python"].removeprefix(">=")
    assert matrix["python"] == [oldest, *NEWER]


def test_files_stay_short_enough_to_have_one_purpose() -> None:
    long = {
        path.relative_to(ROOT).as_posix(): lines
        for path in tracked("*.py", "*.css", "*.js", "*.html")
        if (lines := len(path.read_text().splitlines())) > 400
    }
    assert long == {}


@pytest.mark.parametrize("name", ["Report", "Finding", "Verdict", "Evaluation"])
def test_a_word_for_what_was_found_out_is_one_class_of_the_extension(name: str) -> None:
    made = [
        path.relative_to(ROOT).as_posix()
        for path in tracked("flask_preconditions/*.py")
        if re.search(rf"^class {name}\b", path.read_text(), re.MULTILINE)
    ]
    assert len(made) <= 1, made


def test_importing_the_extension_imports_these_modules_and_no_more() -> None:
    code = (
        "import sys, flask; before = set(sys.modules); import flask_preconditions; "
        "print(*sorted(set(sys.modules) - before))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    ours = [name for name in done.stdout.split() if name.startswith("flask_preconditions")]
    # Each takes part in every request, or is asked by one; whatever else is there is loaded
    # when it is used. flask.views is Flask's own.
    assert (len(ours), {*done.stdout.split()} - {*ours}) == (39, {"flask.views"})
