"""The site of the package itself: what every page has, and what it must not say."""

import gzip
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote
from urllib.parse import urlsplit

import pytest
from click.testing import CliRunner
from selectolax.lexbor import LexborHTMLParser as HTMLParser
from selectolax.lexbor import LexborNode

from docgen.cli import docgen
from docgen.servers import find_snippets
from flask_preconditions.core import PRECEDENCE
from flask_preconditions.core import Reason
from flask_preconditions.problems import PROBLEM_TYPES

ROOT = Path(__file__).parent.parent.parent
PAGES = [
    "index.html",
    "412/index.html",
    "problems/index.html",
    *(f"problems/{problem.slug}/index.html" for problem in PROBLEM_TYPES.values()),
    "extension/index.html",
    "extension/api/index.html",
    "extension/decisions/index.html",
    "extension/models/index.html",
    "extension/operation/index.html",
    "extension/policies/index.html",
]

BLOCKS = ("p", "li", "dd", "td", "div.fact", "h1", "h2", "h3")


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    result = CliRunner().invoke(docgen, ["build", "-o", str(folder)])
    assert result.exit_code == 0, result.output
    return folder


@pytest.fixture(params=PAGES)
def page(request: pytest.FixtureRequest, output: Path) -> HTMLParser:
    return HTMLParser((output / request.param).read_text(encoding="utf-8"))


def blocks_of(page: HTMLParser) -> Iterator[LexborNode]:
    """Give the smallest blocks of text in the article, outside code."""
    for node in page.css("article " + ", article ".join(BLOCKS)):
        if not node.css("p, li, td"):
            yield node


def text_of(node: LexborNode) -> str:
    return " ".join(node.text().split())


def test_these_are_all_the_pages(output: Path) -> None:
    assert {path.relative_to(output).as_posix() for path in output.rglob("*.html")} == set(PAGES)


def test_a_page_names_itself(page: HTMLParser) -> None:
    assert page.css_first("html").attributes["lang"] == "en"
    assert page.css_first("title").text()
    assert len(page.css_first("meta[name=description]").attributes["content"] or "") >= 20
    assert len(page.css("h1")) == 1
    assert len(page.css("main")) == 1
    assert page.css_first("a.skip").attributes["href"] == "#main"


def test_headings_do_not_skip_a_level_and_ids_are_unique(page: HTMLParser) -> None:
    levels = [int((node.tag or "h1")[1]) for node in page.css("h1, h2, h3, h4")]
    assert all(after - before <= 1 for before, after in pairwise(levels))
    ids = [node.id for node in page.css("[id]")]
    assert len(ids) == len(set(ids))


def test_nothing_is_inline_and_nothing_comes_from_elsewhere(page: HTMLParser) -> None:
    assert page.css("style, [style], iframe, object, embed, base, form") == []
    assert [script.text().strip() for script in page.css("script")] == [""]
    for node in page.css("*"):
        assert not [name for name in node.attributes if name.startswith("on")]
    loaded = [
        node.attributes.get("src") or node.attributes.get("href")
        for node in page.css("script, link, img, source, video, audio")
    ]
    assert loaded
    assert not [address for address in loaded if urlsplit(str(address)).scheme]


def test_the_assets_load_nothing_from_elsewhere(output: Path) -> None:
    for path in (output / "assets").iterdir():
        text = path.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"https?://|@import|url\(|data:", text), path.name


@pytest.mark.parametrize("name", PAGES)
def test_every_link_leads_to_a_file_and_an_anchor(output: Path, name: str) -> None:
    page = HTMLParser((output / name).read_text(encoding="utf-8"))
    for node in page.css("a[href], link[href], script[src]"):
        address = node.attributes.get("href") or node.attributes.get("src") or ""
        parts = urlsplit(address)
        if parts.scheme:
            assert parts.scheme == "https", address
            continue
        assert not parts.path.startswith("/"), address
        file = (output / name).parent / unquote(parts.path) if parts.path else output / name
        assert file.is_file(), address
        if parts.fragment:
            target = HTMLParser(file.read_text(encoding="utf-8"))
            assert target.css_first(f"[id='{parts.fragment}']"), address


def test_a_page_is_light(output: Path) -> None:
    files = [output / "412/index.html", *(output / "assets").iterdir()]
    assert sum(len(gzip.compress(file.read_bytes())) for file in files) < 30_000


def test_the_code_shown_is_text_of_the_sources(page: HTMLParser) -> None:
    sources = [path.read_text() for path in find_snippets().glob("*/app.py")]
    lines = {line.strip() for source in sources for line in source.splitlines()}
    for figure in page.css("figure.code"):
        if not figure.css_first(".code-file"):
            continue
        shown = figure.css_first("pre").text().splitlines()
        assert {line.strip() for line in shown} <= lines
        assert ":snippet-" not in figure.text()


def test_both_servers_show_the_same_regions(output: Path) -> None:
    page = HTMLParser((output / "412/index.html").read_text(encoding="utf-8"))
    groups = [[panel.id for panel in tabs.css(".tab")] for tabs in page.css(".tabs")]
    assert groups == [[f"{r}-flask", f"{r}-fastapi"] for r in ("store", "read", "write")]


def test_the_evaluation_order_is_the_one_of_the_core(output: Path) -> None:
    page = HTMLParser((output / "412/index.html").read_text(encoding="utf-8"))
    steps = page.css(".order-step")[1:-1]
    shown = [
        (step.css_first(".order-number").text(), step.css_first(".order-head code").text())
        for step in steps
    ]
    assert shown == [(str(rule.number), str(rule.field)) for rule in PRECEDENCE]
    for step, rule in zip(steps, PRECEDENCE, strict=True):
        assert rule.clause.url in [a.attributes["href"] for a in step.css("a.clause")]
        exits = {int(node.text()) for node in step.css(".status")}
        outcomes = (rule.if_false, rule.if_false_on_read)
        assert exits == {outcome.status for outcome in outcomes if outcome}


def test_the_decision_table_has_the_neighbours(output: Path) -> None:
    page = HTMLParser((output / "412/index.html").read_text(encoding="utf-8"))
    shown = {int(node.text()) for node in page.css(".decision th .status")}
    assert {412, 409, 428, 304, 422} <= shown


def test_the_problem_pages_cover_every_reason(output: Path) -> None:
    page = HTMLParser((output / "problems/index.html").read_text(encoding="utf-8"))
    named = {node.text() for node in page.css("tbody th code")}
    assert {str(reason) for reason in Reason} <= named


@pytest.mark.parametrize("problem", PROBLEM_TYPES.values(), ids=lambda problem: problem.slug)
def test_a_problem_type_opens_the_page_about_it(output: Path, problem: object) -> None:
    uri = problem.uri("/problems/")  # type: ignore[attr-defined]
    page = HTMLParser((output / uri.strip("/") / "index.html").read_text(encoding="utf-8"))
    assert page.css_first("h1").text() == problem.title  # type: ignore[attr-defined]


# What pages on this status get wrong again and again.


def test_a_word_of_the_law_has_its_clause(page: HTMLParser) -> None:
    for node in blocks_of(page):
        if re.search(r"\b(MUST|SHOULD|MAY)\b", node.text()):
            block = node if node.css("a.clause") else node.parent
            assert block is not None
            assert block.css("a.clause"), text_of(node)


def test_no_text_says_what_is_false_about_412(page: HTMLParser) -> None:
    article = text_of(page.css_first("article"))
    for wrong in ("7807", "7232", "Payload Too Large", "credentials refreshed"):
        assert wrong not in article
    if text_of(page.css_first("h1")) != "API":  # whose functions can send any header
        assert "Authorization" not in article
    assert not re.search(r"\bvalidat(e|es|ed|ion)\b", article), "no reason for a 412"
    for node in blocks_of(page):
        text = text_of(node)
        if "cacheable" in text.lower():
            assert "§15.1" in text_of(node if "§15.1" in text else node.parent or node)
        assert "Retry-After" not in text


def test_no_exchange_is_typed_by_hand() -> None:
    for path in (ROOT / "docgen/content").rglob("*.md"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"^```(http|json)|HTTP/1\.1|^\s*HTTP/2", text, re.M), path.name


def test_the_text_is_about_the_thing_itself(output: Path) -> None:
    for path in output.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert str(ROOT) not in text
        assert str(output) not in text
