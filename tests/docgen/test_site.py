"""The site of the package itself: what every page has, and what it must not say."""

import gzip
import re
import tomllib
from functools import cache
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote
from urllib.parse import urlsplit

import pytest
from selectolax.lexbor import LexborHTMLParser as HTMLParser
from selectolax.lexbor import LexborNode

from docgen.sources.settings import find_snippets
from flask_preconditions.conformance import load_vectors
from flask_preconditions.core import PRECEDENCE
from flask_preconditions.core import Field
from flask_preconditions.core import Outcome
from flask_preconditions.core import Reason
from flask_preconditions.problems import PROBLEM_TYPES
from flask_preconditions.problems import UNKNOWN

ROOT = Path(__file__).parent.parent.parent
CONTENT = ROOT / "docgen/content"


def output_of(source: Path) -> str:
    """Give the file that a page of the content becomes."""
    path = source.relative_to(CONTENT).with_suffix("")
    if path.name == "404":
        return "404.html"
    return (path.parent if path.name == "index" else path).joinpath("index.html").as_posix()


PAGES = sorted({"index/index.html", *(output_of(source) for source in CONTENT.rglob("*.md"))})

SOURCES = {".py", ".js", ".jsx", ".mjs", ".go", ".java", ".sh", ".xml", ".yml", ".yaml"}


@pytest.fixture(params=PAGES)
def page(request: pytest.FixtureRequest, output: Path) -> HTMLParser:
    return HTMLParser((output / request.param).read_text(encoding="utf-8"))


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
    assert page.css("style, [style], iframe, object, embed, base, form[action]") == []
    assert {script.text().strip() for script in page.css("script[src]")} == {""}
    for script in page.css("script:not([src])"):
        assert script.attributes["type"] == "application/ld+json"
    for node in page.css("*"):
        assert not [name for name in node.attributes if name.startswith("on")]
    loaded = [
        node.attributes.get("src") or node.attributes.get("href")
        for node in page.css("script[src], link:not([rel=canonical]), img, source, video, audio")
    ]
    assert loaded
    assert not [address for address in loaded if urlsplit(str(address)).scheme]


def test_the_assets_load_nothing_from_elsewhere(output: Path) -> None:
    for path in (output / "assets").iterdir():
        if path.name == "search-index.js":  # text of the pages, which is searched
            continue
        text = path.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"https?://|@import|url\(|data:", text), path.name


def file_of(output: Path, name: str, path: str) -> Path:
    """Give the file that a page links to."""
    if path.startswith("/"):
        return output / unquote(path.removeprefix("/"))
    return (output / name).parent / unquote(path) if path else output / name


@pytest.mark.parametrize("name", PAGES)
def test_every_link_leads_to_a_file_and_an_anchor(output: Path, name: str) -> None:
    page = HTMLParser((output / name).read_text(encoding="utf-8"))
    for node in page.css("a[href], link[href], script[src]"):
        address = node.attributes.get("href") or node.attributes.get("src") or ""
        parts = urlsplit(address)
        if parts.scheme:
            assert parts.scheme == "https", address
            continue
        # The page for 404 is shown at any address, so its links start at the host.
        assert parts.path.startswith("/") == (name == "404.html" and bool(parts.path)), address
        file = file_of(output, name, parts.path)
        assert file.is_file(), address
        if parts.fragment:
            target = HTMLParser(file.read_text(encoding="utf-8"))
            assert target.css_first(f"[id='{parts.fragment}']"), address


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_light(output: Path, name: str) -> None:
    page = HTMLParser((output / name).read_text(encoding="utf-8"))
    loaded = page.css("script[src], link[rel=stylesheet], link[rel=icon], img")
    files = [str(node.attributes.get("src") or node.attributes["href"]) for node in loaded]
    assert len(files) < 7
    paths = [output / name, *(file_of(output, name, file) for file in files)]
    assert sum(len(gzip.compress(path.read_bytes())) for path in paths) < 30_000


@cache
def lines_of_the_sources() -> set[str]:
    files = [*find_snippets().rglob("*"), *CONTENT.rglob("*")]
    paths = [
        path
        for path in files
        if path.suffix in SOURCES and path.is_file() and "node_modules" not in path.parts
    ]
    return {line.strip() for path in paths for line in path.read_text().splitlines()}


def test_the_code_shown_is_text_of_the_sources(page: HTMLParser) -> None:
    lines = lines_of_the_sources()
    for figure in page.css("figure.code"):
        if not figure.css_first(".code-file"):
            continue
        shown = figure.css_first("pre").text().splitlines()
        assert {line.strip() for line in shown} <= lines
        assert ":snippet-" not in figure.text()


def test_shown_code_leads_to_the_file_it_comes_from(output: Path) -> None:
    page = HTMLParser((output / "412/index.html").read_text(encoding="utf-8"))
    for panel in page.css(".tabs .tab"):
        file = panel.css_first("a.code-file")
        published = (output / "412" / str(file.attributes["href"])).resolve()
        assert published.name == file.text()
        first = panel.css_first("pre").text().split("\n")[0]
        assert first.strip() in published.read_text(encoding="utf-8")


def test_every_server_shows_its_write(output: Path) -> None:
    page = HTMLParser((output / "412/index.html").read_text(encoding="utf-8"))
    servers = tomllib.loads((find_snippets() / "servers.toml").read_text())
    assert [panel.id for panel in page.css(".tabs .tab")] == [f"write-{name}" for name in servers]


def test_the_evaluation_order_is_the_one_of_the_core(output: Path) -> None:
    page = HTMLParser((output / "evaluation-order/index.html").read_text(encoding="utf-8"))
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
    assert {412, 409, 428, 304, 422, 400} == shown
    page = HTMLParser((output / "which-status/index.html").read_text(encoding="utf-8"))
    shown = {int(node.text()) for node in page.css(".decision th .status")}
    assert shown == {412, 409, 428, 304, 416, 417, 422, 423, 424, 400}
    assert len(page.css(".choice-wrong")) == len(page.css(".choice")) == len(shown)


def test_every_condition_and_validator_has_a_page_with_its_grammar(output: Path) -> None:
    names = [str(field) for field in Field] + ["ETag", "Last-Modified"]
    index = HTMLParser((output / "headers/index.html").read_text(encoding="utf-8"))
    linked = {a.text(): a.attributes["href"] for a in index.css("tbody th a")}
    for name in names:
        page = HTMLParser((output / f"headers/{name.lower()}/index.html").read_text("utf-8"))
        assert page.css_first("h1").text() == name
        assert page.css_first(".grammar code").text().startswith(f"{name} ")
        assert page.css(".vectors tbody tr")
        assert linked[name] == f"../headers/{name.lower()}/index.html"


def test_every_vector_is_shown(output: Path) -> None:
    shown = {
        row.attributes["data-vector"]
        for name in PAGES
        for row in HTMLParser((output / name).read_text(encoding="utf-8")).css("[data-vector]")
    }
    assert shown == {vector.id for vector in load_vectors()}


def test_the_pages_of_headers_reach_every_step_outcome_and_reason(output: Path) -> None:
    by_id = {vector.id: vector for vector in load_vectors()}
    shown = [
        by_id[str(row.attributes["data-vector"])]
        for name in PAGES
        if not name.startswith(("vectors/", "interop/"))
        for row in HTMLParser((output / name).read_text(encoding="utf-8")).css("[data-vector]")
    ]
    assert {vector.expect.outcome for vector in shown} == set(Outcome)
    assert {vector.expect.decided_by for vector in shown} == {*Field, None}
    # A race takes two requests, and a row of the table is one.
    assert {vector.expect.reason for vector in shown} == {*Reason, None} - {Reason.LOST_RACE}
    assert {vector.group for vector in shown} == {vector.group for vector in by_id.values()}


def test_a_case_is_shown_as_the_table_has_it(output: Path) -> None:
    page = HTMLParser((output / "headers/if-match/index.html").read_text(encoding="utf-8"))
    row = page.css_first("[data-vector=if-match-stale-tag]")
    cells = [text_of(cell) for cell in row.css("th, td")]
    assert cells == [
        "A stale tag stops PUT RFC 9110 §13.1.1",
        'PUTIf-Match: "stale"',
        "412 changed",
    ]


def test_every_diagram_has_a_title_and_a_description(output: Path) -> None:
    drawn = 0
    for name in PAGES:
        page = HTMLParser((output / name).read_text(encoding="utf-8"))
        for svg in page.css("article svg"):
            drawn += 1
            # An image would hide the links in it; of a group the texts are heard.
            has_links = bool(svg.css("a"))
            assert svg.attributes["role"] == ("group" if has_links else "img")
            labels = str(svg.attributes["aria-labelledby"]).split()
            tags = [page.css_first(f"[id='{label}']").tag for label in labels]
            assert tags == ["title", "desc"][: 1 if has_links else 2]
            assert svg.css_first("title").text()
            assert svg.css_first("desc").text()
    assert drawn >= 7


def test_a_diagram_has_its_words_beside_it(output: Path) -> None:
    page = HTMLParser((output / "use-cases/lost-update/index.html").read_text(encoding="utf-8"))
    for figure in page.css(".diagram"):
        words = [item.text() for item in figure.css(".diagram-words li")]
        messages = figure.css("svg path.draw-head")
        assert len([line for line in words if " to " in line]) == len(messages) > 0
    page = HTMLParser((output / "evaluation-order/index.html").read_text(encoding="utf-8"))
    assert page.css(".diagram")
    assert page.css("ol.order")


def test_each_use_case_has_a_diagram(output: Path) -> None:
    for name in ("lost-update", "create-once", "revalidate-a-copy", "resume-a-download"):
        page = HTMLParser((output / f"use-cases/{name}/index.html").read_text("utf-8"))
        assert page.css("article svg"), name
        assert page.css("#what-can-go-wrong"), name


def test_related_pages_are_called_what_they_are(output: Path) -> None:
    for name in PAGES:
        page = HTMLParser((output / name).read_text(encoding="utf-8"))
        for link in page.css(".related a"):
            file = (output / name).parent / str(link.attributes["href"])
            title = HTMLParser(file.read_text(encoding="utf-8")).css_first("h1").text()
            assert title in link.text() or file.parent.parent.name != "headers", link.text()


def test_the_problem_pages_cover_every_reason(output: Path) -> None:
    page = HTMLParser((output / "problems/index.html").read_text(encoding="utf-8"))
    named = {node.text() for node in page.css("tbody th code")}
    assert {str(reason) for reason in Reason} <= named


@pytest.mark.parametrize(
    "problem", [*PROBLEM_TYPES.values(), UNKNOWN], ids=lambda problem: problem.slug
)
def test_a_problem_type_opens_the_page_about_it(output: Path, problem: object) -> None:
    uri = problem.uri("/problems/")  # type: ignore[attr-defined]
    page = HTMLParser((output / uri.strip("/") / "index.html").read_text(encoding="utf-8"))
    assert page.css_first("h1").text() == problem.title  # type: ignore[attr-defined]
