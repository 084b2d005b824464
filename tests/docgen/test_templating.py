"""Templates are compiled once for a user, and only ever as a shortcut."""

import tempfile
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(autouse=True)
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The directory for what is temporary, empty."""
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def compiled(scratch: Path) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in scratch.glob("_jinja2-cache-*/*")}


def test_a_build_from_nothing_finds_them_compiled(site: Any, scratch: Path) -> None:
    site.built("--no-cache")
    first = compiled(scratch)
    assert len(first) > 5
    site.built("--no-cache")
    assert compiled(scratch) == first


def test_a_template_that_changed_is_compiled_again(site: Any) -> None:
    for words in ("Mine.", "Not mine."):
        site.write("templates/foot.html", f"<footer>{words}</footer>")
        site.built("--templates", "templates")
        assert f"<footer>{words}</footer>" in site.html()


def test_one_that_is_damaged_is_compiled_again(site: Any, scratch: Path) -> None:
    site.built("--no-cache")
    right = site.html()
    for path in compiled(scratch):
        path.write_bytes(path.read_bytes()[:-20])
    site.built("--no-cache")
    assert site.html() == right


def test_without_a_place_for_them_they_are_compiled_each_time(site: Any, scratch: Path) -> None:
    site.built("--no-cache")
    (folder,) = scratch.glob("_jinja2-cache-*")
    for path in compiled(scratch):
        path.unlink()
    folder.rmdir()
    folder.write_text("in the way")
    site.built("--no-cache")
    assert folder.read_text() == "in the way"
