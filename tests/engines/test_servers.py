"""How an engine is started."""

import sys
from pathlib import Path

import pytest

from .servers import Server


def test_a_path_with_a_space_stays_one_word(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/a clone/bin/python")
    folder = tmp_path / "a folder"
    folder.mkdir()
    server = Server("{python} -m engine --data {folder}/data -p {port}", folder)
    assert server.command == [
        *("/a clone/bin/python", "-m", "engine", "--data", f"{folder}/data"),
        *("-p", str(server.port)),
    ]
