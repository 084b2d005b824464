"""The playground in a real browser: composed, decided, shown, linked to."""

import json
import re

import pytest
from playwright.sync_api import Page
from playwright.sync_api import expect

from .conftest import OpenTab
from .conftest import Site

HERE = "try/playground/"


@pytest.fixture
def page(open_tab: OpenTab) -> Page:
    page = open_tab().open(HERE)
    expect(page.locator(".play-decision")).to_contain_text("412 Precondition Failed")
    return page


def test_a_stale_tag_is_there_at_the_start_with_its_answer(page: Page) -> None:
    response = page.locator(".play-response").inner_text()
    assert response.startswith(
        "HTTP/1.1 412 Precondition Failed\nContent-Type: application/problem"
    )
    problem = json.loads(response.partition("\n\n")[2])
    assert problem["reason"] == "changed"
    assert problem["current_etag"] == '"2"'
    assert page.locator("[data-truth='false']").get_attribute("data-step") == "1"


def test_the_decision_follows_what_is_typed(page: Page) -> None:
    page.get_by_label("If-Match", exact=True).fill('"2"')
    expect(page.locator(".play-decision")).to_contain_text("204 No Content")
    assert page.locator("[data-truth='true']").count() == 2
    page.get_by_label("If-Match", exact=True).fill("")
    expect(page.locator(".play-decision")).to_contain_text("428 Precondition Required")
    page.get_by_label("Its server asks for a condition").uncheck()
    expect(page.locator(".play-decision")).to_contain_text("204 No Content")


def test_every_example_names_the_case_that_covers_it(page: Page, site: Site) -> None:
    titles = page.locator("#play-example option:not([hidden])").all_inner_texts()
    assert len(titles) >= 10
    for title in titles:
        page.get_by_label("Begin with").select_option(title)
        case = page.locator(".play-case a")
        expect(case).to_have_count(1)
        href = case.get_attribute("href")
        assert href is not None
        file, _, anchor = href.partition("#")
        text = (site.root / HERE / file).resolve().read_text(encoding="utf-8")
        assert f'id="{anchor}"' in text, title


def test_what_is_no_tag_or_date_of_a_document_is_named(page: Page) -> None:
    page.get_by_label("ETag", exact=True).fill("2")
    expect(page.get_by_role("alert")).to_contain_text('One looks like "v1"')
    page.get_by_label("ETag", exact=True).fill('"2"')
    page.get_by_label("Last-Modified").fill("today")
    expect(page.get_by_role("alert")).to_contain_text("no HTTP date")


def test_a_link_brings_back_what_was_composed(page: Page, open_tab: OpenTab) -> None:
    page.get_by_label("Method").select_option("GET")
    page.get_by_label("If-Match", exact=True).fill("")
    page.get_by_label("If-None-Match").fill('W/"é&#2"')
    page.get_by_label("It exists").uncheck()
    href = page.locator(".play-share").get_attribute("href")
    other = open_tab().open(HERE + str(href))
    expect(other.locator(".play-decision")).to_contain_text("404 Not Found")
    assert other.get_by_label("If-None-Match").input_value() == 'W/"é&#2"'
    assert other.get_by_label("Method").input_value() == "GET"
    assert not other.get_by_label("It exists").is_checked()


@pytest.mark.parametrize(
    ("problem", "decided"),
    [
        ("precondition-failed", "412 Precondition Failed"),
        ("precondition-required", "428 Precondition Required"),
        ("malformed-precondition", "400 Bad Request"),
    ],
)
def test_the_page_of_a_problem_leads_to_its_request(
    open_tab: OpenTab, problem: str, decided: str
) -> None:
    page = open_tab().open(f"problems/{problem}/")
    page.get_by_role("link", name="Try this one in the playground").click()
    expect(page.locator(".play-decision")).to_contain_text(decided)


@pytest.mark.parametrize(
    ("language", "shown"),
    [
        ("HTTP", '^PUT /docs/1 HTTP/1.1\nHost: api.example\nIf-Match: "it\'s"'),
        ("curl", r"-H 'If-Match: \"it'\\''s\"'"),
        ("fetch", r'"If-Match": "\\"it\'s\\""'),
        ("httpx", r'"If-Match": "\\"it\'s\\"",'),
        ("Hurl", r"\nHTTP 412$"),
    ],
)
def test_the_request_is_shown_in_other_languages(page: Page, language: str, shown: str) -> None:
    page.get_by_label("If-Match", exact=True).fill('"it\'s"')
    page.get_by_label("The request as").select_option(language)
    assert re.search(shown, page.locator(".play-request").inner_text())


def test_it_works_from_a_file(open_tab: OpenTab, site: Site) -> None:
    page = open_tab(base=site.root.as_uri()).open(f"{HERE}index.html")
    expect(page.locator(".play-decision")).to_contain_text("412 Precondition Failed")
