"""The race of the home page, gone through event by event."""

from playwright.sync_api import expect

from .conftest import OpenTab


def test_a_reader_goes_through_the_race_by_the_keyboard(open_tab: OpenTab) -> None:
    page = open_tab(reduced_motion="reduce").open()
    diagram = page.locator("[data-stepped]")
    ahead = diagram.locator(".is-ahead")
    said = diagram.get_by_role("status")
    expect(ahead).to_have_count(0)
    diagram.get_by_role("button", name="From the start").press("Enter")
    events = diagram.locator(".draw-event").count()
    expect(ahead).to_have_count(events - 1)
    expect(said).to_have_text("Client A to Server: GET")
    following = diagram.get_by_role("button", name="Next")
    for _ in range(7):
        following.press("Enter")
    expect(said).to_have_text("Server to Client A: 412")
    diagram.get_by_role("button", name="Back").press("Enter")
    expect(said).to_have_text('Client A to Server: PUT, If-Match: "1"')
    diagram.get_by_role("button", name="All").press("Enter")
    expect(ahead).to_have_count(0)
    expect(following).to_be_disabled()
    expect(said).to_have_text("")
