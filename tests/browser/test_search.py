"""The search: opened by keys, moved through by keys, offline."""

import gzip
import json
import tomllib
from pathlib import Path

import pytest
from playwright.sync_api import Page
from playwright.sync_api import expect

from docgen.site.search import STOP
from docgen.site.search import Entry
from docgen.site.search import decode_entry
from docgen.site.search import tokens

from ..docgen.ranking import rank
from ..docgen.ranking import terms
from .conftest import OpenTab
from .conftest import Site

QUERIES = tomllib.loads((Path(__file__).parents[1] / "docgen/queries.toml").read_text())


def open_search(page: Page) -> None:
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()


def search(page: Page, query: str) -> None:
    open_search(page)
    page.get_by_role("searchbox").fill(query)
    expect(page.locator(".search-count")).to_contain_text("result")


def read_index(site: Site) -> list[Entry]:
    text = (site.root / "assets/search-index.js").read_text()
    raw = json.loads(text.removeprefix("window.docgenIndex=").removesuffix(";\n"))
    return [decode_entry(json.dumps(entry).encode()) for entry in raw]


def test_nothing_is_loaded_until_it_is_wanted(open_tab: OpenTab) -> None:
    tab = open_tab()
    page = tab.open("412/")
    assert not any("search" in url for url in tab.requests)
    with page.expect_response("**/search-index.js"), page.expect_response("**/search.js"):
        page.get_by_role("button", name="Search").focus()
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_keys_open_it_and_escape_closes_it(page: Page) -> None:
    for keys in ("/", "Control+k", "Meta+k"):
        page.keyboard.press(keys)
        expect(page.get_by_role("searchbox")).to_be_focused()
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_have_count(0)


def test_a_slash_that_is_typed_stays_one(page: Page) -> None:
    open_search(page)
    page.keyboard.type('W/"')
    assert page.get_by_role("searchbox").input_value() == 'W/"'


def test_arrows_move_and_enter_opens(page: Page) -> None:
    search(page, "malformed precondition")
    results = page.locator(".search-result")
    page.keyboard.press("ArrowDown")
    expect(results.nth(0)).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(results.nth(1)).to_be_focused()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url("**/problems/malformed-precondition/**")


def test_typing_goes_on_from_a_result(page: Page) -> None:
    search(page, "lost")
    page.keyboard.press("ArrowDown")
    page.keyboard.type("x")
    assert page.get_by_role("searchbox").input_value() == "lostx"


def test_a_result_on_the_same_page_closes_the_dialog(page: Page) -> None:
    search(page, "precondition failed meaning")
    page.locator('.search-result[href*="/412/"][href$="#meaning"]').click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.locator("#meaning")).to_be_in_viewport()


def test_what_was_found_is_marked_where_it_stands(page: Page) -> None:
    search(page, "If-Match")
    marked = page.locator(".search-result mark").all_inner_texts()
    assert marked
    assert {text.lower() for text in marked} == {"if-match"}


def test_nothing_found_is_said(page: Page) -> None:
    page.keyboard.press("/")
    page.get_by_role("searchbox").fill("qqqq")
    expect(page.get_by_role("status").filter(has_text="Nothing has “qqqq”.")).to_have_count(1)


def test_a_query_in_the_address_opens_it(open_tab: OpenTab) -> None:
    page = open_tab().open("?q=428")
    expect(page.locator(".search-result").first).to_be_visible()
    assert page.get_by_role("searchbox").input_value() == "428"


def test_the_browser_and_the_model_agree_on_every_query(open_tab: OpenTab, site: Site) -> None:
    entries = read_index(site)
    page = open_tab().open()
    open_search(page)
    mistakes = []
    for query in [*QUERIES["same"], *QUERIES["slips"], "412 react zzzz", "weakk proxyes"]:
        found = page.evaluate("(query) => docgen.search.find(query)", query)
        if found != rank(entries, query):
            mistakes.append((query, found[:5], rank(entries, query)[:5]))
    assert mistakes == []


def test_the_browser_reads_words_as_the_index_does(open_tab: OpenTab) -> None:
    page = open_tab().open()
    open_search(page)
    for text in [*QUERIES["words"], *(f"{word} other" for word in STOP)]:
        split = page.evaluate("(text) => docgen.search.words(text)", text)
        assert split == {"tokens": list(tokens(text)), "terms": terms(text)}, text


@pytest.mark.parametrize(("table", "within"), [("first", 1), ("slips", 1), ("near", 3)])
def test_readers_find_what_they_ask_for(
    open_tab: OpenTab, site: Site, table: str, within: int
) -> None:
    page = open_tab().open()
    open_search(page)
    mistakes = []
    for query, expected in QUERIES[table].items():
        found = page.evaluate("(query) => docgen.search.find(query)", query)
        pages = [href.partition("#")[0].removesuffix("index.html") for href in found]
        if expected not in [*dict.fromkeys(pages)][:within]:
            mistakes.append(f"{query}: {expected} expected, found {pages[:3]}")
    assert mistakes == []


def test_most_of_what_others_asked_is_among_the_first_three(open_tab: OpenTab, site: Site) -> None:
    page = open_tab().open()
    open_search(page)
    missed = []
    for query, expected in QUERIES["asked"].items():
        found = page.evaluate("(query) => docgen.search.find(query)", query)
        pages = [href.partition("#")[0].removesuffix("index.html") for href in found]
        if not {*expected} & {*[*dict.fromkeys(pages)][:3]}:
            missed.append(f"{query}: {expected} expected, found {pages[:3]}")
    assert len(missed) <= len(QUERIES["asked"]) // 5, missed


def test_what_was_not_typed_is_said_and_marked(page: Page) -> None:
    search(page, "precondtion zzzz")
    expect(page.locator(".search-count")).to_contain_text("Nothing has “precondtion zzzz”.")
    assert {text.lower() for text in page.locator(".search-result mark").all_inner_texts()} == {
        "precondition"
    }


def test_the_index_is_light(site: Site) -> None:
    packed = gzip.compress((site.root / "assets/search-index.js").read_bytes())
    assert len(packed) <= 60_000
