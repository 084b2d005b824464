"""Pages as other generators have them: without front matter, with tags, in folders."""

import json
from typing import Any

import pytest
from selectolax.lexbor import LexborHTMLParser as HTMLParser


def read(site: Any, name: str = "") -> HTMLParser:
    return HTMLParser(site.html(name))


@pytest.mark.parametrize(
    ("text", "title", "description"),
    [
        ("# The *title*\n\nOne `two`\n[three](/).\n\nMore.\n", "The title", "One two three."),
        ("\n\nThe title\n=========\n\nText.\n", "The title", "Text."),
        ("# A title {#own} #\n\n- a\n- b\n\nText.\n", "A title", "Text."),
        ("# A_snake_case\n\n```\nno\n```\n\n!!! note\n    no\n\nText.\n", "A_snake_case", "Text."),
        ("Only text.\n", "Other", "Only text."),
        ("", "Other", "Other"),
        ("---\ntitle: In menus\nicon: x\n---\n# The title\n\nText.\n", "The title", "Text."),
        (
            '---\ntitle: "From YAML"\ndescription: What it is.\n---\nText.\n',
            "From YAML",
            "What it is.",
        ),
        ('+++\nsection = "main"\n+++\n# The title\n\nText.\n', "The title", "Text."),
        ('+++\ntitle = "Mine"\n+++\nText.\n', "Mine", "Text."),
        ("# T\n\n" + "word " * 60 + "\n", "T", ("word " * 40)[:-1][:194] + "…"),
    ],
)
def test_title_and_description_are_those_of_the_text(
    site: Any, text: str, title: str, description: str
) -> None:
    site.write("content/other.md", text)
    site.page("index.md", "[x](/other/)\n")
    site.built()
    page = read(site, "other")
    assert page.css_first("h1").text() == title
    assert len(page.css("h1")) == 1
    assert page.css_first("meta[name=description]").attributes["content"] == description
    twin = json.loads((site.output / "other/index.json").read_text())
    assert (twin["title"], twin["description"]) == (title, description)


def test_a_description_from_the_text_stands_there_once(site: Any) -> None:
    site.write("content/other.md", "# Other\n\nThe one paragraph.\n")
    site.page("index.md", "[x](/other/)\n")
    site.built()
    assert read(site, "other").css_first("article").text().count("The one paragraph.") == 1
    assert (site.output / "other/index.md").read_text() == "# Other\n\nThe one paragraph.\n"


def test_mistakes_keep_their_lines_below_a_title(site: Any) -> None:
    site.write("content/other.md", "# Other\n\nText.\n\n[x](/gone/)\n")
    assert "content/other.md:5: dead link /gone/" in site.refused()


def test_pages_without_front_matter_are_in_the_section_of_their_folder(site: Any) -> None:
    (site.content / "data/site.toml").unlink()
    for path in site.content.glob("*.md"):
        path.unlink()
    for name, text in {
        "index.md": "# Notes\n\nAll of it.\n",
        "start.md": "# Start\n",
        "user-guide/README.md": "# The guide\n",
        "user-guide/b.md": "# B\n",
    }.items():
        site.write(f"content/{name}", text)
    for _ in range(2):  # the second time from memory
        site.built()
        page = read(site, "user-guide/b")
        groups = [summary.text() for summary in page.css(".nav summary")]
        assert groups == ["Pages", "The guide"]
        assert page.css_first(".nav-group[open] summary").text() == "The guide"
        assert page.css_first(".brand-name").text() == "Notes"
        site.write("content/start.md", "# Begin\n")
    assert "Begin" in read(site).css_first(".nav").text()


def test_links_and_pictures_may_be_tags(site: Any) -> None:
    site.write("content/a.png", "x")
    site.page(
        "index.md",
        '<p align="center">\n  <a href="other.md#there"><img width="350" src="a.png" alt=\'A "x"\'>'
        '</a>\n</p>\n\nSee <a name="old"></a><a href="https://x.example/?a=1&amp;b=2">x</a>.\n\n'
        '<div dir="rtl">\n\nText.\n\n</div>\n',
    )
    site.built()
    article = read(site).css_first("article")
    assert article.css_first("p.align-center a").attributes["href"] == "other/index.html#there"
    image = article.css_first("img").attributes
    assert image == {"width": "350", "src": "a.png", "alt": 'A "x"'}
    assert article.css_first("#old") is not None
    assert article.css("a")[-1].attributes["href"] == "https://x.example/?a=1&b=2"
    assert article.css_first("div[dir=rtl] p").text() == "Text."


@pytest.mark.parametrize(
    ("anchors", "ids"),
    [
        ("docgen", ["enabling-http-2", "café-au-lait", "example", "example-2"]),
        ("github", ["enabling-http2", "café--au-lait", "example", "example-1"]),
        ("mkdocs", ["enabling-http2", "cafe-au-lait", "example", "example_1"]),
    ],
)
def test_anchors_may_be_those_of_the_generator_before(
    site: Any, anchors: str, ids: list[str]
) -> None:
    config = (site.content / "data/site.toml").read_text()
    site.write("content/data/site.toml", f'anchors = "{anchors}"\n{config}')
    site.page(
        "index.md",
        "## Enabling HTTP/2\n\n## Café & au lait\n\n## Example\n\n## Example\n\n[x](/other/)\n",
    )
    site.built()
    assert [heading.id for heading in read(site).css("article h2")] == ids
