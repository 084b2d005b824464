"""What scripts and people in Chromium see of conditional requests."""

import shutil
from collections.abc import Callable
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from playwright.sync_api import Page
from playwright.sync_api import sync_playwright

from .recorder import Recorder
from .recorder import recorder

Seen = dict[str, Any]

FETCH = """async ([url, method, headers]) => {
  try {
    const response = await fetch(url, {method, headers, body: method === "PUT" ? "{}" : undefined});
    return {resolves: true, ok: response.ok, status: response.status,
            etag: response.headers.get("etag"), body: (await response.text()).length > 0};
  } catch (error) {
    return {resolves: false, error: error.name};
  }
}"""

XHR = """([url, tag]) => new Promise((done) => {
  const request = new XMLHttpRequest();
  request.onload = () => done({event: "load", status: request.status});
  request.onerror = () => done({event: "error", status: request.status});
  request.open("PUT", url);
  request.setRequestHeader("If-Match", tag);
  request.send("{}");
})"""

IF_MATCH = {"If-Match": '"v1"'}


@dataclass
class Browser:
    """A page of one origin, that origin's server, and the server of another origin."""

    version: str
    page: Page
    own: Recorder
    other: Recorder
    console: list[str]

    def fetch(
        self, server: Recorder, path: str, method: str = "PUT", headers: object = None, **query: str
    ) -> Seen:
        """Call ``fetch`` in the page."""
        server.take()
        added = urlencode({name.replace("_", "-"): value for name, value in query.items()})
        sent = IF_MATCH if headers is None else headers
        seen: Seen = self.page.evaluate(FETCH, [f"{server.base}{path}?{added}", method, sent])
        return seen

    @property
    def cors(self) -> dict[str, str]:
        """What lets the page read the other origin, and send it a condition."""
        return {
            "Access_Control_Allow_Origin": self.own.base,
            "Access_Control_Allow_Methods": "PUT",
            "Access_Control_Allow_Headers": "If-Match, If-None-Match",
        }


@contextmanager
def open_browser() -> Iterator[Browser]:
    """Start Chromium without a cache from before."""
    with ExitStack() as stack:
        own, other = (stack.enter_context(recorder()) for _ in range(2))
        playwright = stack.enter_context(sync_playwright())
        # A sandbox needs rights that root in a container has not.
        chromium = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        stack.callback(chromium.close)
        page = chromium.new_page()
        console: list[str] = []
        page.on("console", lambda message: console.append(message.text))
        page.goto(f"{own.base}/page")
        own.take()
        yield Browser(chromium.version, page, own, other, console)


def fetch_412(browser: Browser) -> Seen:
    return browser.fetch(browser.own, "/412")


def fetch_428(browser: Browser) -> Seen:
    return browser.fetch(browser.own, "/428", headers={})


def xhr_412(browser: Browser) -> Seen:
    seen: Seen = browser.page.evaluate(XHR, [f"{browser.own.base}/412", '"v1"'])
    return seen


def console_412(browser: Browser) -> Seen:
    browser.console.clear()
    browser.fetch(browser.own, "/412")
    return {"lines": [line.partition(" (")[0] for line in browser.console]}


def fetch_304(browser: Browser) -> Seen:
    seen = browser.fetch(browser.own, "/304", "GET", {"If-None-Match": '"v2"'})
    asked = browser.own.take()[0].fields
    return {**seen, "adds": asked.get("cache-control")}


def own_revalidation(browser: Browser) -> Seen:
    browser.fetch(browser.own, "/cached", "GET", {})
    seen = browser.fetch(browser.own, "/cached", "GET", {})
    asked = browser.own.take()[0].fields
    return {"sends": asked.get("if-none-match"), "script_sees": seen["status"]}


def preflight(browser: Browser) -> Seen:
    seen = browser.fetch(browser.other, "/412", **browser.cors)
    asked = browser.other.take()
    return {
        "methods": [request.method for request in asked],
        "asks_for": asked[0].fields.get("access-control-request-headers"),
        "status": seen["status"],
    }


def preflight_of_a_read(browser: Browser) -> Seen:
    fields = {"If-None-Match": '"v2"'}
    browser.fetch(browser.other, "/cached", "GET", fields, **browser.cors)
    asked = browser.other.take()
    return {
        "methods": [request.method for request in asked],
        "asks_for": asked[0].fields.get("access-control-request-headers"),
    }


def preflight_refused(browser: Browser) -> Seen:
    allowed = browser.cors | {"Access_Control_Allow_Headers": "Content-Type"}
    seen = browser.fetch(browser.other, "/412", **allowed)
    return {**seen, "methods": [request.method for request in browser.other.take()]}


def etag_hidden(browser: Browser) -> Seen:
    seen = browser.fetch(browser.other, "/412", **browser.cors)
    return {"status": seen["status"], "etag": seen["etag"]}


def etag_exposed(browser: Browser) -> Seen:
    exposed = {"Access_Control_Expose_Headers": "ETag"}
    seen = browser.fetch(browser.other, "/412", **browser.cors, **exposed)
    return {"status": seen["status"], "etag": seen["etag"]}


def cors_only_on_the_preflight(browser: Browser) -> Seen:
    seen = browser.fetch(browser.other, "/412", **browser.cors, only="OPTIONS")
    return {**seen, "methods": [request.method for request in browser.other.take()]}


def link_412(browser: Browser) -> Seen:
    assert browser.page.context.browser
    page = browser.page.context.browser.new_page()
    response = page.goto(f"{browser.own.base}/412")
    assert response
    seen = {"status": response.status, "shows": page.inner_text("body")}
    page.close()
    return seen


CLAIMS: dict[str, Callable[[Browser], Seen]] = {
    function.__name__.replace("_", "-"): function
    for function in (
        fetch_412,
        fetch_428,
        xhr_412,
        console_412,
        fetch_304,
        own_revalidation,
        preflight,
        preflight_of_a_read,
        preflight_refused,
        etag_hidden,
        etag_exposed,
        cors_only_on_the_preflight,
        link_412,
    )
}
"""What observes each claim, by the claim's id."""


def observe() -> tuple[str, dict[str, Seen]]:
    """Give the version of Chromium, and what each claim's id looks like in it."""

    def see() -> tuple[str, dict[str, Seen]]:
        with open_browser() as browser:
            return browser.version, {name: look(browser) for name, look in CLAIMS.items()}

    # In a thread of its own: Playwright keeps one event loop a thread, and other tests may
    # have theirs open.
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(see).result()
