"""Copy buttons, and the addresses of headings."""

import pytest
from playwright.sync_api import Page
from playwright.sync_api import expect

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


def test_a_terminal_session_is_copied_without_prompts_and_output(page: Page) -> None:
    page.locator(".lane-request pre").first.evaluate(
        """(pre) => { pre.innerHTML = '<span class="gp">$ </span>curl -i x\\n'
          + '<span class="go">HTTP/1.1 200 OK</span>\\n<span class="gp">$ </span>curl -I x'; }"""
    )
    page.locator(".lane-request").first.get_by_role("button", name="Copy").click()
    assert page.evaluate(READ) == "curl -i x\ncurl -I x\n"


def test_an_anchor_copies_the_address_of_its_heading(page: Page, site: Site) -> None:
    page.get_by_role("link", name="Link to “Meaning”").click()
    expect(page.get_by_role("status").filter(has_text="Link copied")).to_have_count(1)
    assert page.evaluate(READ) == page.url == f"{site.base}/412/#meaning"
