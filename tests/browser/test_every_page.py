"""What must hold on every page: no fault, no violation, nothing from elsewhere, light."""

import gzip
import json
import subprocess
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.needs import need

from .conftest import OpenTab
from .conftest import Site
from .conftest import report

HERE = Path(__file__).parent
VNU = HERE / "node_modules/vnu-jar/build/dist/vnu.jar"
AXE = Axe()
BRIEF = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xss4m")  # it ends before more would pay

# WCAG 2.2 and best practices. What depends on colours takes axe nine tenths of its time, and
# is the same wherever the same letters stand on the same ground.
ALL = {"resultTypes": ["violations"]}
COLOURS = {**ALL, "runOnly": ["color-contrast", "link-in-text-block"]}
STRUCTURE = {**ALL, "rules": {rule: {"enabled": False} for rule in COLOURS["runOnly"]}}

# Give what the page writes as no page before it did; three times each, since axe says nothing
# of what another element lies over.
UNJUDGED = """(counts) => {
  const styles = (element) => getComputedStyle(element);
  const isWritten = (element) =>
    element.checkVisibility({ visibilityProperty: true }) && (element.matches("input, select") ||
      [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim()));
  window.unjudged = [...document.body.querySelectorAll("*")].filter(isWritten).filter((element) => {
    const { color, fontSize, fontWeight, textDecoration } = styles(element);
    const look = [element.matches("a"), color, fontSize, fontWeight, textDecoration];
    look.push(styles(element.parentElement).color);
    for (let ground = element; ground; ground = ground.parentElement) {
      const { backgroundColor, backgroundImage, opacity } = styles(ground);
      look.push(backgroundColor, backgroundImage, opacity);
    }
    const key = look.filter((word) => word !== "rgba(0, 0, 0, 0)" && word !== "none").join();
    counts[key] = (counts[key] ?? 0) + 1;
    return counts[key] <= 3;
  });
  return counts;
}"""


def violations(
    page: Page, options: dict[str, object], where: str, within: str = "document"
) -> list[str]:
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.axe_script)
    found = page.evaluate(f"(options) => axe.run({within}, options)", options)["violations"]
    return [
        f"{where}: {rule['id']}: {rule['help']}: {node['html'][:160]}"
        for rule in found
        for node in rule["nodes"]
    ]


@pytest.mark.timeout(900)
def test_no_page_violates_accessibility_rules_in_either_theme(
    open_tab: OpenTab, site: Site
) -> None:
    tab = open_tab(reduced_motion="reduce")  # so that no colour is still on its way
    faults = []
    judged: dict[str, int] = {}
    for name in site.pages:
        page = tab.open(name)
        page.evaluate("document.querySelectorAll('details').forEach((it) => { it.open = true; })")
        faults += violations(page, STRUCTURE, name)
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            judged = page.evaluate(UNJUDGED, judged)
            if page.evaluate("unjudged.length"):
                faults += violations(page, COLOURS, f"{name} ({scheme})", "unjudged")
    report(faults)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_opens_violates_no_accessibility_rules(open_tab: OpenTab, scheme: str) -> None:
    page = open_tab(color_scheme=scheme).open("412/")
    page.get_by_role("tablist").first.get_by_role("tab").last.click()
    faults = violations(page, ALL, "another tab")
    page.keyboard.press("/")
    page.get_by_role("searchbox").fill("if-match")
    page.locator(".search-result").first.wait_for()
    faults += violations(page, ALL, "search")
    page = open_tab(390, color_scheme=scheme).open("412/")
    page.get_by_role("button", name="Menu").click()
    faults += violations(page, ALL, "menu")
    page.keyboard.press("Escape")
    page.locator(".toc-bar summary").click()
    faults += violations(page, ALL, "contents")
    page = open_tab(color_scheme=scheme).open("try/lab/")
    page.get_by_role("button", name="Start").click()
    for truth in ("true", "ignored"):
        page.get_by_role("button", name="Send").click()
        page.locator(f".lab-verdict[data-truth={truth}]").wait_for()
        faults += violations(page, ALL, f"a lesson, {truth}")
    page.get_by_label("Method").select_option("DELETE")
    page.get_by_label("Headers").fill("If-Match: *")  # is done, and is no refusal
    page.get_by_role("button", name="Send").click()
    page.locator(".lab-verdict[data-truth=false]").wait_for()
    faults += violations(page, ALL, "a lesson, failed")
    report(faults)


def test_no_page_has_a_fault_or_asks_elsewhere(open_tab: OpenTab, site: Site) -> None:
    faults = []
    tab = open_tab()
    for name in site.pages:
        tab.open(name)
        faults += [f"{name}: {fault}" for fault in tab.faults]
        if len(tab.requests) > 7:
            faults.append(f"{name}: {len(tab.requests)} requests: {tab.requests}")
        tab.faults.clear()
        tab.requests.clear()
    report(faults)


def test_a_page_with_all_it_needs_is_light(site: Site) -> None:
    names = ("assets/site.css", "assets/site.js", "assets/favicon.svg")
    parts = sum(len(gzip.compress((site.root / name).read_bytes())) for name in names)
    sizes = {name: parts + len(gzip.compress(site.file(name).read_bytes())) for name in site.pages}
    report([f"{name}: {size} bytes" for name, size in sizes.items() if size > 30_000])


def test_every_page_has_what_search_engines_and_readers_expect(site: Site) -> None:
    faults = []
    for name in site.pages:
        html = site.file(name).read_text(encoding="utf-8")
        faults += [
            f"{name}: {text} {html.count(text)} times"
            for text in ("<h1>", "<title>", 'name="description"', "application/ld+json", "<main ")
            if html.count(text) != 1
        ]
        faults += [f"{name}: {text}" for text in (" style=", " onclick=", "<style") if text in html]
    report(faults)


@pytest.mark.timeout(900)
def test_every_page_is_valid_html(site: Site) -> None:
    need("java", "npm")
    assert VNU.exists(), f"the Nu validator is not here; type: npm install --prefix {HERE}"
    files = [str(site.file(name)) for name in site.pages]
    done = subprocess.run(
        ["java", *BRIEF, "-jar", str(VNU), "--format", "json", "--exit-zero-always", *files],
        capture_output=True,
        text=True,
        check=True,
    )
    report(
        [
            f"{message['url'].removeprefix(f'file:{site.root}')}:{message.get('lastLine')}: "
            f"{message['message']} {message.get('extract', '')!r}"
            for message in json.loads(done.stderr)["messages"]
        ]
    )
