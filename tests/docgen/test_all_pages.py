"""The page that lists all pages."""

from typing import Any

from selectolax.lexbor import LexborHTMLParser


def test_it_links_every_heading_relative_to_itself(site: Any) -> None:
    site.page("index.md", "## First\n\n### Of `two`\n", title="Home & more")
    site.write(
        "content/in/menu.md",
        '+++\ntitle = "Listed"\ndescription = "A page that is in the menu."\n'
        'section = "main"\n+++\nText.\n',
    )
    site.page("404.md", "Nothing is here.\n")
    site.built()
    article = LexborHTMLParser(site.html("index")).css_first("article")
    assert [heading.text() for heading in article.css("h2")] == ["Main"]
    assert [(link.text(), link.attributes["href"]) for link in article.css("li li a")] == [
        ("First", "../index.html#first"),
        ("Of two", "../index.html#of-two"),
        ("There", "../other/index.html#there"),
    ]
    pages = [(link.text(), link.attributes["href"]) for link in article.css(".index-page")]
    assert pages == [
        ("Home & more", "../index.html"),
        ("Other", "../other/index.html"),
        ("Listed", "../in/menu/index.html"),
    ]


def test_a_large_site_lists_pages_alone(site: Any) -> None:
    for number in range(200):
        site.page(f"{number}.md", "## A heading\n")
    site.built()
    html = site.html("index")
    assert html.count('class="index-page"') == 202
    assert "#a-heading" not in html
