"""The types that users get."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

import flask_preconditions

CACHE = Path(__file__).parent.parent / "build/mypy"
USER_APP = Path(__file__).parent / "typed" / "user_app.py"


@pytest.mark.slow
def test_a_users_file_with_every_public_name_passes_mypy_in_strict_mode(tmp_path: Path) -> None:
    checked = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(CACHE), str(USER_APP)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout


def test_that_file_uses_every_public_name() -> None:
    used = set(re.findall(r"^from flask_preconditions import (\w+)$", USER_APP.read_text(), re.M))
    exported = Path(flask_preconditions.__file__).read_text()
    assert used == set(re.findall(r"import \w+ as (\w+)$", exported, re.M))
