"""The snippets by the tools of their own languages: their formatters, checkers and tests."""

import subprocess
import sys
from pathlib import Path

import pytest

from snippets.tools.serve import HERE

from .conftest import SERVERS
from .conftest import need_for


def run(folder: Path, *command: str) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


GO_FOLDERS = sorted(path.parent for path in HERE.rglob("go.mod"))


@pytest.mark.parametrize("folder", GO_FOLDERS, ids=lambda p: p.relative_to(HERE).as_posix())
def test_go_is_formatted_vetted_and_passes_its_own_tests(folder: Path) -> None:
    need_for(SERVERS["go"])
    gofmt = f"{run(folder, 'go', 'env', 'GOROOT').strip()}/bin/gofmt"
    assert run(folder, gofmt, "-l", ".") == ""
    run(folder, "go", "vet", "./...")
    run(folder, "go", "vet", "-tags", "probe", "./...")
    run(folder, "go", "test", "./...")


def test_python_is_formatted_as_ruff_does_by_default() -> None:
    ruff = [sys.executable, "-m", "ruff", "format", "--isolated", "--check"]
    run(HERE, *ruff, "--exclude", "node_modules", ".")
