"""Somebody else's pages and data: they run nothing, stall nothing and reach nothing."""

import json
import os
import sys
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from docgen.page.markdown import Markdown
from docgen.site import budget

ESCAPE = "{{ cycler.__init__.__globals__.os.system('touch ran') }}"


@pytest.mark.parametrize(
    "text",
    [
        ESCAPE,
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ vector_count.__globals__ }}",
        "{{ vector_count(vector_count) }}",
        "{{ vector_count(__import__('os').system('touch ran')) }}",
        "{% set x = cycler.__init__.__globals__.os.system('touch ran') %}",
        "{% include '../../../../etc/passwd' %}",
        "{% for n in range(10 ** 9) %}x{% endfor %}",
        "{{ 10 ** 10 ** 10 }}",
        "{{ vector_count('x' * 10 ** 10) }}",
        f"{{{{ vector_count({'[' * 20_000}) }}}}",
        f"{{{{ vector_count({'-' * 100_000}1) }}}}",
        f"{{{{ vector_count({'9' * 10_000}) }}}}",
    ],
    ids=range(13),
)
def test_a_page_runs_nothing(site: Any, text: str) -> None:
    site.page("index.md", text + "\n")
    assert "Error: content/index.md:5: " in site.refused()
    assert not (site.root / "ran").exists()


def test_data_and_front_matter_run_nothing(site: Any) -> None:
    site.write("content/data/facts.toml", f"[[box]]\nlabel = 'x'\ntext = \"{ESCAPE}\"\n")
    site.page("index.md", "{{ facts('box') }}\n", title=ESCAPE)
    site.built()
    assert not (site.root / "ran").exists()


@pytest.mark.parametrize("scheme", ["javascript", "JavaScript", "vbscript", "data", "file"])
def test_no_link_of_the_data_runs_or_holds_anything(site: Any, scheme: str) -> None:
    head = 'title = "x"\ndescription = "Long enough to be one."\n[[actions]]\ntext = "Go"'
    site.write("content/index.md", f'+++\n{head}\nhref = "{scheme}:x"\n+++\n')
    assert f"content/index.md:6: dead link {scheme}:x: a link leads to a place" in site.refused()


def work(text: str) -> int:
    """Count the calls and lines that it takes to render a text."""
    count = 0

    def trace(frame: FrameType, event: str, argument: object) -> Any:
        nonlocal count
        count += 1
        return trace

    markdown = Markdown()
    markdown.render(text, lambda target, _: target)  # what is only done once
    before = sys.gettrace()
    sys.settrace(trace)
    try:
        markdown.render(text, lambda target, _: target)
    finally:
        sys.settrace(before)
    return count


@pytest.mark.parametrize(
    "part",
    [
        *("## Same\n\n", "[a](/x/) ", "[a](#x)\n", "![a](/x) ", "<https://a.example/>\n"),
        *("- a\n", "**a** ", "`a` ", "> a\n\n", "| a |\n|---|\n| b |\n\n", "\\{"),
    ],
)
def test_the_work_grows_with_the_length_of_a_page(part: str) -> None:
    assert work(part * 400) < 2.2 * work(part * 200)


@pytest.mark.parametrize("name", ["content/pipe.md", "content/data/facts.toml", "content/files/x"])
def test_a_pipe_is_not_waited_for(site: Any, name: str) -> None:
    (site.root / name).parent.mkdir(exist_ok=True)
    os.mkfifo(site.root / name)
    assert f"Error: {name}: this is neither a file nor a folder\n" in site.refused()


def test_a_pipe_among_the_servers_is_not_waited_for(site: Any) -> None:
    (site.snippets / "flask/app.py").unlink()
    os.mkfifo(site.snippets / "flask/app.py")
    site.page("index.md", "{{ snippet('flask', 'read') }}\n")
    assert "Error: snippets/flask/app.py: " in site.refused()


def test_a_page_may_cost_only_so_much(site: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budget, "SECONDS", 0.001)
    site.page("other.md", "**a** " * 20_000)
    said = site.refused()
    assert "Error: content/other.md: to make this page takes more than" in said


@pytest.mark.parametrize("text", ["x = " + "[" * 5000, "x = " + "{x = " * 5000])
def test_data_too_deep_to_be_read_is_named(site: Any, text: str) -> None:
    site.write("content/data/facts.toml", text)
    site.page("index.md", "{{ facts('box') }}\n")
    assert "Error: content/data/facts.toml:1: " in site.refused()


def test_a_record_too_deep_to_be_read_is_named(site: Any) -> None:
    site.write("snippets/results/flask.json", '{"x":' + "[" * 100_000)
    site.page("index.md", "{{ exchange('lost-update') }}\n")
    assert "Error: snippets/results/flask.json: " in site.refused()


def test_a_text_without_an_end_is_refused(site: Any) -> None:
    with (site.content / "data/facts.toml").open("wb") as file:
        file.truncate(2**34)  # on the disk it is nothing
    site.page("index.md", "{{ facts('box') }}\n")
    assert "Error: content/data/facts.toml: this file is larger than 16 MiB" in site.refused()


@pytest.mark.parametrize(
    ("link", "target", "message"),
    [
        ("content/away.md", "nowhere.md", "this link leads nowhere: nowhere.md"),
        ("content/away.md", "away.md", "this link leads nowhere: away.md"),
        ("content/files/key", "/etc/hostname", "this link leads to /etc/hostname, which is out"),
        ("content/guide", "/etc", "this link leads to /etc, which is outside of"),
        ("content/files/own", "../../.git/config", "this link leads to what is hidden: "),
        ("content/again", ".", "this link leads to a folder around it: "),
    ],
)
def test_a_link_that_leads_too_far_is_one_line(
    site: Any, link: str, target: str, message: str
) -> None:
    site.write(".git/config", "a token")
    (site.root / link).parent.mkdir(exist_ok=True)
    (site.root / link).symlink_to(target)
    said = site.refused()
    assert said.startswith(f"Error: {link}: {message}")
    assert said.endswith("\n1 mistake; nothing was written.\n")


@pytest.mark.parametrize("folder", ["a/" * 300, "b/" * 7])
def test_folders_however_deep_make_sections_that_are_not(site: Any, folder: str) -> None:
    (site.content / "data/site.toml").unlink()
    (site.content / "other.md").unlink()
    site.write("content/index.md", "# Home\n\nText.\n")
    site.write(f"content/{folder}x.md", "# Deep\n\nText.\n")
    site.built()
    assert site.html(f"{folder}x").count('<details class="nav-group"') == 6


def test_a_section_too_deep_is_named(site: Any) -> None:
    config = site.content / "data/site.toml"
    ids = ["/".join("abcdefg"[: count + 1]) for count in range(7)]
    config.write_text(
        config.read_text() + "".join(f'[[sections]]\nid = "{id}"\ntitle = "T"\n' for id in ids)
    )
    assert "lies deeper than 6 within each other" in site.refused()


def test_what_a_message_shows_moves_no_cursor(site: Any) -> None:
    site.page("index.md", '<a href="/&#27;[2J&#8238;/">x</a> <a href="/a&#10;b/">y</a>\n')
    said = site.refused()
    assert "\x1b" not in said
    assert "\u202e" not in said
    assert "dead link /a\\x0ab/: no page" in said
    assert len(said.splitlines()) == 3


@pytest.mark.parametrize("name", ["a\nb.md", "a\x1b[2J.md", "a\u202eb.md"])
def test_a_name_that_cannot_be_seen_is_refused(site: Any, name: str) -> None:
    site.page(name, "Text.\n")
    said = site.refused()
    assert "this name holds what cannot be seen" in said
    assert name not in said


def test_letters_in_another_order_are_told(site: Any) -> None:
    site.page("index.md", "One.\nTwo \u202eeerht.\n")
    assert "Warning: content/index.md:6: U+202E shows the letters" in site.built().stderr


def test_linked_pages_and_folders_are_pages(site: Any) -> None:
    site.page("../shared/deep/a.md", "Alpha.\n")
    (site.content / "guide").symlink_to(site.root / "shared")
    (site.content / "one.md").symlink_to("../shared/deep/a.md")
    site.built()
    assert "Alpha." in site.html("guide/deep/a")
    assert "Alpha." in site.html("one")


@pytest.mark.parametrize("source", ["../../secret.env", "/etc/hostname", "linked"])
def test_no_source_of_a_server_lies_elsewhere(site: Any, source: str) -> None:
    site.write("secret.env", "a token")
    (site.snippets / "flask/linked").symlink_to("../../secret.env")
    table = site.snippets / "servers.toml"
    table.write_text(table.read_text().replace('"app.py"', json.dumps(source)))
    site.page("index.md", "{{ snippet('flask', 'read') }}\n")
    assert "Error: snippets/servers.toml:5: the source '" in site.refused()


@pytest.mark.parametrize("name", ["other", "assets"])
def test_no_file_is_written_through_a_link(site: Any, name: str) -> None:
    outside = site.root / "outside"
    outside.mkdir()
    site.output.mkdir()
    (site.output / name).symlink_to(outside)
    result = site.build()
    assert result.exit_code == 1
    assert f"Error: {Path('out', name)} was not written by flask docgen build" in result.stderr
    assert list(outside.iterdir()) == []


def test_no_file_is_removed_through_a_link(site: Any) -> None:
    site.page("deep/down.md", "Text.\n")
    site.built()
    (site.output / "deep").rename(site.root / "kept")
    (site.output / "deep").symlink_to(site.root / "kept")
    (site.content / "deep/down.md").unlink()
    site.built()
    assert (site.root / "kept/down/index.html").exists()


def test_a_link_of_somebody_is_not_replaced(site: Any) -> None:
    site.output.mkdir()
    (site.output / "robots.txt").symlink_to("nowhere")
    assert site.build().exit_code == 1
    assert (site.output / "robots.txt").is_symlink()


@pytest.mark.parametrize(
    "name",
    [
        *("index.html.md", "index.md.md", "index.json.md", "docgen-manifest.json.md"),
        *(
            "_redirects.md",
            "robots.txt/x.md",
            "other/index.html.md",
            "files.md",
            "index.html/x/y.md",
        ),
    ],
)
def test_a_page_takes_the_place_of_no_file(site: Any, name: str) -> None:
    site.write("content/files/index.html", "<p>x</p>\n")
    site.page(name, "Words.\n")
    assert f"Error: content/{name}: it" in site.refused()


@pytest.mark.parametrize(
    "alias", ["/_redirects", "/index.html/x/", "/docgen-manifest.json", "/other/index.md/"]
)
def test_an_alias_takes_the_place_of_no_file(site: Any, alias: str) -> None:
    head = f'title = "x"\ndescription = "Long enough to be one."\naliases = ["{alias}"]'
    site.write("content/index.md", f"+++\n{head}\n+++\n")
    assert f"index.md:4: the alias {alias} is an address that the site has" in site.refused()


def test_an_alias_does_not_lead_out_of_the_site(site: Any) -> None:
    head = 'title = "x"\ndescription = "Long enough to be one."\naliases = ["/../x"]'
    site.write("content/index.md", f"+++\n{head}\n+++\n")
    assert "index.md:4: the alias /../x leads out of the site" in site.refused()


def test_a_comment_that_is_never_closed_is_named(site: Any) -> None:
    site.page("index.md", "One.\n\n<!-- two\n\nThree.\n")
    assert "Error: content/index.md:7: this comment is never closed; add `-->`" in site.refused()


def test_comments_that_are_never_closed_are_one(site: Any) -> None:
    # To look for the end of each would take the square of their number.
    site.page("index.md", "One.\n\n" + "<!--" * 40_000)
    assert site.refused().endswith("\n1 mistake; nothing was written.\n")


def test_what_the_system_refuses_to_write_is_one_line(site: Any) -> None:
    site.output = Path("/proc/no/such/site")
    assert site.refused().startswith("Error: /proc/no/such/site cannot be written: ")


def test_the_site_is_written_to_no_directory_of_sources(site: Any) -> None:
    site.output = site.content
    result = site.build()
    assert "Error: content holds sources; choose another directory with -o" in result.stderr
