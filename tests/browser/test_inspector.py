"""The inspector in a real browser: pasted, chosen as a file, judged, and nothing sent."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from playwright.sync_api import Page
from playwright.sync_api import expect

from flask_preconditions.inspector import Severity
from flask_preconditions.inspector.inspection import judge
from flask_preconditions.inspector.sources import read
from flask_preconditions.simulator import create_app
from flask_preconditions.testing.clients import serving

from .conftest import OpenTab
from .conftest import Site

HERE = "try/inspect/"
WEAK = 'HTTP/2 200\netag: W/"1"\n\ntext\n'


@pytest.fixture
def page(open_tab: OpenTab) -> Page:
    page = open_tab().open(HERE)
    expect(page.get_by_role("button", name="Inspect")).to_be_visible()
    return page


def test_a_pasted_answer_is_judged_by_keyboard_alone(page: Page, site: Site) -> None:
    page.get_by_label("The record").focus()
    page.keyboard.press("Control+A")
    page.keyboard.insert_text(WEAK)
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".inspect-summary")).to_have_text("1 warning in 1 exchange.")
    finding = page.locator(".inspect-findings li")
    expect(finding).to_contain_text('< ETag: W/"1"')
    href = finding.get_by_role("link").first.get_attribute("href")
    assert href is not None
    file, _, anchor = href.partition("#")
    rules = (site.root / HERE / file).resolve().read_text(encoding="utf-8")
    assert f'id="{anchor}"' in rules
    expect(page.locator(".inspect-unseen")).to_contain_text("no answer was 412")


def test_every_example_shows_what_its_name_says(page: Page) -> None:
    titles = page.locator("#inspect-example option:not([hidden])").all_inner_texts()
    for title in reversed(titles):
        page.get_by_label("Begin with").select_option(title)
        found = "No findings" if title == "Nothing to find" else "1 "
        expect(page.locator(".inspect-summary")).to_contain_text(found)
        expect(page.locator(".inspect-findings li").first).to_be_visible(
            visible=found != "No findings"
        )


def test_a_har_is_chosen_as_a_file(page: Page, tmp_path: Path) -> None:
    asked = {"method": "PUT", "url": "http://h/1", "headers": []}
    answered = {"status": 412, "headers": [{"name": "Retry-After", "value": "<b>5</b>"}]}
    har = tmp_path / "exchange.har"
    har.write_text(json.dumps({"log": {"entries": [{"request": asked, "response": answered}]}}))
    page.get_by_label("or a file").set_input_files(har)
    finding = page.locator(".inspect-findings li", has_text="refusal-retry-after")
    expect(finding).to_contain_text("< Retry-After: <b>5</b>")
    assert page.get_by_label("Begin with").input_value() == "What you pasted"


def test_what_cannot_be_read_is_told(page: Page) -> None:
    page.get_by_label("The record").fill("hello")
    page.get_by_role("button", name="Inspect").click()
    expect(page.get_by_role("alert")).to_contain_text("Record with curl -i or curl -v")
    page.get_by_label("The record").fill("{}")
    page.get_by_role("button", name="Inspect").click()
    expect(page.get_by_role("alert")).to_contain_text("This is no HAR")


def test_it_works_from_a_file_and_sends_nothing(open_tab: OpenTab, site: Site) -> None:
    tab = open_tab(base=site.root.as_uri())
    page = tab.open(f"{HERE}index.html")
    page.get_by_label("The record").fill(WEAK)
    page.get_by_role("button", name="Inspect").click()
    expect(page.locator(".inspect-summary")).to_have_text("1 warning in 1 exchange.")
    loaded = [url.rpartition("/")[2] for url in tab.requests]
    assert [name for name in loaded if name.endswith(".js")][-4:] == [
        *("evaluator.js", "records.js", "rows.js", "facts.js")
    ]


SEND = """async ([url, tag]) => {
    const asked = tag ? {method: "PUT", headers: {"If-Match": tag}, body: "{}"} : {};
    try {
        const got = await fetch(url, asked);
        return [got.status, got.headers.get("ETag")];
    } catch {
        return [0, null];
    }
}"""


@pytest.mark.external
@pytest.mark.parametrize(("fault", "status"), [("", 412), ("no-cors", 0)])
def test_what_chromium_saved_of_a_page_elsewhere_is_judged(
    browser: Browser, tmp_path: Path, fault: str, status: int
) -> None:
    app, file = create_app(), tmp_path / "chromium.har"
    with serving(app) as origin, serving(create_app()) as elsewhere:
        context = browser.new_context(record_har_path=file)
        page = context.new_page()
        page.goto(elsewhere)
        url = f"{origin}/api/lab/me/docs/welcome?fault={fault}".removesuffix("?fault=")
        assert page.evaluate(SEND, [url, None])[0] == 200
        assert page.evaluate(SEND, [url, '"stale"'])[0] == status
        context.close()
    capture = read(file.read_bytes(), "chromium.har")
    assert [rule.id for _, rule in judge(capture) if rule.severity is not Severity.NOTE] == []
    # Chromium hides from its record, too, what it hides from the page.
    assert [why.split(",")[0] for why in capture.left_out] == ["it was not answered"] * (not status)
