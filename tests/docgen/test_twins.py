"""The same pages for programs."""

import json
import xml.etree.ElementTree as ET
from textwrap import dedent
from typing import Any

import pytest
import yaml
from click.testing import CliRunner
from selectolax.lexbor import LexborHTMLParser as HTMLParser

from docgen.cli import docgen

BASE = "https://docs.example/ref/"


def test_a_page_has_the_same_sections_in_all_its_forms(site: Any) -> None:
    site.page(
        "index.md",
        "Before.\n\n## First\n\nSee [it](/other/#there).\n\n### `code` & more\n\nText.\n",
        title="Home",
    )
    site.built()
    twin = json.loads((site.output / "index.json").read_text())
    ids = [node.id for node in HTMLParser(site.html()).css("article .heading > [id]")]
    assert [section["id"] for section in twin["sections"]] == ids == ["first", "code-more"]
    assert twin["intro"] == "Before."
    assert twin["sections"][0]["markdown"] == "See [it](other/index.md#there)."
    assert twin["sections"][1]["title"] == "code & more"
    text = (site.output / "index.md").read_text()
    assert text.startswith("# Home\n\nA page that the tests build.\n\nBefore.\n\n## First\n\n")


def test_titles_are_no_markup_in_markdown(site: Any) -> None:
    site.write(
        "content/other.md",
        '+++\ntitle = "<b> in *C #*"\ndescription = "1. A & B, and no list"\n+++\n'
        "## There \\#\n\n[home](/)\n",
    )
    site.built()
    text = (site.output / "other/index.md").read_text()
    assert text.startswith("# \\<b> in \\*C #\\*\n\n1\\. A & B, and no list\n\n## There \\#\n\n")
    twin = json.loads((site.output / "other/index.json").read_text())
    assert twin["title"] == "<b> in *C #*"
    assert twin["sections"][0]["title"] == "There #"


def test_links_to_pages_lead_to_twins_and_nothing_else_changes(site: Any) -> None:
    site.write("content/files/demo/index.html", "<p>A demonstration.</p>")
    site.write(
        "content/deep/page.md",
        dedent(
            """\
            +++
            title = "Deep"
            description = "A page that the tests build."
            +++
            ## Here

            [page](/other/#there) [home](/) [here](#here) [self](/deep/page/#here)
            [file](/files/demo/index.html) [data](/llms.txt) [far](https://a.example/index.html#x)

            `[code](../other/index.html)` and \\[text\\](../other/index.html)
            """
        ),
    )
    site.built()
    twin = json.loads((site.output / "deep/page/index.json").read_text())
    assert twin["sections"][0]["markdown"] == (
        "[page](../../other/index.md#there) [home](../../index.md) [here](#here) "
        "[self](index.md#here) [file](../../files/demo/index.html) [data](../../llms.txt) "
        "[far](https://a.example/index.html#x)\n\n"
        "`[code](../other/index.html)` and [text\\](../other/index.html)"
    )


def test_a_twin_fits_its_schema(site: Any) -> None:
    site.built()
    twin = json.loads((site.output / "other/index.json").read_text())
    schema = json.loads((site.output / "other" / twin["$schema"]).read_text())
    described = schema["$defs"]["TextPage"]
    assert set(described["required"]) <= set(twin) <= set(described["properties"])


def test_a_page_names_its_twins(site: Any) -> None:
    site.built()
    links = HTMLParser(site.html("other")).css("link[rel=alternate]")
    assert {node.attributes["type"]: node.attributes["href"] for node in links} == {
        "text/markdown": "index.md",
        "application/json": "index.json",
    }


def test_language_models_get_a_list_and_one_file(site: Any) -> None:
    site.built()
    listed = (site.output / "llms.txt").read_text()
    assert "- [Other](other/index.md): A page that the tests build." in listed
    assert "# Other" in (site.output / "llms-full.txt").read_text()


def test_addresses_are_full_where_the_site_knows_its_own(site: Any) -> None:
    site.built("--base-url", BASE.rstrip("/"))
    page = HTMLParser(site.html("other"))
    assert page.css_first("link[rel=canonical]").attributes["href"] == f"{BASE}other/"
    found = ET.parse(site.output / "sitemap.xml").getroot().itertext()
    assert {text for text in found if text.strip()} == {BASE, f"{BASE}other/", f"{BASE}index/"}
    assert f"Sitemap: {BASE}sitemap.xml" in (site.output / "robots.txt").read_text()
    assert f"({BASE}other/index.md)" in (site.output / "llms.txt").read_text()


def test_without_an_address_nothing_claims_one(site: Any) -> None:
    site.built()
    assert HTMLParser(site.html()).css("link[rel=canonical]") == []
    assert not (site.output / "sitemap.xml").exists()
    assert "Sitemap" not in (site.output / "robots.txt").read_text()


@pytest.mark.parametrize("address", ["docs.example", "ftp://x/", "https://x/?a=1", "https://x/#a"])
def test_a_base_url_that_is_none_is_refused(site: Any, address: str) -> None:
    assert "--base-url is " in site.refused("--base-url", address)


def test_a_page_tells_search_engines_what_it_is(site: Any) -> None:
    site.write(
        "content/other.md",
        '+++\ntitle = "A </script> & b"\ndescription = "A page that the tests build."\n'
        'section = "main"\nupdated = 2026-01-02\n+++\n## There\n\n[home](/)\n',
    )
    site.built("--base-url", BASE)
    data = HTMLParser(site.html("other")).css_first("script[type='application/ld+json']").text()
    article, trail = json.loads(data)["@graph"]
    assert article["@type"] == "TechArticle"
    assert article["headline"] == "A </script> & b"
    assert article["url"] == f"{BASE}other/"
    assert article["dateModified"] == "2026-01-02"
    assert [item["item"] for item in trail["itemListElement"]] == [BASE, f"{BASE}other/"]


def test_the_feed_takes_its_dates_from_data(site: Any) -> None:
    site.write(
        "content/data/changes.toml",
        '[[change]]\nday = 2026-01-02\ntitle = "Old <b>"\ntext = "x"\n'
        '[[change]]\nday = 2026-03-04\ntitle = "New"\ntext = "y"\nhref = "/other/"\n',
    )
    site.built("--base-url", BASE)
    space = {"a": "http://www.w3.org/2005/Atom"}
    feed = ET.parse(site.output / "feed.xml").getroot()
    titles = [node.text for node in feed.findall("a:entry/a:title", space)]
    assert titles == ["New", "Old <b>"]
    assert feed.findtext("a:updated", namespaces=space) == "2026-03-04T00:00:00Z"
    links = [node.attrib["href"] for node in feed.findall("a:entry/a:link", space)]
    assert links == [f"{BASE}other/", BASE]
    ids = [node.text for node in feed.findall(".//a:id", space)]
    assert len(set(ids)) == 3
    assert HTMLParser(site.html("other")).css_first("[type='application/atom+xml']")


def test_without_changes_there_is_no_feed(site: Any) -> None:
    site.built()
    assert not (site.output / "feed.xml").exists()


@pytest.mark.parametrize(("options", "root"), [((), "/"), (("--base-url", BASE), "/ref/")])
def test_the_page_for_404_works_at_any_depth(
    site: Any, options: tuple[str, ...], root: str
) -> None:
    site.page("404.md", "Try [home](/).\n", title="Not found")
    site.built(*options)
    page = HTMLParser((site.output / "404.html").read_text())
    addresses = [
        node.attributes.get("href") or node.attributes.get("src")
        for node in page.css("a[href]:not([href^='#']), link, script[src]")
    ]
    assert addresses
    assert all(str(address).startswith(root) for address in addresses)
    assert page.css("link[rel=canonical]") == []
    assert "Not found" not in (site.output / "llms.txt").read_text()
    assert not (site.output / "404").exists()


@pytest.mark.slow
def test_the_site_of_the_package_brings_its_data(tmp_path: Any) -> None:
    folder = tmp_path / "site"
    result = CliRunner().invoke(
        docgen, ["build", "-o", str(folder), "--base-url", BASE, "--no-cache"]
    )
    assert result.exit_code == 0, result.output
    rows = json.loads((folder / "vectors.json").read_text())["vectors"]
    assert all(row["clause"]["url"].startswith("https://www.rfc-editor.org/") for row in rows)
    contract = json.loads((folder / "contract.json").read_text())
    assert contract["holds"][0]["clauses"][0]["id"].startswith("RFC ")
    parts = yaml.safe_load((folder / "openapi-preconditions.yaml").read_text())
    assert parts["openapi"] == "3.1.0"
    schema = parts["components"]["schemas"]["PreconditionFailedProblem"]
    assert schema["properties"]["type"]["enum"] == [f"{BASE}problems/precondition-failed/"]


def test_questions_tell_search_engines_their_answers(site: Any) -> None:
    site.write(
        "content/data/faq.toml",
        '[[question]]\nid = "a"\nquestion = "Is `*` a tag?"\n'
        'answer = "**No**: `*` is [no tag](/other/)."\nclauses = ["9110 13.1.1"]\n'
        'asked = "https://forum.example/1"\n',
    )
    site.page("index.md", "{{ faq() }}\n", title="Home")
    site.built()
    data = HTMLParser(site.html()).css_first("script[type='application/ld+json']").text()
    assert json.loads(data)["@graph"][-1] == {
        "@type": "FAQPage",
        "mainEntity": [
            {
                "@type": "Question",
                "name": "Is * a tag?",
                "acceptedAnswer": {"@type": "Answer", "text": "No: * is no tag."},
            }
        ],
    }
