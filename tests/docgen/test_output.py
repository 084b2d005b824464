"""What a build does to the output directory."""

import hashlib
import json
import shutil
import tempfile
import threading
from collections.abc import Iterable
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from docgen.cli import docgen
from docgen.site.build import Builder
from docgen.sources.pages import Page
from docgen.sources.settings import PACKAGE
from docgen.sources.settings import Options

MANIFEST = "docgen-manifest.json"
FILES = {
    *(
        f"{folder}index.{kind}"
        for folder in ("", "other/", "index/")
        for kind in (*("html", "md", "json"),)
    ),
    *{"assets/site.css", "assets/site.js", "assets/favicon.svg"},
    *{"assets/search.js", "assets/search-index.js", "assets/clauses.js"},
    *{"llms.txt", "llms-full.txt", "robots.txt", "schemas/page.json"},
}


def files_of(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def identities_of(folder: Path) -> dict[str, tuple[int, int]]:
    paths = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path): (path.stat().st_ino, path.stat().st_mtime_ns) for path in paths}


def test_pages_become_directories_with_an_index(site: Any) -> None:
    site.built()
    assert set(files_of(site.output)) == FILES | {MANIFEST}


def test_the_summary_counts_files_and_says_how_to_look(site: Any) -> None:
    said = site.built().stdout
    assert said.startswith(
        f"2 pages in out (2 rendered; {len(FILES)} files written, 0 unchanged, 0 removed) in "
    )
    assert "python3 -m http.server --directory" in said


def test_a_piped_build_shows_no_progress(site: Any) -> None:
    assert len(site.built().stdout.splitlines()) == 2
    assert "\r" not in site.build().output


def test_two_builds_are_the_same_to_the_byte(site: Any) -> None:
    site.built()
    first = files_of(site.output)
    site.output.rename(site.root / "first")
    site.built()
    assert files_of(site.output) == first


def test_a_second_build_touches_nothing(site: Any) -> None:
    site.built()
    before = identities_of(site.output)
    said = site.built().stdout
    assert f"(0 rendered; 0 files written, {len(FILES)} unchanged, 0 removed)" in said
    assert identities_of(site.output) == before


def test_a_changed_page_is_the_only_one_written(site: Any) -> None:
    site.built()
    before = identities_of(site.output)
    site.page("other.md", "## There\n\nOther words.\n", title="Other")
    assert "(1 rendered; 5 files written, " in site.built().stdout
    changed = {path for path, was in identities_of(site.output).items() if before[path] != was}
    assert {Path(path).relative_to(site.output).as_posix() for path in changed} == {
        *{"other/index.html", "other/index.md", "other/index.json", MANIFEST},
        *{"assets/search-index.js", "llms-full.txt"},
    }


def test_a_page_that_is_gone_is_removed_with_its_directory(site: Any) -> None:
    site.page("deep/down.md", "Text.\n")
    site.built()
    (site.content / "deep/down.md").unlink()
    assert "3 removed" in site.built().stdout
    assert not (site.output / "deep").exists()


def test_files_of_others_stay(site: Any) -> None:
    site.page("deep/down.md", "Text.\n")
    site.built()
    (site.output / "CNAME").write_text("docs.example")
    (site.output / "deep/notes.txt").write_text("mine")
    (site.content / "deep/down.md").unlink()
    site.built()
    assert (site.output / "CNAME").read_text() == "docs.example"
    assert (site.output / "deep/notes.txt").read_text() == "mine"
    assert not (site.output / "deep/down").exists()


def test_a_stale_page_that_someone_made_theirs_stays(site: Any) -> None:
    site.page("gone.md", "Text.\n")
    site.built()
    (site.output / "gone/index.html").write_text("kept by hand")
    (site.content / "gone.md").unlink()
    assert "2 removed" in site.built().stdout
    assert (site.output / "gone/index.html").read_text() == "kept by hand"


def test_a_page_changed_by_hand_is_put_right(site: Any) -> None:
    site.built()
    right = site.html()
    (site.output / "index.html").write_text("changed")
    assert "(1 rendered; 1 files written" in site.built().stdout
    assert site.html() == right


def test_a_file_that_no_build_wrote_is_never_overwritten(site: Any) -> None:
    site.output.mkdir()
    (site.output / "index.html").write_text("a site of somebody else")
    result = site.build()
    assert result.exit_code == 1
    assert "Error: out/index.html was not written by flask docgen build" in result.stderr
    assert files_of(site.output) == {"index.html": b"a site of somebody else"}


@pytest.mark.parametrize("text", ["{", "[]", '{"files": 3}', "{}"])
def test_a_manifest_that_cannot_be_read_stops_the_build(site: Any, text: str) -> None:
    site.output.mkdir()
    (site.output / MANIFEST).write_text(text)
    result = site.build()
    assert result.exit_code == 1
    assert f"Error: out/{MANIFEST} cannot be read" in result.stderr


def test_a_manifest_cannot_reach_out_of_the_directory(site: Any) -> None:
    outside = site.write("precious.txt", "mine")
    site.built()
    manifest = json.loads((site.output / MANIFEST).read_text())
    digest = hashlib.sha256(b"mine").hexdigest()
    manifest["files"] |= {"../precious.txt": digest, str(outside): digest}
    (site.output / MANIFEST).write_text(json.dumps(manifest))
    site.built()
    assert outside.read_text() == "mine"


def test_an_interrupted_build_is_finished_by_the_next(site: Any) -> None:
    # As if the process had ended between the first write and the last: the manifest
    # lists what was to be written, and a page holds neither the old nor the new text.
    site.built()
    complete = files_of(site.output)
    (site.output / "other/index.html").write_text("half")
    (site.output / "assets/site.js").unlink()
    site.built()
    assert files_of(site.output) == complete


def test_a_failing_build_leaves_the_site_as_it_was(site: Any) -> None:
    site.built()
    before = identities_of(site.output)
    site.page("index.md", "Changed, and {{ broken }}.\n")
    assert site.build().exit_code == 1
    assert identities_of(site.output) == before


def test_a_file_may_become_a_directory_and_a_directory_a_file(site: Any) -> None:
    site.write("content/files/a", "one")
    site.built()
    (site.content / "files/a").unlink()
    site.write("content/files/a/b", "two")
    site.built()
    assert (site.output / "files/a/b").read_text() == "two"
    (site.content / "files/a/b").unlink()
    (site.content / "files/a").rmdir()
    site.write("content/files/a", "three")
    site.built()
    assert (site.output / "files/a").read_text() == "three"


@pytest.mark.parametrize("theirs", ["guide", "guide/index.html/mine"])
def test_what_somebody_put_in_the_way_of_a_page_is_named_and_kept(site: Any, theirs: str) -> None:
    site.built()
    mine = site.write(f"out/{theirs}", "mine")
    before = sorted(site.output.rglob("*"))
    site.page("guide.md", "Text.\n")
    said = site.build().stderr
    assert "was not written by flask docgen build and would be lost" in said
    assert mine.read_text() == "mine"
    assert sorted(site.output.rglob("*")) == before


def test_two_builds_at_once_do_not_disturb_each_other(site: Any) -> None:
    started, go_on = threading.Event(), threading.Event()

    def wait(pages: Iterable[Page]) -> Iterator[Page]:
        yield next(iter(pages))  # half of it is written
        started.set()
        assert go_on.wait(60)
        yield from pages

    options = Options(
        site.output, content=(site.content,), snippets=site.snippets, reference="none"
    )
    with ThreadPoolExecutor() as pool:
        slow = pool.submit(Builder(options).build, wait)
        assert started.wait(60)
        site.built("--no-cache")
        go_on.set()
        assert slow.result().pages == 2
    assert sorted(path.name for path in site.root.iterdir() if ".part" in path.name) == []


def test_an_output_on_another_file_system_is_published_too(site: Any) -> None:
    elsewhere = Path(tempfile.mkdtemp(dir="/dev/shm"))
    try:
        assert elsewhere.stat().st_dev != site.root.stat().st_dev
        site.output.symlink_to(elsewhere, target_is_directory=True)
        site.built()
        assert (elsewhere / "index.html").exists()
        assert [path.name for path in elsewhere.iterdir() if path.name.startswith(".")] == []
    finally:
        shutil.rmtree(elsewhere)


@pytest.mark.parametrize("output", ["..", "deep/.."])
def test_an_output_named_by_the_way_to_it_disturbs_nothing(
    site: Any, monkeypatch: pytest.MonkeyPatch, output: str
) -> None:
    work = site.root / "work"
    (work / "deep").mkdir(parents=True)
    site.write("work/.gitignore", "secret.env\n")
    monkeypatch.chdir(work)
    arguments = ["build", "-o", output, "--no-reference", "--content", str(site.content)]
    done = CliRunner().invoke(docgen, [*arguments, "--snippets", str(site.snippets)])
    assert done.exit_code == 0, done.output
    assert (work / ".gitignore").read_text() == "secret.env\n"


def test_an_output_within_the_content_is_no_content(
    site: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(site.content)
    for _ in range(2):
        arguments = ["build", "--no-reference", "--content", ".", "--snippets"]
        done = CliRunner().invoke(docgen, [*arguments, str(site.snippets)])
        assert done.exit_code == 0, done.output
        assert "2 pages in build/site" in done.output


@pytest.mark.parametrize(
    ("page", "message"),
    [
        ("robots.txt.md", "its directory robots.txt/ would take the place of the file robots.txt"),
        ("index/index.md", "/index/ is the page that lists all others; choose another name"),
    ],
)
def test_a_page_cannot_take_the_place_of_a_file_of_the_site(
    site: Any, page: str, message: str
) -> None:
    site.page(page, "Text.\n")
    assert f"Error: content/{page}: {message}" in site.refused()


def test_no_text_in_the_scripts_of_a_site_runs_over_the_end_of_a_line() -> None:
    for script in (PACKAGE / "static/js").glob("*.js"):
        for line in script.read_text(encoding="utf-8").splitlines():
            assert line.count("`") % 2 == 0, f"{script.name}: {line}"


def test_a_script_of_ours_is_published_without_its_comments_and_another_as_it_is(
    site: Any, output: Path
) -> None:
    site.write("content/files/own.js", "// Mine.\ngo();\n")
    site.built()
    assert (site.output / "files/own.js").read_text() == "// Mine.\ngo();\n"
    for script in (output / "files/try").glob("*.js"):
        source = PACKAGE / "content/files/try" / script.name
        lines = [
            line for line in source.read_text().splitlines() if not line.strip().startswith("//")
        ]
        assert script.read_text().splitlines() == lines
