"""What content can use, beyond what the site of the package happens to use."""

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from pygments.util import ClassNotFound
from selectolax.lexbor import LexborHTMLParser as HTMLParser

from docgen.blocks.highlight import language_of
from docgen.cli import docgen
from docgen.page.navigation import ALL_SHOWN_UP_TO


def test_code_in_a_page_is_highlighted_and_escaped(site: Any) -> None:
    site.page("index.md", "```python\nif 1 < 2: pass\n```\n\n```\nplain <b>\n```\n")
    site.built()
    page = HTMLParser(site.html())
    assert [node.text() for node in page.css("pre code")] == ["if 1 < 2: pass", "plain <b>"]
    assert [node.text() for node in page.css(".code-label")] == ["Python", "Text"]
    assert page.css_first("pre code .k").text() == "if"


def test_html_in_a_page_is_published_as_it_is_meant_or_named(site: Any) -> None:
    site.page("index.md", "<b onclick='x'>bold</b>\n\n<script>alert(1)</script>\n")
    assert site.refused().splitlines() == [
        "Error: content/index.md:5: <b> has an attribute that a page may not give it: "
        'onclick="x"; it may have class, dir, id, lang, markdown, title',
        "Error: content/index.md:7: <script> is no tag that a page may have; put it in backticks "
        "where it is meant as text",
        "2 mistakes; nothing was written.",
    ]
    site.page("index.md", "<b>bold</b>, `<script>` and \\<i>.\n")
    site.built()
    assert "<b>bold</b>, <code>&lt;script&gt;</code> and &lt;i&gt;." in site.html()


def test_a_title_is_escaped_everywhere(site: Any) -> None:
    site.page("index.md", "Text.\n", title="A <b> & 'c'")
    site.built()
    assert "<b>" not in site.html()
    assert HTMLParser(site.html()).css_first("h1").text() == "A <b> & 'c'"


def test_links_to_elsewhere_stay_as_they_are(site: Any) -> None:
    site.page("index.md", "[a](https://example.org/x?y=1#z) [b](mailto:a@example.org)\n")
    site.built()
    links = HTMLParser(site.html()).css("article p > a")
    assert [node.attributes["href"] for node in links] == [
        "https://example.org/x?y=1#z",
        "mailto:a@example.org",
    ]


def test_links_are_relative_to_the_page(site: Any) -> None:
    site.page("a/b.md", "## Here\n\n[up](/) [down](/other/#there) [same](#here) [me](/a/b/)\n")
    site.built()
    links = HTMLParser(site.html("a/b")).css("article p > a")
    assert [node.attributes["href"] for node in links] == [
        "../../index.html",
        "../../other/index.html#there",
        "#here",
        "index.html",
    ]


def test_headings_have_anchors_and_stand_in_the_contents(site: Any) -> None:
    site.page("index.md", "## Twice\n\n## Twice\n\n### With `code`: & more\n\n#### Deep\n")
    site.built()
    page = HTMLParser(site.html())
    ids = [node.id for node in page.css(".heading > *") if node.id]
    assert ids == ["twice", "twice-2", "with-code-more", "deep"]
    anchor = page.css_first(".h3 .anchor")
    assert anchor.attributes["aria-label"] == "Link to “With code: & more”"
    contents = [node.attributes["href"] for node in page.css("aside .toc-list a")]
    assert contents == ["#twice", "#twice-2", "#with-code-more"]


def test_headings_within_blocks_stand_in_the_contents_too(site: Any) -> None:
    site.write(
        "content/data/hazards.toml",
        '[[hazard]]\nid = "H1"\ntitle = "Two `writers` & one row"\nshows = "so"\ntodo = "this"\n'
        'clauses = ["9110 13.1.1"]\nextension = "prevents"\nhow = "like so"\n',
    )
    site.page("index.md", "## Before\n\n{{ hazards() }}\n\n## After\n")
    site.built()
    listed = HTMLParser(site.html()).css("aside .toc-list a")
    assert [(link.attributes["href"], link.text()) for link in listed] == [
        ("#before", "Before"),
        ("#H1", "H1 Two writers & one row"),
        ("#after", "After"),
    ]


def test_tables_scroll_within_a_frame_that_the_keyboard_reaches(site: Any) -> None:
    site.page("index.md", "| a | b |\n|---|---|\n| 1 | 2 |\n")
    site.built()
    frame = HTMLParser(site.html()).css_first("article .table")
    assert frame.attributes["tabindex"] == "0"
    assert frame.css_first("td").text() == "1"


def test_a_block_shows_up_where_it_was_called_and_blank_lines_do_not_cut_it(site: Any) -> None:
    site.write(
        "snippets/flask/app.py", "# :snippet-start: read\na = 1\n\n\nb = 2\n# :snippet-end:\n"
    )
    site.page("index.md", "Before.\n\n{{ snippet('flask', 'read') }}\n\nAfter.\n")
    site.built()
    page = HTMLParser(site.html())
    assert page.css_first("article pre").text() == "a = 1\n\n\nb = 2"
    children = [node.tag for node in page.css("article > *")]
    assert children == ["header", "p", "figure", "p"]


def test_a_clause_links_within_a_sentence(site: Any) -> None:
    site.page("index.md", "It holds {{ clause('9110 13.1.1') }}.\n\n{{ clause('6585 3') }}\n")
    site.built()
    first, second = HTMLParser(site.html()).css("article > p")
    assert first.text() == "It holds RFC 9110 §13.1.1."
    link = first.css_first("a")
    assert link.attributes["href"] == "https://www.rfc-editor.org/rfc/rfc9110#section-13.1.1"
    assert link.attributes["title"] == "If-Match"
    assert second.text() == "RFC 6585 §3"


def test_a_body_that_is_no_json_is_shown_as_it_is(site: Any) -> None:
    exchange = {
        "request": {"method": "GET", "target": "/x"},
        "response": {"status": 404, "fields": [["Content-Type", "text/html"]], "body": "<p>No"},
    }
    site.record(transcripts={"gone": [exchange]})
    site.page("index.md", "{{ exchange('gone') }}\n")
    site.built()
    assert "<p>No" in HTMLParser(site.html()).css(".lane pre")[1].text()


def test_a_reason_that_the_core_does_not_know_is_refused(site: Any) -> None:
    site.write(
        "content/data/problems.toml",
        "members = []\n[[reasons]]\nreason = 'bored'\nmeaning = 'x'\ntodo = 'y'\n",
    )
    site.page("index.md", "{{ reasons('bored') }}\n")
    assert "content/index.md:5: no reason 'bored'" in site.refused()


def test_a_step_of_the_core_without_words_is_refused(site: Any) -> None:
    site.write(
        "content/data/evaluation.toml",
        "end = 'x'\n[before]\ntext = 'x'\nshort = 'x'\nclauses = ['9110 13.2.1']\n"
        "[steps.If-Match]\nquestion = 'x'\n",
    )
    site.page("index.md", "{{ evaluation_order() }}\n")
    assert "no [steps.If-Unmodified-Since] for a step of the core" in site.refused()


def test_pages_follow_each_other_within_and_across_sections(site: Any) -> None:
    site.write(
        "content/data/site.toml",
        'title = "Site"\ntagline = "Small"\nfooter = ["x"]\n'
        '[[sections]]\nid = "b"\ntitle = "B"\n[[sections]]\nid = "a"\ntitle = "A"\n',
    )
    for name, section, order in (("x", "a", 1), ("y", "b", 2), ("z", "b", 1)):
        site.write(
            f"content/{name}.md",
            f'+++\ntitle = "{name}"\ndescription = "A page that the tests build."\n'
            f'section = "{section}"\norder = {order}\n+++\n',
        )
    site.built()
    page = HTMLParser(site.html("y"))
    assert [node.text() for node in page.css(".nav a")] == ["z", "y", "x"]
    assert [node.text() for node in page.css(".nav a[aria-current]")] == ["y"]
    ends = {node.attributes["rel"]: node.attributes["href"] for node in page.css(".pager a")}
    assert ends == {"prev": "../z/index.html", "next": "../x/index.html"}
    assert HTMLParser(site.html()).css(".pager") == []


def test_the_menu_of_a_large_site_opens_only_the_section_of_its_page(site: Any) -> None:
    site.write(
        "content/data/site.toml",
        'title = "Site"\ntagline = "Small"\nfooter = ["x"]\n'
        '[[sections]]\nid = "s0"\ntitle = "A"\n[[sections]]\nid = "s1"\ntitle = "B"\n',
    )
    for number in range(2 * (ALL_SHOWN_UP_TO // 2 + 1)):
        site.write(
            f"content/p{number}.md",
            '+++\ntitle = "P"\ndescription = "A page that the tests build."\n'
            f'section = "s{number % 2}"\n+++\n',
        )
    site.built()
    assert len(HTMLParser(site.html("p1")).css(".nav a")) == ALL_SHOWN_UP_TO // 2 + 2


def test_a_file_of_an_unknown_kind_is_shown_as_plain_text() -> None:
    assert language_of("app.py") == "python"
    assert language_of("notes.unheard-of") == "text"


def test_no_file_that_the_site_shows_has_pygments_read_all_its_lexers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def note(filename: str) -> None:
        asked.append(filename)
        raise ClassNotFound

    monkeypatch.setattr("docgen.blocks.highlight.get_lexer_for_filename", note)
    language_of.cache_clear()
    result = CliRunner().invoke(docgen, ["build", "-o", str(tmp_path / "out")])
    assert result.exit_code == 0, result.output
    language_of.cache_clear()
    assert asked == []


def test_an_anchor_of_a_heading_is_none_of_the_frames(site: Any) -> None:
    site.page("index.md", "## Main\n\n## Menu\n")
    site.built()
    ids = [node.id for node in HTMLParser(site.html()).css(".heading > *") if node.id]
    assert ids == ["main-2", "menu-2"]


def test_pages_and_files_may_have_any_name(site: Any) -> None:
    site.page("straße.md", "## Größe\n", title="Straße")
    site.page("c#.md", "Text.\n", title="C sharp")
    site.write("content/files/my doc.pdf", "pages")
    site.page(
        "index.md",
        "[a](/straße/#größe) [b](</files/my doc.pdf#page=2>) [c](/c%23/) [d](#here)\n\n## Here\n",
    )
    site.built("--base-url", "https://docs.example/my")
    page = HTMLParser(site.html())
    assert [link.attributes["href"] for link in page.css("article p a")] == [
        "stra%C3%9Fe/index.html#gr%C3%B6%C3%9Fe",
        "files/my%20doc.pdf#page=2",
        "c%23/index.html",
        "#here",
    ]
    listed = HTMLParser(site.html("index")).css(".index-page")
    assert "../c%23/index.html" in [link.attributes["href"] for link in listed]
    address = "https://docs.example/my/stra%C3%9Fe/"
    page = HTMLParser(site.html("straße"))
    assert page.css_first("link[rel=canonical]").attributes["href"] == address
    for name in ("sitemap.xml", "llms.txt"):
        assert address in (site.output / name).read_text(encoding="utf-8")


def test_links_may_lead_anywhere_and_to_files_at_an_anchor(site: Any) -> None:
    site.write("content/files/doc.pdf", "pages")
    targets = ["tel:+4930", "HTTPS://example.com/", "mailto:a@b.example", "/files/doc.pdf#page=2"]
    site.page("index.md", " ".join(f"[x]({target})" for target in [*targets, "/index/#main"]))
    site.built()
    links = HTMLParser(site.html()).css("article p a")
    assert [link.attributes["href"] for link in links][:4] == [*targets[:3], targets[3][1:]]
