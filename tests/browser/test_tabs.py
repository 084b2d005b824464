"""Code in tabs: one choice for all of them, kept, linked to, and moved by keys."""

import pytest
from playwright.sync_api import Page
from playwright.sync_api import expect

from .conftest import OpenTab

SHOWN = """kind => [...document.querySelectorAll(`.tabs[data-tabs="${kind}"]`)].map((root) =>
  [...root.querySelectorAll(".tab")].filter((panel) => !panel.hidden).map((p) => p.dataset.tab))"""


PATH = "use-cases/lost-update/"
"""A page with several groups of one kind and one of another."""


@pytest.fixture
def page(open_tab: OpenTab) -> Page:
    return open_tab().open(PATH)


def shown(page: Page, kind: str = "client") -> list[list[str]]:
    """Give the panels that each group shows."""
    groups: list[list[str]] = page.evaluate(SHOWN, kind)
    assert groups
    return groups


def tab(page: Page, name: str, group: int = 0) -> Page:
    return page.get_by_role("tablist").nth(group).get_by_role("tab", name=name, exact=True)


def test_every_group_shows_one_panel_and_names_it(page: Page) -> None:
    assert all(len(group) == 1 for kind in ("client", "server") for group in shown(page, kind))
    panel = page.get_by_role("tabpanel").first
    name = page.locator(f"#{panel.get_attribute('aria-labelledby')}")
    expect(name).to_have_attribute("aria-selected", "true")


def test_one_choice_moves_every_group_and_is_kept(page: Page) -> None:
    tab(page, "Go").click()
    assert {name for group in shown(page) for name in group} == {"go"}
    page.reload()
    assert {name for group in shown(page) for name in group} == {"go"}


def test_the_tab_that_was_pressed_stays_where_it_is(page: Page) -> None:
    pressed = tab(page, "Go", 1)
    pressed.scroll_into_view_if_needed()
    before = pressed.bounding_box()
    pressed.click()
    after = pressed.bounding_box()
    assert before
    assert after
    assert abs(before["y"] - after["y"]) < 2


def test_arrows_move_and_select_and_go_round(page: Page) -> None:
    names = page.get_by_role("tablist").first.get_by_role("tab")
    last = names.count() - 1
    names.nth(0).focus()
    page.keyboard.press("ArrowLeft")
    expect(names.nth(last)).to_be_focused()
    expect(names.nth(last)).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowRight")
    expect(names.nth(0)).to_be_focused()
    page.keyboard.press("End")
    expect(names.nth(last)).to_be_focused()
    page.keyboard.press("Home")
    expect(names.nth(0)).to_have_attribute("aria-selected", "true")


def test_only_the_chosen_tab_is_in_the_tab_order(page: Page) -> None:
    names = page.get_by_role("tablist").first.get_by_role("tab")
    stops = names.evaluate_all("(tabs) => tabs.filter((tab) => tab.tabIndex === 0).length")
    assert stops == 1


def test_an_address_names_the_language(open_tab: OpenTab) -> None:
    page = open_tab().open(f"{PATH}?lang=go")
    assert {name for group in shown(page) for name in group} == {"go"}
    tab(page, "Java").click()
    assert page.url.endswith("?lang=java")


def test_a_language_that_is_not_there_changes_nothing(open_tab: OpenTab) -> None:
    page = open_tab().open(f"{PATH}?lang=cobol")
    assert all(len(group) == 1 for group in shown(page))


def test_the_address_of_a_panel_opens_it(open_tab: OpenTab) -> None:
    page = open_tab().open(f"{PATH}#conflict-go")
    expect(page.locator("#conflict-go")).to_be_in_viewport()
    assert shown(page) == [["go"], ["go"]]
    page.evaluate("location.hash = 'update-java'")
    expect(page.locator("#update-java")).to_be_in_viewport()
    assert shown(page) == [["java"], ["java"]]
