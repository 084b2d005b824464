"""Copy buttons, and the addresses of headings."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from http.server import ThreadingHTTPServer

import pytest
from playwright.sync_api import Page
from playwright.sync_api import expect

from docgen.blocks.highlight import highlight
from tests.needs import need

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


@dataclass
class Echo:
    """A server that keeps the requests it gets."""

    base: str
    seen: list[tuple[str, str, dict[str, str], str]]


@pytest.fixture
def echo() -> Iterator[Echo]:
    seen: list[tuple[str, str, dict[str, str], str]] = []

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            fields = {name.lower(): value for name, value in self.headers.items()}
            if self.path != "/favicon.ico":  # of the browser's own accord
                seen.append((self.command, self.path, fields, body))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_GET = do_PUT = do_PATCH = do_DELETE = answer

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield Echo(f"http://127.0.0.1:{server.server_port}", seen)
        finally:
            server.shutdown()
            thread.join()


def send_by(form: str, code: str, page: Page, echo: Echo) -> None:
    if form == "fetch":
        other = page.context.new_page()
        other.goto(f"{echo.base}/")
        echo.seen.clear()
        other.evaluate(f"async () => {{ {code} }}")
        other.close()
        return
    command = {"curl": ["bash", "-c", code], "httpx": [sys.executable, "-c", code]}[form]
    subprocess.run(command, check=True, capture_output=True, timeout=60)


def test_every_request_of_a_page_is_sent_alike_by_what_is_copied(page: Page, echo: Echo) -> None:
    need("curl")
    lanes = page.locator(".lane-request")
    assert lanes.count() > 2
    for lane in lanes.all():
        shown = lane.locator("pre").inner_text().strip()
        head, _, body = shown.partition("\n\n")
        start, *lines = head.split("\n")
        method, target, _ = start.split(" ")
        fields = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
        for form in ("curl", "fetch", "httpx"):
            lane.get_by_label("Copy as").select_option(form)
            page.evaluate("navigator.clipboard.writeText('')")
            lane.get_by_role("button", name="Copy").click()
            page.wait_for_function(f"async () => (await {READ}) !== ''")
            code = page.evaluate(READ).replace("https://api.example", echo.base)
            echo.seen.clear()
            send_by(form, code, page, echo)
            ((sent_method, path, sent, sent_body),) = echo.seen
            assert (sent_method, path) == (method, target)
            assert {name: sent[name] for name in fields} == fields
            assert (sent_body and json.loads(sent_body)) == (body and json.loads(body))
            conditions = {name for name in sent if name.startswith("if-")}
            assert conditions == {name for name in fields if name.startswith("if-")}


def test_the_form_that_was_chosen_is_kept(page: Page, site: Site) -> None:
    page.get_by_label("Copy as").first.select_option("curl")
    page.goto(f"{site.base}/428/")
    chosen = {each.input_value() for each in page.get_by_label("Copy as").all()}
    assert chosen == {"curl"}


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
