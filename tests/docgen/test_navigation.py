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
