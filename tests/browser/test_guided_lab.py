"""The lab on the site: requests that a worker answers, judged by the lessons of the extension."""

import json
import re
from pathlib import Path

from playwright.sync_api import Page
from playwright.sync_api import expect

from flask_preconditions.lab import Lesson
from flask_preconditions.lab import Run
from flask_preconditions.lab import load_lessons
from flask_preconditions.lab.progress import Progress
from flask_preconditions.recorded.har import read_har

from .conftest import OpenTab
from .conftest import Site
from .conftest import Tab
from .server import serving

HERE = "try/lab/"
LESSONS = load_lessons()
KEPT = "http-preconditions.lab"
UNFIT = (
    *('{"reproduce": 7}', '{"reproduce": [{"method": "GET"}]}', "null"),
    '{"reproduce": [{"method": "GET", "path": "docs/a", "query": {}, "headers": {"a": 1}}]}',
)
BODY = '{"title": "Welcome", "body": "Mine."}'


def begin(tab: Tab, lesson: Lesson = LESSONS[0], path: str = HERE) -> Page:
    page = tab.open(path)
    choose(page, lesson)
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.locator(".lab-steps li")).to_have_count(len(lesson.steps))
    return page


def choose(page: Page, lesson: Lesson) -> None:
    page.get_by_label("Lesson").select_option(index=LESSONS.index(lesson))


def verdict(page: Page, starts: str) -> None:
    expect(page.locator(".lab-verdict")).to_contain_text(starts)


def send(page: Page, method: str, fields: str = "", body: str = "", target: str = "") -> None:
    page.get_by_label("Method").select_option(method)
    page.get_by_label("Path and query").fill(target or "docs/welcome")
    page.get_by_label("Headers").fill(fields)
    page.get_by_label("Content").fill(body)
    page.get_by_role("button", name="Send").click()


def solve(page: Page, lesson: Lesson, from_step: int = 0, up_to: int | None = None) -> None:
    for number, step in enumerate(lesson.steps[from_step:up_to], from_step + 1):
        page.get_by_role("button", name="Show the solution").click()
        page.get_by_role("button", name="Send").click()
        verdict(page, step.learnt)
        if step.solution.query.get("fault") == "redirect" and page.url.startswith("http"):
            verdict(page, "The browser hides a redirect from a page")
        expect(page.locator("[data-state=done]")).to_have_count(number)


def expect_refusals(tab: Tab) -> None:
    # A browser notes each refusal in its console.
    tab.faults[:] = [fault for fault in tab.faults if "a status of 4" not in fault]


def test_each_solution_passes_at_the_worker_also_with_its_web_server_gone(
    open_tab: OpenTab, site: Site
) -> None:
    with serving(site.root) as base:
        tab = open_tab(base=base)
        page = begin(tab)
    for lesson in LESSONS:
        choose(page, lesson)
        expect(page.locator(".lab-steps li").first).to_have_text(lesson.steps[0].say)
        solve(page, lesson)
        verdict(page, f"Done: {lesson.title}.")
        expect(page.get_by_role("button", name="Send")).to_be_hidden()
    expect(page.locator(".lab-route")).to_contain_text("a service worker answers")
    assert tab.requests
    expect_refusals(tab)


def test_what_a_lesson_has_done_outlives_the_worker(open_tab: OpenTab) -> None:
    tab = open_tab()
    page = begin(tab, LESSONS[3])
    solve(page, LESSONS[3], up_to=2)
    session = page.context.new_cdp_session(page)
    session.send("ServiceWorker.enable")
    session.send("ServiceWorker.stopAllWorkers")
    solve(page, LESSONS[3], from_step=2)
    expect_refusals(tab)


def test_mistakes_have_their_hints_and_a_look_is_allowed(open_tab: OpenTab) -> None:
    tab = open_tab()
    page = begin(tab)
    send(page, "HEAD")
    verdict(page, "✘ 200: HEAD has the tag and not the document.")
    send(page, "GET")
    verdict(page, "✔ 200: The ETag names this version")
    send(page, "PUT", body=BODY)
    verdict(page, "✘ 428 is not 412")
    send(page, "PUT", "If-Match:", BODY)
    verdict(page, "✘ 400: The value is empty. Send the ETag of your last GET, quotes included.")
    assert ".." not in page.locator(".lab-verdict").inner_text()
    send(page, "PUT", "If-Match: v1", BODY)
    verdict(page, "✘ 400: The quotes belong to the tag.")
    send(page, "GET")
    verdict(page, "· 200: Looking is always allowed.")
    tag = page.locator(".lab-notes code").inner_text().removeprefix("etag = ")
    with page.expect_response("**/docs/welcome") as caught:
        send(page, "PUT", f"If-Match: {tag}", BODY)
    assert (caught.value.status, caught.value.from_service_worker) == (412, True)
    verdict(page, "✔ 412: Your tag names a version")
    shown = page.locator(".lab-exchange code").inner_text()
    assert shown.startswith(f"PUT /docs/welcome HTTP/1.1\nIf-Match: {tag}\n")
    assert "\nHTTP/1.1 412 Precondition Failed\n" in shown
    expect_refusals(tab)


def test_what_cannot_be_sent_is_said(open_tab: OpenTab) -> None:
    page = begin(open_tab())
    problem = page.get_by_role("alert")
    for fields, body, target, words in (
        ("If-Match", "", "", "Line 1 of the headers is no header."),
        ("", "{}", "", "sends no content with GET"),
        ("", "", "../../index.html", "begins with docs/"),
        ("If-Match: …", "", "", "a character that none may have"),
    ):
        send(page, "GET", fields, body, target)
        expect(problem).to_contain_text(words)
    send(page, "GET", "Cookie: a=b")
    verdict(page, "A browser lets no page send Cookie.")
    expect(problem).to_have_text("")


def test_progress_is_kept_as_in_the_terminal_and_can_be_begun_again(
    open_tab: OpenTab, tmp_path: Path
) -> None:
    tab, lesson = open_tab(), LESSONS[0]
    page = begin(tab, lesson)
    send(page, "GET")
    verdict(page, "✔ 200")
    old = page.locator(".lab-notes").inner_text()
    send(page, "PUT", old.replace("Your notes: etag =", "If-Match:"), BODY)
    verdict(page, "✔ 412")
    file = tmp_path / "progress.json"
    file.write_text(page.evaluate(f"localStorage.getItem('{KEPT}')"))
    [_, put] = Progress.load(file).done(lesson)
    assert (put["headers"], put["body"]) == ({"if-match": "{etag}"}, json.loads(BODY))

    page = tab.open(HERE)
    expect(page.get_by_label("Lesson").locator("option").first).to_contain_text("(2 of 3)")
    page.get_by_role("button", name="Go on").click()
    expect(page.locator("[data-state=done]")).to_have_count(2)
    assert page.locator(".lab-notes").inner_text() != old
    solve(page, lesson, 2)
    page.get_by_role("button", name="Start again").click()
    expect(page.locator("[data-state=done]")).to_have_count(0)
    expect(page.get_by_label("Lesson").locator("option").first).to_have_text(lesson.title)
    expect_refusals(tab)


def test_what_was_kept_and_cannot_be_read_is_no_progress(open_tab: OpenTab) -> None:
    tab = open_tab()
    page = tab.open(HERE)
    for kept in ("{", "[]", "null", *(f'{{"version": 1, "requests": {one}}}' for one in UNFIT)):
        page.evaluate(f"(text) => localStorage.setItem('{KEPT}', text)", kept)
        page = tab.open(HERE)
        expect(page.get_by_role("button", name="Start", exact=True)).to_be_visible()
        expect(page.get_by_label("Lesson").locator("option").first).to_have_text(LESSONS[0].title)


def test_requests_that_pass_no_more_are_replaced_by_the_solutions(open_tab: OpenTab) -> None:
    tab = open_tab()
    gone = {"method": "GET", "path": "docs/welcome", "query": {}, "headers": {}, "body": ""}
    kept = {"version": 1, "requests": {"reproduce": [gone, {**gone, "method": "PUT"}]}}
    tab.open(HERE).evaluate(f"(text) => localStorage.setItem('{KEPT}', text)", json.dumps(kept))
    page = tab.open(HERE)
    page.get_by_role("button", name="Go on").click()
    expect(page.locator("[data-state=done]")).to_have_count(1)
    expect_refusals(tab)


def test_a_lesson_that_passes_no_more_is_not_told_as_done(open_tab: OpenTab) -> None:
    tab = open_tab()
    gone = {"method": "GET", "path": "docs/none", "query": {}, "headers": {}, "body": ""}
    kept = {"version": 1, "requests": {"reproduce": [gone] * 3}}
    tab.open(HERE).evaluate(f"(text) => localStorage.setItem('{KEPT}', text)", json.dumps(kept))
    page = tab.open(HERE)
    first = page.get_by_label("Lesson").locator("option").first
    expect(first).to_contain_text("✔")
    choose(page, LESSONS[0])
    page.get_by_role("button", name="Go on").click()
    expect(first).to_have_text(LESSONS[0].title)
    expect_refusals(tab)


def test_a_lesson_that_is_chosen_while_a_request_is_sent_is_begun(open_tab: OpenTab) -> None:
    page = begin(open_tab())
    page.evaluate("""() => {
        document.querySelector(".lab form").requestSubmit();
        const choice = document.querySelector(".lab select");
        choice.selectedIndex = 3;
        choice.dispatchEvent(new Event("input"));
    }""")
    expect(page.locator(".lab-steps li").first).to_contain_text(LESSONS[3].steps[0].say)
    assert json.loads(page.evaluate(f"localStorage.getItem('{KEPT}')"))["requests"].keys() == {
        LESSONS[0].id
    }


def test_without_its_worker_no_request_reaches_the_web_server(open_tab: OpenTab) -> None:
    tab = open_tab()
    page = begin(tab)
    send(page, "GET")
    verdict(page, "✔ 200")
    asked = {"origin": tab.base, "storageTypes": "all"}
    page.context.new_cdp_session(page).send("Storage.clearDataForOrigin", asked)
    page.wait_for_function("!navigator.serviceWorker.controller")
    send(page, "PUT", 'If-Match: "stale"', BODY)
    expect(page.get_by_role("alert")).to_contain_text("The service worker is gone.")
    expect(page.locator(".lab-route")).to_contain_text("the page answers by itself")
    expect(page.locator("[data-state=done]")).to_have_count(1)
    solve(page, LESSONS[0], 1)
    expect_refusals(tab)


def test_a_tab_that_lags_behind_takes_nothing_from_another(open_tab: OpenTab) -> None:
    tab = open_tab()
    page = begin(tab)
    other = begin(Tab(page.context.new_page(), tab.base))
    solve(page, LESSONS[0])
    send(other, "GET")
    verdict(other, "✔ 200")
    expect(other.get_by_label("Lesson").locator("option").first).to_contain_text("✔")
    expect_refusals(tab)


def test_two_tabs_do_not_disturb_each_other(open_tab: OpenTab) -> None:
    tab = open_tab()
    page = begin(tab)
    send(page, "GET")
    verdict(page, "✔ 200")
    other = Tab(page.context.new_page(), tab.base)
    again = other.open(HERE)
    again.get_by_role("button", name="Go on").click()
    expect(again.locator("[data-state=done]")).to_have_count(1)
    solve(page, LESSONS[0], 1)
    expect_refusals(tab)


def test_from_a_file_the_page_answers_by_itself(open_tab: OpenTab, site: Site) -> None:
    tab, lesson = open_tab(base=site.root.as_uri()), LESSONS[1]
    page = begin(tab, lesson, f"{HERE}index.html")
    expect(page.locator(".lab-route")).to_contain_text("starts no service worker from a file")
    solve(page, lesson)
    assert not [url for url in tab.requests if "docs/welcome" in url]


def test_past_its_worker_the_page_answers_by_itself(open_tab: OpenTab) -> None:
    tab, lesson = open_tab(), LESSONS[5]
    page = begin(tab, lesson)
    page.context.new_cdp_session(page).send("Page.reload", {"ignoreCache": True})
    choose(page, lesson)
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.locator(".lab-route")).to_contain_text("loaded past its worker")
    solve(page, lesson)


def test_without_scripts_the_lessons_can_be_read(open_tab: OpenTab) -> None:
    page = open_tab(java_script_enabled=False).open(HERE)
    expect(page.locator(".play-off")).to_contain_text("can be read without")
    page.get_by_text(LESSONS[0].title).last.click()
    expect(page.get_by_text(LESSONS[0].steps[1].say)).to_be_visible()
    expect(page.locator(".lab-lessons details details")).to_have_count(
        sum(len(lesson.steps) for lesson in LESSONS)
    )


def test_the_keyboard_does_all_of_it(open_tab: OpenTab) -> None:
    tab = open_tab()
    page = tab.open(HERE)
    page.get_by_label("Lesson").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_label("Method").wait_for()
    page.keyboard.press("Tab")  # Start again has taken the place of Start
    page.get_by_label("Path and query").focus()
    page.keyboard.press("Enter")
    verdict(page, "✔ 200")
    for _ in ("Headers", "Content", "Send"):
        page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Headers")).to_have_value(re.compile('^If-Match: "'))
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    verdict(page, "✔ 412")
    expect_refusals(tab)


def test_what_the_browser_saved_of_it_is_judged_by_the_command(
    open_tab: OpenTab, tmp_path: Path
) -> None:
    file = tmp_path / "lab.har"
    tab = open_tab(record_har_path=file)
    page = begin(tab)
    solve(page, LESSONS[0])
    expect_refusals(tab)
    page.context.close()
    run = Run(LESSONS[0])
    kinds = [one.kind for one in map(run.feed, read_har(file.read_text())) if one]
    assert kinds == ["passed"] * 3
