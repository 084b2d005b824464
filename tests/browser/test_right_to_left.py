"""A site in Arabic and one in Chinese: menus on their side, and words that are found."""

from collections.abc import Iterator

import pytest
from click.testing import CliRunner

from docgen.cli import docgen

from .conftest import OpenTab
from .server import serving

PAGES = {
    "data/site.toml": 'title = "Docs"\nlanguage = "ar"\n',
    "index.md": "# البداية\n\nنص.\n",
    "guide/index.md": "# الدليل\n\nنص.\n",
    "guide/deep/a.md": "# المُكوِّنات\n\nهذا نص عن المكونات.\n",
    "guide/deep/b.md": "# 高级\n\n这是关于依赖注入系统的一句话。\n",
}


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    root = tmp_path_factory.mktemp("right")
    for name, text in PAGES.items():
        path = root / "content" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    options = ["--content", str(root / "content"), "--no-reference", "-o", str(root / "out")]
    result = CliRunner().invoke(docgen, ["build", *options])
    assert result.exit_code == 0, result.output
    with serving(root / "out") as address:
        yield address


def test_the_menu_opens_below_its_button(open_tab: OpenTab, base: str) -> None:
    page = open_tab(390, base=base).open("guide/deep/a/")
    button = page.locator(".menu-button")
    button.click()
    menu, pressed = page.locator("#menu").bounding_box(), button.bounding_box()
    assert menu
    assert pressed
    assert pressed["x"] > 195
    assert menu["x"] + menu["width"] > pressed["x"] + pressed["width"] / 2
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    inner, outer = page.locator(".nav-within").bounding_box(), menu
    assert inner
    assert outer["x"] + outer["width"] - inner["x"] - inner["width"] > inner["x"] - outer["x"]


@pytest.mark.parametrize(
    ("query", "title"),
    [("مكونات", "المُكوِّنات"), ("المكونات", "المُكوِّنات"), ("注入", "高级"), ("依赖注入", "高级")],
)
def test_a_word_within_a_text_is_found(
    open_tab: OpenTab, base: str, query: str, title: str
) -> None:
    page = open_tab(base=base).open()
    page.keyboard.press("/")
    page.get_by_role("searchbox").fill(query)
    assert page.locator(".search-title").first.inner_text() == title
    assert page.locator(".search mark").count() > 0
