"""Copy buttons, and the addresses of headings."""

import pytest
from playwright.sync_api import Page
from playwright.sync_api import expect

from docgen.blocks.highlight import highlight

from .conftest import OpenTab
from .conftest import Site

READ = "navigator.clipboard.readText()"


@pytest.fixture
def page(open_tab: OpenTab, site: Site) -> Page:
    page = open_tab().open("412/")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=site.base)
    return page


def test_a_request_is_copied_as_it_is_shown(page: Page) -> None:
    lane = page.locator(".lane-request").first
    button = lane.get_by_role("button", name="Copy")
    button.click()
    expect(page.get_by_role("status").filter(has_text="Copied")).to_have_count(1)
    assert page.evaluate(READ) == lane.locator("pre").inner_text().strip() + "\n"


def test_every_piece_of_code_has_a_button(page: Page) -> None:
    heads = page.locator(".code-head, .lane-head")
    assert heads.count() == page.locator(".copy").count() > 0


def test_a_terminal_session_is_copied_without_its_prompts(page: Page, site: Site) -> None:
    page.goto(f"{site.base}/extension/publish/")
    session = page.locator(".code", has_text="pip install").first
    assert session.locator("pre").inner_text().startswith("$ pip install")
    session.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("status").filter(has_text="Copied")).to_have_count(1)
    assert page.evaluate(READ) == (
        "pip install 'flask-preconditions[docs]'\nflask --app notes docgen build -o build/site\n"
    )


def test_a_captured_session_is_copied_without_what_came_of_it(page: Page, site: Site) -> None:
    page.goto(f"{site.base}/frameworks/flask/")
    session = page.locator(".session", has_text="flask preconditions check").first
    session.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("status").filter(has_text="Copied")).to_have_count(1)
    (command,) = page.evaluate(READ).splitlines()
    assert command.startswith("flask preconditions check http://127.0.0.1:8000")


def copied(page: Page, code: str, language: str) -> str:
    """Copy code that a page does not happen to show."""
    lane = page.locator(".lane-request").first
    lane.locator("pre").evaluate(
        "(pre, html) => { pre.innerHTML = html; }", highlight(code, language)
    )
    lane.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("status").filter(has_text="Copied")).to_have_count(1)
    return str(page.evaluate(READ))


def test_a_terminal_session_is_copied_without_its_output(page: Page) -> None:
    session = "$ curl -i x \\\n    -o y\nHTTP/1.1 200 OK\n\n5 $\n$ curl -I x  # again\nOK\n"
    assert copied(page, session, "console") == "curl -i x \\\n    -o y\ncurl -I x  # again\n"


def test_the_first_line_keeps_its_indentation(page: Page) -> None:
    assert copied(page, "\n    if x:\n        y()\n\n", "python") == "    if x:\n        y()\n"


def test_an_anchor_copies_the_address_of_its_heading(page: Page, site: Site) -> None:
    page.get_by_role("link", name="Link to “Meaning”").click()
    expect(page.get_by_role("status").filter(has_text="Link copied")).to_have_count(1)
    assert page.evaluate(READ) == page.url == f"{site.base}/412/#meaning"
