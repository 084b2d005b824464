"""Two clients and one document, at the service worker that answers them in the browser."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page
from playwright.sync_api import Response
from playwright.sync_api import expect

from .conftest import OpenTab
from .conftest import Site
from .server import serving

HERE = "try/two-tabs/"
SEND = """async ([method, fields, body]) => {
  const answer = await fetch("../docs/x", {
    method, headers: fields, body: body && JSON.stringify(body) });
  return [answer.status, answer.headers.get("ETag"), await answer.text()];
}"""


@pytest.fixture
def page(open_tab: OpenTab) -> Iterator[Page]:
    tab = open_tab()
    page = tab.open(HERE)
    expect(page.locator(".pair-tool")).to_be_visible()
    assert tab.faults == []
    yield page
    # A browser notes each refusal in its console.
    tab.faults[:] = [fault for fault in tab.faults if "a status of 4" not in fault]


def edit(page: Page, name: str, text: str) -> None:
    client = page.get_by_role("group", name=name)
    client.get_by_label("Shopping list").fill(text)
    client.get_by_role("button", name="Save").click()


def read(page: Page, name: str) -> None:
    page.get_by_role("group", name=name).get_by_role("button", name="Read").click()
    expect(page.get_by_role("group", name=name)).to_contain_text("It read")


def answer_of(page: Page, name: str) -> str:
    return page.get_by_role("group", name=name).get_by_role("status").inner_text()


def send(page: Page, method: str, fields: dict[str, str], body: object = None) -> list[object]:
    found: list[object] = page.evaluate(SEND, [method, fields, body])
    return found


def test_without_a_condition_a_change_is_lost_and_with_one_it_is_not(page: Page) -> None:
    read(page, "Ada")
    read(page, "Ben")
    edit(page, "Ada", "Milk, eggs")
    expect(page.locator(".pair-stored")).to_contain_text("Milk, eggs")
    edit(page, "Ben", "Milk, bread")
    verdict = page.locator(".pair-verdict")
    expect(verdict).to_contain_text("Ada's change “Milk, eggs” is gone")
    assert answer_of(page, "Ben").startswith("204")

    page.get_by_label("Send If-Match").check()
    page.get_by_role("button", name="Begin again").click()
    expect(page.locator(".pair-stored")).to_contain_text("Milk")
    read(page, "Ada")
    read(page, "Ben")
    edit(page, "Ada", "Milk, eggs")
    expect(page.locator(".pair-stored")).to_contain_text("Milk, eggs")
    with page.expect_response("**/docs/shared") as caught:
        edit(page, "Ben", "Milk, bread")
    answer: Response = caught.value
    assert answer.status == 412
    assert answer.from_service_worker
    assert answer.headers["content-type"] == "application/problem+json"
    expect(verdict).to_contain_text("No update is lost")
    expect(page.locator(".pair-stored")).to_contain_text("Milk, eggs")
    read(page, "Ben")
    edit(page, "Ben", "Milk, eggs, bread")
    expect(page.locator(".pair-stored")).to_contain_text("Milk, eggs, bread")


def test_who_has_seen_a_change_may_replace_it(page: Page) -> None:
    read(page, "Ada")
    edit(page, "Ada", "Milk, eggs")
    expect(page.locator(".pair-stored")).to_contain_text("eggs")
    read(page, "Ben")
    edit(page, "Ben", "Bread")
    expect(page.locator(".pair-stored")).to_contain_text("Bread")
    expect(page.locator(".pair-verdict")).to_have_text("")


def test_of_many_writers_with_one_tag_one_succeeds(page: Page) -> None:
    _, tag, _ = send(page, "PUT", {"If-None-Match": "*"}, {"n": 0})
    assert tag is None  # what PUT stores is not what came
    _, tag, _ = send(page, "GET", {})
    statuses = page.evaluate(
        """(tag) => Promise.all([...Array(20).keys()].map(async (n) => {
            const headers = { "If-Match": tag };
            const body = JSON.stringify({ n });
            return (await fetch("../docs/x", { method: "PUT", headers, body })).status;
        }))""",
        tag,
    )
    assert sorted(statuses) == [204] + [412] * 19


def test_a_document_that_is_made_again_has_no_tag_of_its_past(page: Page) -> None:
    send(page, "PUT", {"If-None-Match": "*"}, {})
    _, old, _ = send(page, "GET", {})
    assert send(page, "DELETE", {"If-Match": str(old)})[0] == 204
    assert send(page, "PUT", {"If-None-Match": "*"}, {})[0] == 201
    assert send(page, "PUT", {"If-Match": str(old)}, {})[0] == 412
    assert send(page, "GET", {"If-None-Match": str(old)})[0] == 200
    _, new, _ = send(page, "GET", {})
    assert send(page, "GET", {"If-None-Match": str(new)})[0] == 304
    assert send(page, "PUT", {}, {})[0] == 428


def test_it_answers_with_its_web_server_gone_and_after_its_own_end(
    open_tab: OpenTab, site: Site
) -> None:
    with serving(site.root) as base:
        page = open_tab(base=base).open(HERE)
        expect(page.locator(".pair-tool")).to_be_visible()
        read(page, "Ada")
        edit(page, "Ada", "Milk, eggs")
        expect(page.locator(".pair-stored")).to_contain_text("eggs")
    session = page.context.new_cdp_session(page)
    session.send("ServiceWorker.enable")
    session.send("ServiceWorker.stopAllWorkers")
    read(page, "Ben")
    assert "Milk, eggs" in answer_of(page, "Ben")


def test_another_tab_has_the_same_document(page: Page, site: Site) -> None:
    read(page, "Ada")
    edit(page, "Ada", "From the first tab")
    expect(page.locator(".pair-stored")).to_contain_text("first tab")
    other = page.context.new_page()
    other.goto(f"{site.base}/{HERE}")
    expect(other.locator(".pair-stored")).to_contain_text("From the first tab")


def test_a_page_that_was_loaded_past_the_worker_says_so(page: Page) -> None:
    session = page.context.new_cdp_session(page)
    session.send("Page.reload", {"ignoreCache": True})
    expect(page.locator(".pair-off")).to_contain_text("Reload it without")
    page.reload()
    expect(page.locator(".pair-tool")).to_be_visible()


def test_the_worker_is_removed_with_what_it_kept(page: Page) -> None:
    page.get_by_role("button", name="Remove the worker").click()
    expect(page.locator(".pair-off")).to_contain_text("are gone")
    assert (
        page.evaluate("navigator.serviceWorker.getRegistrations().then((all) => all.length)") == 0
    )
    page.reload()
    expect(page.locator(".pair-stored")).to_contain_text("Milk")


def test_from_a_file_it_says_what_it_needs(open_tab: OpenTab, site: Site) -> None:
    page = open_tab(base=site.root.as_uri()).open(f"{HERE}index.html")
    expect(page.locator(".pair-off")).to_contain_text("needs a web server")
    expect(page.locator(".pair-tool")).to_be_hidden()


def test_the_keyboard_does_all(page: Page) -> None:
    page.get_by_label("Send If-Match").focus()
    page.keyboard.press("Space")
    for _ in ("Begin again", "Ada's text", "her Read"):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("group", name="Ada")).to_contain_text("It read “Milk”.")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("End")
    page.keyboard.type(", eggs")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".pair-stored")).to_contain_text("Milk, eggs")
