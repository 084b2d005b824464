"""The menus: sections, the way from the start page, and what comes next."""

import json
from typing import Any

from selectolax.lexbor import LexborHTMLParser as HTMLParser

PAGE = '+++\ntitle = "{}"\ndescription = "A page that is in the menu."\n{}+++\nText.\n'


def in_section(site: Any, name: str, title: str, order: int) -> None:
    head = f'section = "main"\norder = {order}\nnav = "Short {order}"\n'
    site.write(f"content/{name}.md", PAGE.format(title, head))


def crumbs(site: Any, name: str) -> list[tuple[str, str | None]]:
    items = HTMLParser(site.html(name)).css(".crumbs li > *")
    return [(item.text(), item.attributes.get("href")) for item in items]


def test_the_first_page_of_a_folder_stands_for_its_section(site: Any) -> None:
    in_section(site, "guide/index", "What is here", 1)
    in_section(site, "guide/more", "More of it", 2)
    site.built("--base-url", "https://docs.example")
    assert crumbs(site, "guide") == [("Home", "../index.html"), ("Main", None)]
    assert crumbs(site, "guide/more") == [
        ("Home", "../../index.html"),
        ("Main", "../../guide/index.html"),
        ("Short 2", None),
    ]
    data = HTMLParser(site.html("guide/more")).css_first("script[type='application/ld+json']")
    (trail,) = (part for part in json.loads(data.text())["@graph"] if "itemListElement" in part)
    assert [(item["name"], item["item"]) for item in trail["itemListElement"]] == [
        ("Home", "https://docs.example/"),
        ("Main", "https://docs.example/guide/"),
        ("Short 2", "https://docs.example/guide/more/"),
    ]


def test_a_first_page_beside_the_others_has_its_own_name(site: Any) -> None:
    in_section(site, "412", "The status", 1)
    in_section(site, "428", "The other status", 2)
    site.built()
    assert crumbs(site, "412") == [("Home", "../index.html"), ("Short 1", None)]
    pager = HTMLParser(site.html("412")).css_first(".pager-next")
    assert pager.attributes["href"] == "../428/index.html"
    assert HTMLParser(site.html("412")).css_first("a[rel=prev]") is None


def test_a_page_alone_in_its_section_has_its_own_name(site: Any) -> None:
    in_section(site, "faq", "Frequent questions", 1)
    site.built()
    assert crumbs(site, "faq") == [("Home", "../index.html"), ("Short 1", None)]


def test_a_section_keeps_its_name_when_a_page_is_made_again(site: Any) -> None:
    in_section(site, "guide/index", "What is here", 1)
    in_section(site, "guide/more", "More of it", 2)
    site.built()
    config = site.content / "data/site.toml"
    config.write_text(config.read_text().replace("Small", "Other"))
    site.built()
    assert crumbs(site, "guide") == [("Home", "../index.html"), ("Main", None)]


NESTED = {
    "index.md": "# Home page\n\nText.\n",
    "start.md": "# Start\n\nText.\n",
    "guide/README.md": "# The guide\n\nText.\n",
    "guide/a.md": "---\nnav_order: 2\n---\n# A\n\nText.\n",
    "guide/b.md": "---\nnav_order: 1\n---\n# B\n\nText.\n",
    "guide/deep/index.md": "# Deep\n\nText.\n",
    "guide/deep/down/c.md": "# C\n\nText.\n",
    "guide/deep/d.md": "# D\n\nText.\n",
    "zoo/e.md": "# E\n\nText.\n",
}


def bare(site: Any, pages: dict[str, str] = NESTED) -> None:
    (site.content / "data/site.toml").unlink()
    for path in site.content.rglob("*.md"):
        path.unlink()
    for name, text in pages.items():
        site.write(f"content/{name}", text)


def tree(node: Any) -> list[Any]:
    """Give the menu as lists in lists: a title, and what is below it."""
    found: list[Any] = []
    for group in node.iter():
        details = group if group.tag == "details" else group.css_first("details")
        if details is None:
            found.append(group.css_first("a").text())
        else:
            inner = tree(details.css_first("ul"))
            found.append((details.css_first("summary").text(), inner))
    return found


def test_folders_in_folders_are_sections_in_sections(site: Any) -> None:
    bare(site)
    for _ in range(2):  # the second time from memory
        site.built("--base-url", "https://docs.example")
        page = HTMLParser(site.html("guide/deep/down/c"))
        assert tree(page.css_first(".nav")) == [
            ("Pages", ["Start"]),
            ("The guide", ["The guide", "B", "A", ("Deep", ["Deep", "D", ("Down", ["C"])])]),
            ("Zoo", ["E"]),
        ]
        opened = [each.css_first("summary").text() for each in page.css(".nav details[open]")]
        assert opened == ["The guide", "Deep", "Down"]
        assert crumbs(site, "guide/deep/down/c") == [
            ("Home", "../../../../index.html"),
            ("The guide", "../../../../guide/index.html"),
            ("Deep", "../../../../guide/deep/index.html"),
            ("C", None),
        ]
        assert page.css_first("a[rel=prev]").attributes["href"].endswith("guide/deep/d/index.html")
        assert page.css_first("a[rel=next]").attributes["href"].endswith("zoo/e/index.html")
    assert "## The guide › Deep\n" in (site.output / "llms.txt").read_text()
    assert '"The guide › Deep › Down"' in (site.output / "assets/search-index.js").read_text()


def test_a_section_may_be_named_within_another(site: Any) -> None:
    config = site.content / "data/site.toml"
    config.write_text(config.read_text() + '[[sections]]\nid = "main/more"\ntitle = "More"\n')
    in_section(site, "one", "One", 1)
    site.write("content/two.md", PAGE.format("Two", 'section = "main/more"\n'))
    site.built()
    page = HTMLParser(site.html("two"))
    assert ("Main", ["Short 1", ("More", ["Two"])]) in tree(page.css_first(".nav"))


def test_a_section_within_none_is_named(site: Any) -> None:
    config = site.content / "data/site.toml"
    config.write_text(config.read_text() + '[[sections]]\nid = "guide/more"\ntitle = "More"\n')
    said = site.refused()
    assert "data/site.toml:" in said
    assert "the section 'guide/more' lies within 'guide', which is not there" in said


def test_a_large_menu_lists_only_the_sections_around_its_page(site: Any) -> None:
    many = {f"zoo/n{number}.md": f"# N{number}\n\nText.\n" for number in range(120)}
    bare(site, NESTED | many)
    site.built()
    page = HTMLParser(site.html("guide/deep/d"))
    assert tree(page.css_first(".nav")) == [
        ("Pages", ["Start"]),
        ("The guide", ["The guide", "B", "A", ("Deep", ["Deep", "D", ("Down", ["C"])])]),
        ("Zoo", ["E"]),
    ]
    far = HTMLParser(site.html("zoo/n5"))
    assert tree(far.css_first(".nav"))[1] == ("The guide", ["The guide"])
