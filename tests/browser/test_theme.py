"""Light, dark, or as the system has it."""

from playwright.sync_api import Page
from playwright.sync_api import expect

from .conftest import OpenTab

BACKGROUND = "getComputedStyle(document.body).backgroundColor"
DARK = "rgb(14, 17, 23)"
LIGHT = "rgb(255, 255, 255)"


def theme(page: Page) -> Page:
    return page.get_by_role("button", name="Theme")


def test_the_button_goes_round_and_says_where_it_is(open_tab: OpenTab) -> None:
    page = open_tab(color_scheme="dark").open()
    seen = []
    for _ in range(4):
        seen.append((theme(page).inner_text(), page.evaluate(BACKGROUND)))
        theme(page).click()
    assert seen == [
        ("Theme: system", DARK),
        ("Theme: light", LIGHT),
        ("Theme: dark", DARK),
        ("Theme: system", DARK),
    ]


def test_a_choice_is_there_before_anything_is_drawn(open_tab: OpenTab) -> None:
    tab = open_tab(color_scheme="light")
    page = tab.open()
    theme(page).click()
    theme(page).click()
    # The first frame of the next page already has it: it is set while the head is read.
    page.context.add_init_script(
        "new MutationObserver((_, it) => { if (!document.body) return; it.disconnect();"
        " window.themeAtBody = document.documentElement.dataset.theme; })"
        ".observe(document, { childList: true, subtree: true });"
    )
    tab.open("412/")
    assert page.evaluate("window.themeAtBody") == "dark"
    assert page.evaluate(BACKGROUND) == DARK


def test_a_choice_reaches_the_other_tabs(open_tab: OpenTab) -> None:
    tab = open_tab(color_scheme="light")
    page = tab.open()
    other = page.context.new_page()
    other.goto(f"{tab.base}/412/")
    theme(page).click()
    theme(page).click()
    expect(other.locator("html")).to_have_attribute("data-theme", "dark")
