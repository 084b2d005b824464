"""Cards that quote a clause: by mouse, by keyboard, and out of the way again."""

from playwright.sync_api import expect

from .conftest import OpenTab
from .conftest import Site


def test_the_mouse_shows_what_a_clause_says(open_tab: OpenTab) -> None:
    page = open_tab(1366).open("412/")
    clause, card = page.locator("article .clause").first, page.get_by_role("tooltip")
    title = clause.get_attribute("title")
    clause.hover()
    expect(card).to_contain_text("evaluated to false when tested on the server")
    expect(card).to_contain_text(title or "no title")
    assert clause.get_attribute("title") is None  # the browser would show it over the card
    card.hover()  # to read or to copy it
    expect(card).to_be_visible()
    page.locator("h1").hover()
    expect(card).to_be_hidden()
    assert clause.get_attribute("title") == title


def test_the_keyboard_shows_it_and_escape_takes_it_away(open_tab: OpenTab) -> None:
    page = open_tab(1366).open("412/")
    clause, card = page.locator("article .clause").first, page.get_by_role("tooltip")
    clause.focus()
    expect(card).to_be_visible()
    expect(clause).to_have_accessible_description(card.inner_text().replace("\n", " "))
    page.keyboard.press("Escape")
    expect(card).to_be_hidden()
    clause.blur()
    clause.focus()
    expect(card).to_be_visible()
    clause.blur()
    expect(card).to_be_hidden()


def test_a_card_stays_within_a_narrow_window(open_tab: OpenTab) -> None:
    page = open_tab(390).open("412/")
    card = page.get_by_role("tooltip")
    for clause in page.locator("article .clause[href*=rfc9110]:visible").all()[:12]:
        clause.focus()
        expect(card).to_be_visible()
        box = card.bounding_box()
        assert box
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390
        clause.blur()


def test_a_page_from_a_file_has_them_too(open_tab: OpenTab, site: Site) -> None:
    page = open_tab(base=site.root.as_uri()).open("412/index.html")
    page.locator("article .clause").first.focus()
    expect(page.get_by_role("tooltip")).to_be_visible()
