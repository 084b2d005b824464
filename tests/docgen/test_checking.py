"""What ``flask docgen check`` finds."""

import json
import random
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner
from click.testing import Result

from docgen.cli import docgen
from docgen.commands.check import Finding
from docgen.commands.check import check_site
from docgen.commands.check import find_vnu
from docgen.commands.check import run_vnu
from docgen.commands.html_check import read_document

HEAD = "<!doctype html>\n<html><head><title>x < y</title></head><body>\n"


def check(site: Any, *options: str) -> Result:
    arguments = ["check", "--no-reference", "--content", str(site.content), *options]
    return CliRunner().invoke(docgen, [*arguments, "--snippets", str(site.snippets)])


@pytest.mark.parametrize(
    ("body", "line", "message"),
    [
        ("<p>a", 3, "</body> comes before the <p> of line 3 is closed"),
        ("<div><p>a</div>", 3, "</div> comes before the <p> of line 3 is closed"),
        ("a</p>", 3, "</p> closes nothing"),
        ('<i id="a"></i>\n<i id="a"></i>', 4, 'id="a" is there already'),
        ("<p><div>a</div></p>", 3, "<div> stands within a <p>"),
        ("<p><i><ul></ul></i></p>", 3, "<ul> stands within a <p>"),
        ("<a href='#'><button>x</button></a>", 3, "<button> stands within another control"),
        ("<div><li>a</li></div>", 3, "<li> stands within <div>"),
        ("<ul><p>a</p></ul>", 3, "<p> stands within <ul>"),
        ("<table><td>a</td></table>", 3, "<td> stands within <table>"),
        ('<p aria-labelledby="a b">x</p><i id="a"></i>', 3, 'labelledby="b" names no id'),
        ('<img src="a.png">', 3, "<img> has no alt"),
        ('<p style="color: red">a</p>', 3, "style within the page"),
        ('<p onclick="x()">a</p>', 3, "onclick is refused"),
        ("<script>x()</script>", 3, "a script within the page"),
        ('<p class="a" class="b">x</p>', 3, "<p> has an attribute twice"),
    ],
)
def test_html_that_is_off(body: str, line: int, message: str) -> None:
    [finding] = read_document(f"{HEAD}{body}</body></html>").findings
    assert (finding.line, message in finding.message) == (line, True), finding


@pytest.mark.parametrize(
    "body",
    [
        '<p>a <br> b <img src="a" alt=""></p><!-- <p> -->',
        '<details><summary><span>x</span></summary><p>a</p></details><a href="a>b">c</a>',
        "<ul><li><p>a</p><ul><li>b</li></ul></li></ul><dl><div><dt>a</dt><dd>b</dd></div></dl>",
        '<svg viewBox="0 0 1 1"><path d="M0 0"/><g><circle r="1"/></g></svg>',
        '<script type="application/ld+json">{"a": "</p>"}</script><textarea><p></textarea>',
    ],
)
def test_html_that_is_right(body: str) -> None:
    assert read_document(f"{HEAD}{body}</body></html>").findings == []


def test_a_site_that_is_right(site: Any) -> None:
    result = check(site)
    assert result.exit_code == 0, result.output
    assert result.stdout == "2 pages, and nothing to repair.\n"
    assert not (site.root / "build").exists()
    assert not list(site.root.glob("**/.docgen-cache"))


def test_a_page_that_nothing_leads_to(site: Any) -> None:
    site.page("lost.md", "Text.\n")
    result = check(site)
    assert result.exit_code == 1
    assert "Error: content/lost.md: no page leads to it\n" in result.stderr
    assert "1 thing to repair on 3 pages." in result.stderr


def test_a_region_that_no_page_shows_and_a_run_that_is_out_of_date(site: Any) -> None:
    site.page("index.md", "See [it](/other/).\n\n{{ exchange('lost-update') }}\n")
    site.page("other.md", "{{ snippet('flask', 'read') }}\n")
    site.write(
        "snippets/flask/app.py",
        "# :snippet-start: read\nx\n# :snippet-end:\n# :snippet-start: lost\ny\n# :snippet-end:\n",
    )
    result = check(site)
    assert "Error: snippets/flask/app.py:4: no page shows region 'lost'" in result.stderr
    assert "not verified since the source changed; run it again" in result.stderr


def test_a_page_that_is_too_heavy(site: Any) -> None:
    numbers = " ".join(str(number * number) for number in range(20_000))
    site.page("index.md", f"[x](/other/)\n\n{numbers}\n")
    assert "bytes with what it loads (gzip), and 30000 is the most" in check(site).stderr


def test_what_a_template_of_ones_own_does_wrong(site: Any) -> None:
    site.write(
        "over/foot.html",
        '<a href="nowhere.html">x</a><a href="index.html#gone">y</a><a href="../../out">z</a>'
        '<script src="https://cdn.example/x.js"></script>'
        '<img src="https://cdn.example/x.png" alt=""><img src="files/none.png" alt="">'
        + "".join(f'<script src="files/{n}.js"></script>' for n in range(5)),
    )
    for number in range(5):
        site.write(f"content/files/{number}.js", "")
    said = check(site, "--templates", "over").stderr
    assert "Error: over/foot.html:1: nowhere.html leads to no file" in said
    assert "index.html#gone names no id of index.html" in said
    assert "../../out leads" in said
    assert "https://cdn.example/x.js is loaded from elsewhere" in said
    assert "https://cdn.example/x.png is loaded from elsewhere" in said
    assert "files/none.png leads to no file" in said
    assert "content/index.md: 9 requests, and 7 is the most" in said


def test_what_is_wrong_is_told_by_the_line_that_was_written(site: Any) -> None:
    site.write("over/blocks/snippet.html", "<div><p id='menu'>x</div>")
    site.page("other.md", "## First\n\nText.\n\n## Code\n\n{{ snippet('flask', 'read') }}\n")
    site.page("index.md", "[x](/other/)\n")
    said = check(site, "--templates", "over").stderr
    assert "Error: content/other.md:9: </div> comes before the <p>" in said
    assert ".html" not in said.partition("vnu")[0]


def test_a_fault_of_the_frame_is_told_once_by_its_template(site: Any) -> None:
    site.write("over/foot.html", "<footer>\n<a href='nowhere.html'>x</a></footer>")
    said = check(site, "--templates", "over").stderr
    assert said.count("Error: over/foot.html:2: nowhere.html leads to no file") == 1


def test_words_that_hold_a_place_are_found(site: Any) -> None:
    site.page("index.md", "[x](/other/)\n\nTODO: say more.\n\n`TODO` is code.\n")
    site.page("other.md", "```\nTODO\n```\n\nLorem ipsum dolor. A todo list.\n")
    result = check(site)
    assert result.exit_code == 1
    found = [line for line in result.stderr.splitlines() if "holds a place" in line]
    assert found == [
        "Error: content/index.md:7: “TODO” holds a place; write what belongs there",
        "Error: content/other.md:9: “Lorem ipsum” holds a place; write what belongs there",
    ]


def test_the_pictures_of_a_page_do_not_count(site: Any) -> None:
    pictures = [site.write(f"content/files/{n}.png", "").name for n in range(5)]
    (site.content / "files/0.png").write_bytes(random.Random(412).randbytes(50_000))
    shown = " ".join(f"![{name}](/files/{name})" for name in pictures)
    site.page("index.md", f"[x](/other/)\n\n{shown}\n")
    result = check(site)
    assert result.exit_code == 0, result.output


def test_what_is_published_as_it_is_is_not_looked_at(site: Any) -> None:
    site.write("content/files/report.html", "").write_bytes("<p>größer".encode("latin-1"))
    site.page("files.md", "[gone](/files/report.html)\n")
    site.page("index.md", "[x](/other/) [y](/files/)\n")
    found = [
        {"url": f"file:{site.output}/files/{name}.html", "message": "Bad."}
        for name in ("report", "index")
    ]
    vnu = site.write("vnu", f"#!/bin/sh\necho '{json.dumps({'messages': found})}' >&2\n")
    vnu.chmod(0o755)
    said = check(site, "-o", str(site.output), "--vnu", str(vnu)).stderr
    assert said.count("Error: ") == 1
    assert "page.html: Bad. (vnu)" in said


def test_full_addresses_of_the_site_are_links_within_it(site: Any, tmp_path: Path) -> None:
    base = "https://docs.example/ref/"
    site.page("404.md", "[home](/)\n")
    site.built("--base-url", base)
    assert list(check_site(site.output, base)) == []
    assert any("leads to no file" in found.message for found in check_site(site.output))


def test_vnu_is_found_by_name_or_not_at_all(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_vnu(None) is None
    assert find_vnu("x/vnu") == ["x/vnu"]
    with pytest.raises(click.ClickException, match="needs java"):
        find_vnu("x/vnu.jar")
    java = tmp_path / "java"
    java.touch(0o755)
    assert find_vnu("x/vnu.jar") == ["java", "-jar", "x/vnu.jar"]


def test_a_vnu_that_does_not_run_says_so(tmp_path: Path) -> None:
    vnu = tmp_path / "vnu"
    vnu.touch(0o644)
    with pytest.raises(click.ClickException, match=r"vnu did not run: .+ Permission denied"):
        run_vnu([str(vnu)], tmp_path)


def test_what_vnu_says_is_a_finding(tmp_path: Path) -> None:
    vnu = tmp_path / "vnu"
    vnu.write_text(
        "#!/bin/sh\n"
        'echo \'{"messages": [{"url": "file:/x/a.html", "lastLine": 3, "message": "Bad."}]}\' >&2\n'
    )
    vnu.chmod(0o755)
    assert run_vnu([str(vnu)], tmp_path) == [Finding("/x/a.html", 3, "Bad. (vnu)")]
