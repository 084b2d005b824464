"""What a build takes over from the one before: all that still holds, and nothing else."""

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from docgen.cli import docgen

MEMORY = ".docgen-cache/out/pages.bin"


def rendered(said: str) -> int:
    return int(said.partition("(")[2].partition(" rendered")[0])


def files_of(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def build_twice(site: Any) -> int:
    """Build with what is remembered and without, and give how many pages the first made."""
    number = rendered(site.built().stdout)
    remembered = files_of(site.output)
    site.output.rename(site.root / "remembered")
    site.built("--no-cache")
    assert files_of(site.output) == remembered
    return number


def test_a_changed_page_is_the_only_one_rendered(site: Any) -> None:
    site.built()
    site.page("other.md", "## There\n\nOther words.\n", title="Other")
    assert build_twice(site) == 1


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("content/data/site.toml", 'title = "New"\ntagline = "x"\nfooter = ["y"]\n{sections}'),
        ("content/data/facts.toml", ""),
        ("snippets/flask/app.py", "# :snippet-start: read\nx\n# :snippet-end:\n"),
        ("templates/foot.html", "<footer>Mine.</footer>"),
    ],
)
def test_what_pages_may_be_made_of_renders_them_all(site: Any, name: str, text: str) -> None:
    (site.root / "templates").mkdir()
    sections = '[[sections]]\nid = "main"\ntitle = "Main"\n'
    site.built("--templates", "templates")
    site.write(name, text.replace("{sections}", sections))
    assert rendered(site.built("--templates", "templates").stdout) == 2


def test_a_setting_renders_all(site: Any) -> None:
    site.built()
    assert rendered(site.built("--base-url", "https://docs.example").stdout) == 2


def test_a_new_name_in_the_menu_renders_the_pages_that_show_it(site: Any) -> None:
    head = (
        '+++\ntitle = "{}"\ndescription = "A page that the tests build."\n'
        'section = "main"\n+++\nText.\n'
    )
    for name in ("a", "b"):
        site.write(f"content/{name}.md", head.format(name))
    site.built()
    site.write("content/b.md", head.format("c"))
    assert build_twice(site) == 4


def test_a_page_that_is_gone_is_missed_by_the_pages_that_link_to_it(site: Any) -> None:
    site.built()
    (site.content / "other.md").unlink()
    assert "content/index.md:7: dead link /other/#there" in site.build().stderr


def test_an_anchor_that_is_gone_is_missed_by_pages_that_did_not_change(site: Any) -> None:
    site.built()
    site.page("other.md", "## Elsewhere\n", title="Other")
    said = site.build().stderr
    assert "content/index.md:7: dead link /other/#there: no anchor '#there'" in said


def test_what_a_remembered_page_shows_is_still_shown(site: Any) -> None:
    site.page("index.md", "{{ snippet('flask', 'read') }}\n")
    site.built("--strict")
    site.page("other.md", "Changed.\n")
    assert rendered(site.built("--strict").stdout) == 1


@pytest.mark.parametrize("damage", ["empty", "cut", "changed", "other"])
def test_a_memory_that_is_damaged_counts_for_nothing(site: Any, damage: str) -> None:
    site.built()
    memory = site.root / MEMORY
    whole = memory.read_bytes()
    damaged = {
        "empty": b"",
        "cut": whole[:-10],
        "changed": whole.replace(b"There", b"Where"),
        "other": b"docgen 0\n" + whole.partition(b"\n")[2],
    }[damage]
    assert damaged != whole
    memory.write_bytes(damaged)
    assert build_twice(site) == 2


def test_a_file_of_a_remembered_page_that_changed_is_made_again(site: Any) -> None:
    site.built()
    right = (site.output / "other/index.json").read_bytes()
    (site.output / "other/index.json").write_text("{}")
    (site.output / "other/index.md").unlink()
    assert rendered(site.built().stdout) == 1
    assert (site.output / "other/index.json").read_bytes() == right
    assert (site.output / "other/index.md").exists()


def test_the_memory_is_not_published_and_can_be_left_out(site: Any) -> None:
    site.built("--no-cache")
    assert not (site.root / ".docgen-cache").exists()
    site.built()
    assert (site.root / MEMORY).exists()
    assert (site.root / ".docgen-cache/out/.gitignore").read_text() == "*\n"
    assert not [name for name in files_of(site.output) if "cache" in name]


def test_a_failing_build_keeps_what_the_last_good_one_remembered(site: Any) -> None:
    site.built()
    site.page("other.md", "{{ broken }}\n")
    site.build()
    site.page("other.md", "## There\n\nBack to [home](/).\n", title="Other")
    assert rendered(site.built().stdout) == 0


def test_a_page_that_the_frame_asked_for_is_missed_too(site: Any) -> None:
    head = 'title = "Home"\ndescription = "A page that the tests build."\n[[actions]]\ntext = "Go"'
    site.write("content/index.md", f'+++\n{head}\nhref = "/other/"\n+++\n')
    site.built()
    (site.content / "other.md").unlink()
    assert "content/index.md:6: dead link /other/" in site.build().stderr


def test_a_template_in_a_folder_of_any_name_is_one(site: Any) -> None:
    site.write("templates/foot.html", "{% include 'dist/words.html' %}")
    site.write("templates/dist/words.html", "Old words.")
    site.built("--templates", "templates")
    site.write("templates/dist/words.html", "New words.")
    assert rendered(site.built("--templates", "templates").stdout) == 2
    assert "New words." in site.html()


def test_the_same_page_in_another_place_is_another_one(site: Any) -> None:
    over = site.root / "over"
    over.mkdir()
    options = ("--content", "over", "--edit-url", "https://code.example/")
    # The option that comes last lies below.
    arguments = ["build", "-o", str(site.output), "--no-reference", *options]
    arguments += ["--content", "content", "--snippets", "snippets"]
    runner = CliRunner()
    assert runner.invoke(docgen, arguments).exit_code == 0
    (over / "other.md").write_bytes((site.content / "other.md").read_bytes())
    done = runner.invoke(docgen, arguments)
    assert rendered(done.stdout) == 1
    assert 'href="https://code.example/other.md"' in site.html("other")
