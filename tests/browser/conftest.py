"""The built site in a real browser."""

import os
import shutil
from collections.abc import Callable
from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import field
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from playwright.sync_api import Browser
from playwright.sync_api import BrowserContext
from playwright.sync_api import ConsoleMessage
from playwright.sync_api import Page
from playwright.sync_api import Request
from playwright.sync_api import sync_playwright

from docgen.cli import docgen

from .server import serving

ARGUMENTS = [
    *("--no-sandbox", "--disable-gpu", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]
NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
INSTALL = "sudo apt-get install chromium"

# What the policy of the server stops is told to the page; it is kept for the test.
NOTE_VIOLATIONS = """
addEventListener("securitypolicyviolation", (event) => {
  console.error(`policy: ${event.violatedDirective} stopped ${event.blockedURI}`);
});
"""


def chromium() -> str | None:
    return next((found for name in NAMES if (found := shutil.which(name))), None)


# A module of its own: while it lives, an event loop runs in the thread of the tests.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = chromium()
    if path is None:
        message = f"Chromium is not installed; type: {INSTALL}"
        if "CI" in os.environ:
            pytest.fail(message)
        pytest.skip(message)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@dataclass(frozen=True)
class Site:
    """The site, on disk and served.

    :param base: its address, without a slash at the end.
    :param pages: the address of every page below the root: ``412/``, ``404.html``.
    """

    root: Path
    base: str
    pages: list[str]

    def file(self, page: str) -> Path:
        return self.root / page / "index.html" if not page.endswith(".html") else self.root / page


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    root = tmp_path_factory.mktemp("site")
    result = CliRunner().invoke(docgen, ["build", "-o", str(root)])
    assert result.exit_code == 0, result.output
    found = sorted(path.relative_to(root).as_posix() for path in root.rglob("*.html"))
    pages = [name.removesuffix("index.html") for name in found]
    with serving(root) as base:
        yield Site(root, base, pages)


@dataclass
class Tab:
    """A page of the browser, and all that went wrong in it or left the site."""

    page: Page
    base: str
    faults: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.faults.append(f"error: {error}"))
        self.page.on("requestfailed", self._miss)
        self.page.on("request", self._count)

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.faults.append(f"console: {message.text}")

    def _miss(self, request: Request) -> None:
        if request.failure != "net::ERR_ABORTED":  # the test went on to the next page
            self.faults.append(f"{request.failure}: {request.url}")

    def _count(self, request: Request) -> None:
        self.requests.append(request.url)
        if not request.url.startswith(f"{self.base}/"):
            self.faults.append(f"left the site: {request.url}")

    def open(self, path: str = "") -> Page:
        self.page.goto(f"{self.base}/{path}")
        return self.page


def report(faults: list[str]) -> None:
    """Fail with all that was found, one a line."""
    if faults:
        pytest.fail("\n".join([f"{len(faults)} faults", *faults]), pytrace=False)


OpenTab = Callable[..., Tab]


@pytest.fixture
def open_tab(browser: Browser, site: Site) -> Iterator[OpenTab]:
    """Open a tab with a memory of its own; nothing may go wrong in it."""
    contexts: list[BrowserContext] = []
    tabs: list[Tab] = []

    def open_tab(width: int = 1440, *, base: str = site.base, **options: Any) -> Tab:
        context = browser.new_context(viewport={"width": width, "height": 900}, **options)
        context.set_default_timeout(10_000)
        context.add_init_script(NOTE_VIOLATIONS)
        contexts.append(context)
        tabs.append(Tab(context.new_page(), base))
        return tabs[-1]

    yield open_tab
    for context in contexts:
        context.close()
    report([fault for tab in tabs for fault in tab.faults])


@pytest.fixture
def page(open_tab: OpenTab) -> Page:
    """A tab on the page on 412."""
    return open_tab().open("412/")
