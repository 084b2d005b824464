"""Reading a page: menus, contents, narrow and wide, on paper, without scripts, from a file."""

from playwright.sync_api import Page
from playwright.sync_api import expect

from .conftest import OpenTab
from .conftest import Site
from .conftest import report

OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def test_the_menu_opens_at_the_section_of_the_page(page: Page) -> None:
    menu = page.get_by_role("navigation", name="Site")
    expect(menu.locator("[aria-current=page]")).to_be_visible()
    assert menu.locator("details[open]").count() == 1


def test_the_contents_mark_what_is_read(page: Page) -> None:
    contents = page.get_by_role("complementary")
    for heading in page.locator("article .h2 > h2").all()[1:3]:
        heading.evaluate("(it) => it.scrollIntoView({ behavior: 'instant' })")
        current = contents.locator("[aria-current]")
        expect(current).to_have_text(heading.inner_text())


def test_a_link_to_a_section_is_not_hidden_by_the_bars(open_tab: OpenTab) -> None:
    for width in (390, 1440):
        page = open_tab(width, reduced_motion="reduce").open("412/#meaning")
        heading = page.locator("#meaning").bounding_box()
        assert heading
        bars = [bar.bounding_box() for bar in page.locator(".top, .toc-bar:visible").all()]
        assert heading["y"] >= max(bar["y"] + bar["height"] for bar in bars if bar)


def test_the_first_stop_of_the_keyboard_skips_to_the_content(page: Page) -> None:
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    assert page.url.endswith("#main")


def test_on_a_phone_the_menu_opens_and_closes(open_tab: OpenTab) -> None:
    page = open_tab(390).open("412/")
    menu = page.get_by_role("navigation", name="Site")
    expect(menu).to_be_hidden()
    page.get_by_role("button", name="Menu").click()
    expect(menu.locator("[aria-current=page]")).to_be_visible()
    page.keyboard.press("Escape")
    expect(menu).to_be_hidden()


def test_the_names_of_columns_stay_in_view(open_tab: OpenTab) -> None:
    page = open_tab(1366).open("interop/")
    matrix = page.locator(".interop").first
    matrix.evaluate("(it) => { it.scrollIntoView(); it.scrollTop = 900 }")
    expect(matrix.locator("tbody tr").first).not_to_be_in_viewport()
    expect(matrix.locator("thead th").nth(1)).to_be_in_viewport()


def test_on_a_phone_a_row_of_sentences_is_a_card(open_tab: OpenTab) -> None:
    page = open_tab(390).open("which-status/")
    table = page.locator(".decision")
    assert table.evaluate("(it) => it.scrollWidth - it.clientWidth") <= 0
    row = table.locator("tbody tr").first
    tops = row.locator("th, td").evaluate_all("(all) => all.map((it) => it.offsetTop)")
    assert tops == sorted(set(tops))


def test_the_tree_of_statuses_is_walked_by_keyboard_without_scripts(open_tab: OpenTab) -> None:
    page = open_tab(390, java_script_enabled=False).open("which-status/")
    tree = page.get_by_role("group", name="Which status to send").first
    leaves = tree.get_by_role("link").all()
    leaves[0].focus()
    for leaf in leaves:
        expect(leaf).to_be_focused()
        box = leaf.bounding_box()
        assert box
        assert box["height"] >= 24
        page.keyboard.press("Tab")
    leaves[-1].focus()
    page.keyboard.press("Enter")
    assert page.url.endswith("#412-precondition-failed")


def test_on_a_phone_a_heading_without_blanks_wraps(open_tab: OpenTab) -> None:
    page = open_tab(390).open("412/")
    heading = page.locator("article .h2 > h2").first
    heading.evaluate("(it) => { it.textContent = 'PUT /books/{book_id}/reviews/{review_number}' }")
    assert page.evaluate(OVERFLOW) <= 0


def test_on_a_phone_the_contents_stay_at_hand(open_tab: OpenTab) -> None:
    page = open_tab(390, reduced_motion="reduce").open("412/")
    bar = page.locator(".toc-bar")
    page.locator("article .h2 > h2").nth(2).evaluate("(it) => it.scrollIntoView()")
    expect(bar).to_be_in_viewport()
    expect(bar.locator(".toc-place")).to_have_text(
        page.locator("article .h2 > h2").nth(2).inner_text()
    )
    bar.locator("summary").click()
    link = bar.get_by_role("link").nth(1)
    target = link.get_attribute("href")
    link.click()
    assert bar.get_attribute("open") is None
    expect(page.locator(str(target))).to_be_in_viewport()


def test_no_page_is_wider_than_the_screen(open_tab: OpenTab, site: Site) -> None:
    wide = []
    page = open_tab().page
    for name in site.pages:
        page.goto(f"{site.base}/{name}")
        for width in (1920, 1100, 820, 390, 320):
            page.set_viewport_size({"width": width, "height": 900})
            over = page.evaluate(OVERFLOW)
            if over > 0:
                wide.append(f"{name} is {over} px wider than {width}")
    report(wide)


def test_what_is_pressed_is_large_enough(open_tab: OpenTab, site: Site) -> None:
    """WCAG 2.2, 2.5.8: 24 px, links within a sentence excepted."""
    small = []
    tab = open_tab(390)
    for name in site.pages:
        page = tab.open(name)
        for control in page.evaluate(SMALL):
            small.append(f"{name}: {control}")
    report(small)


SMALL = """() => [...document.querySelectorAll(
  "button, summary, nav a, .pager a, .foot a, .about-page a, .index-pages a, .toc-bar a"
)].filter((it) => it.checkVisibility()).map((it) => [it, it.getBoundingClientRect()])
  .filter(([, { width, height }]) => width > 1 && (width < 24 || height < 24))
  .map(([it, { width, height }]) => `${it.textContent.trim()} ${width} × ${height}`)"""


def test_long_code_opens(open_tab: OpenTab) -> None:
    page = open_tab().open("frameworks/go/")
    code = page.locator(".code.is-long").first
    button = code.locator(".expand")
    lines = code.locator("pre").inner_text().rstrip().count("\n") + 1
    expect(button).to_have_text(f"Show all {lines} lines")
    inside = "(pre) => pre.scrollHeight - pre.clientHeight"
    assert code.locator("pre").evaluate(inside) > 100
    button.click()
    assert code.locator("pre").evaluate(inside) == 0
    expect(button).to_have_attribute("aria-expanded", "true")
    button.click()
    expect(button).to_be_in_viewport()


def test_on_paper_every_panel_is_there_and_no_control(page: Page) -> None:
    page.emulate_media(media="print")
    panels = page.locator(".tab")
    assert panels.count() > 1
    for panel in panels.all():
        assert panel.is_visible()
    for control in page.locator("button, .top, .nav, .toc, .toc-bar, .pager").all():
        assert not control.is_visible()
    pdf = page.pdf()
    assert pdf.startswith(b"%PDF")


def test_a_dark_screen_prints_dark_on_white(open_tab: OpenTab) -> None:
    page = open_tab(color_scheme="dark").open("412/")
    page.emulate_media(media="print", color_scheme="dark")
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert background == "rgb(255, 255, 255)"


def test_folded_text_is_printed(page: Page) -> None:
    page.evaluate(
        "document.querySelector('article').insertAdjacentHTML('beforeend',"
        " '<details><summary>Q</summary><p id=folded>A</p></details>')"
    )
    answer = page.locator("#folded")
    expect(answer).to_be_hidden()
    page.emulate_media(media="print")
    box = answer.bounding_box()
    assert box
    assert box["height"] > 0


def test_without_scripts_everything_is_there(open_tab: OpenTab, site: Site) -> None:
    page = open_tab(java_script_enabled=False).open("412/")
    for panel in page.locator(".tab").all():
        assert panel.is_visible()
    assert page.locator("button:visible").count() == 0
    page.get_by_role("link", name="Search").click()
    assert page.url == f"{site.base}/index/index.html"
    page.get_by_role("link", name="Meaning").first.click()
    assert page.url == f"{site.base}/412/index.html#meaning"


def test_without_scripts_a_phone_has_its_menu(open_tab: OpenTab) -> None:
    page = open_tab(390, java_script_enabled=False).open("412/")
    page.get_by_role("button", name="Menu").click()
    expect(page.get_by_role("navigation", name="Site")).to_be_visible()


def test_from_a_file_everything_works(open_tab: OpenTab, site: Site) -> None:
    page = open_tab(base=site.root.as_uri()).open("412/index.html")
    page.get_by_role("tablist").first.get_by_role("tab", name="FastAPI").click()
    page.keyboard.press("/")
    page.get_by_role("searchbox").fill("malformed precondition")
    expect(page.locator(".search-result").first).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text("Malformed")
    page.get_by_role("button", name="Theme").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "light")
    page.get_by_role("link", name="Home").first.click()
    expect(page.locator("html")).to_have_attribute("data-theme", "light")


def test_less_motion_is_no_motion(open_tab: OpenTab) -> None:
    page = open_tab(reduced_motion="reduce").open("412/")
    assert page.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "auto"
    assert page.evaluate("getComputedStyle(document.querySelector('a')).transitionDuration") == "0s"


def test_in_forced_colours_a_marked_tag_has_a_border(open_tab: OpenTab) -> None:
    page = open_tab(forced_colors="active").open("412/")
    style = page.locator(".field.state-1").first.evaluate("(it) => getComputedStyle(it).border")
    assert style.startswith("1px solid")


def test_with_more_contrast_lines_are_as_strong_as_controls(open_tab: OpenTab) -> None:
    colour = "getComputedStyle(document.querySelector('.top')).borderBottomColor"
    usual = open_tab().open("412/").evaluate(colour)
    strong = open_tab(contrast="more").open("412/").evaluate(colour)
    assert usual != strong
