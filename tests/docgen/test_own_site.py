"""A site of one's own: how it looks, its language, what it was called before, its code."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from selectolax.lexbor import LexborHTMLParser as HTMLParser

from docgen.cli import docgen
from docgen.page.boxes import CONTAINERS

ROOT = Path(__file__).parents[2]
SITE = (
    'title = "Site"\ntagline = "Small"\nfooter = ["The foot."]\n{}'
    '[[sections]]\nid = "main"\ntitle = "Main"\n'
)


def configure(site: Any, text: str) -> None:
    site.write("content/data/site.toml", SITE.format(text))


def page_of(site: Any, name: str = "") -> HTMLParser:
    return HTMLParser(site.html(name))


def test_a_site_of_ones_own_has_no_mark_of_ours(site: Any) -> None:
    site.built()
    assert "412" not in page_of(site).css_first("header.top").text()


def test_mark_favicon_fonts_and_css_are_settings(site: Any) -> None:
    configure(
        site,
        '[brand]\nmark = "N"\nfavicon = "files/n.png"\ncss = ["style/n.css"]\n'
        "font = 'Inter, \"Noto Sans\", sans-serif'\n",
    )
    site.write("content/files/n.png", "")
    site.write("content/style/n.css", ".brand { letter-spacing: 0.1em }\n")
    site.built()
    page = page_of(site, "other")
    assert page.css_first(".brand-mark").text() == "N"
    assert page.css_first("link[rel=icon]").attributes["href"] == "../files/n.png"
    css = (site.output / "assets/site.css").read_text()
    assert css.endswith(".brand { letter-spacing: 0.1em }\n")
    assert ':root { --font: Inter, "Noto Sans", sans-serif; }' in css
    assert not (site.output / "style/n.css").exists()


def test_a_logo_takes_the_place_of_the_mark(site: Any) -> None:
    configure(site, '[brand]\nmark = "N"\nlogo = "files/n.svg"\n')
    site.write("content/files/n.svg", "<svg xmlns='http://www.w3.org/2000/svg'/>")
    site.built()
    page = page_of(site)
    assert page.css_first(".brand-logo").attributes == {
        "class": "brand-logo",
        "src": "files/n.svg",
        "alt": "",
    }
    assert page.css_first(".brand-mark") is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[brand]\nlogo = "files/no.svg"\n', "site.toml:5: there is no files/no.svg beside"),
        ('[brand]\ncss = ["no.css"]\n', "site.toml:5: there is no no.css beside"),
        ('[brand]\nfont = "a; } body { color: red"\n', "site.toml:5: Expected `str` matching"),
        ('[brand]\nmrk = "N"\n', "did you mean `mark`?"),
        ('language = "deutsch sprache"\n', "site.toml:4: Expected `str` matching"),
    ],
)
def test_a_setting_that_is_off_is_told_with_its_line(site: Any, text: str, message: str) -> None:
    configure(site, text)
    assert message in site.refused()


def guide_example() -> str:
    text = (ROOT / "docgen/content/extension/publish.md").read_text()
    [example] = re.findall(r"```jinja\n(.*?)```", text, re.DOTALL)
    return str(example)


def test_the_guide_s_template_does_what_it_says(site: Any) -> None:
    site.write("over/page.html", guide_example())
    site.built("--templates", "over")
    page = page_of(site, "other")
    assert page.css_first("head meta[name=author]").attributes["content"] == "The notes team"
    assert page.css_first("head title").text() == "Other · Site"
    assert "The foot." in page.css_first("footer").text()


def test_each_part_of_a_page_can_be_replaced_alone(site: Any) -> None:
    text = (ROOT / "docgen/templates/page.html").read_text()
    named = re.findall(r"{% block (\w+) %}", text)
    assert named == ["head", "top", "menu", "lead", "text", "after", "toc", "foot"]
    guide = (ROOT / "docgen/content/extension/publish.md").read_text()
    assert all(f"`{name}`" in guide for name in named)


def test_the_interface_speaks_the_language_of_the_site(site: Any) -> None:
    configure(site, 'language = "ar"\n')
    site.page(
        "index.md", "## أولا\n\n| أ |\n|---|\n| ب |\n\n!!! note\n    [x](/other/)\n", title="بيت"
    )
    site.built()
    page = page_of(site)
    root = page.css_first("html").attributes
    assert (root["lang"], root["dir"]) == ("ar", "rtl")
    assert page.css_first(".skip").text() == "انتقل إلى المحتوى"
    assert page.css_first(".anchor").attributes["aria-label"] == "رابط إلى «أولا»"
    assert page.css_first(".table").attributes["aria-label"] == "جدول"
    assert page.css_first(".admonition-title").text() == "ملاحظة"
    assert '"Copy":"نسخ"' in (site.output / "assets/site.js").read_text()
    assert '"inLanguage": "ar"' in site.html()


def test_a_page_may_have_a_language_of_its_own(site: Any) -> None:
    site.write(
        "content/other.md",
        '+++\ntitle = "Other"\ndescription = "A page that the tests build."\nlanguage = "he"\n+++\n'
        "## There\n",
    )
    site.built()
    assert page_of(site).css_first("html").attributes == {"lang": "en"}
    assert page_of(site, "other").css_first("html").attributes == {"lang": "he", "dir": "rtl"}
    assert page_of(site, "other").css_first(".skip").text() == "Skip to content"


def test_words_of_the_site_s_own_go_before_ours(site: Any) -> None:
    configure(site, 'language = "nl"\n')
    site.write("content/data/words.toml", '"Search" = "Zoeken"\n')
    site.built()
    assert page_of(site).css_first(".search-label").text() == "Zoeken"
    site.write("content/data/words.toml", '"Serch" = "Zoeken"\n')
    said = site.build().stderr
    assert "content/data/words.toml:1: the interface has no “Serch”; did you mean “Search”?" in said


def test_every_word_of_the_interface_is_translated_and_none_more() -> None:
    known = tomllib.loads((ROOT / "docgen/words/ar.toml").read_text())["words"]
    text = "".join(
        path.read_text()
        for folder, pattern in (
            ("templates", "*.html"),
            ("static", "**/*.js"),
            ("page", "*.py"),
            ("site", "*.py"),
        )
        for path in sorted((ROOT / "docgen" / folder).glob(pattern))
    )
    asked = set(re.findall(r"(?:word|env\[\"word\"\])\(\s*\"([^\"]+)\"", text))
    assert asked <= known.keys()
    assert {name for name in known if f'"{name}"' not in text} <= {
        "Pages",
        *(name.title() for name in CONTAINERS),
    }


def test_an_old_address_leads_to_the_page(site: Any) -> None:
    site.write(
        "content/other.md",
        '+++\ntitle = "Other"\ndescription = "A page that the tests build."\n'
        'aliases = ["/old/", "/very/old.html"]\n+++\n## There\n\n[home](/)\n',
    )
    site.built("--base-url", "https://docs.example/ref/")
    old = HTMLParser((site.output / "old/index.html").read_text())
    assert old.css_first("meta[http-equiv]").attributes["content"] == "0; url=../other/index.html"
    assert old.css_first("link").attributes["href"] == "https://docs.example/ref/other/"
    assert "url=../other/index.html" in (site.output / "very/old.html").read_text()
    assert (site.output / "_redirects").read_text() == (
        "/ref/old/ /ref/other/ 301\n/ref/very/old.html /ref/other/ 301\n"
    )
    checked = CliRunner().invoke(
        docgen, ["check", "--no-reference", "--content", "content", "--snippets", "snippets"]
    )
    assert checked.exit_code == 0, checked.output


@pytest.mark.parametrize("alias", ["/", "/other/", "/llms.txt/../index.html", "/index/"])
def test_an_alias_takes_no_place_that_is_taken(site: Any, alias: str) -> None:
    site.write(
        "content/index.md",
        '+++\ntitle = "Home"\ndescription = "A page that the tests build."\n'
        f'aliases = ["{alias}"]\n+++\n## First\n\n[x](/other/)\n',
    )
    assert "content/index.md:4: " in site.refused()


def test_code_of_the_project_is_shown_whole_or_by_region(site: Any) -> None:
    site.write("app/notes.py", "import os\n# :snippet-start: read\nx = os\n# :snippet-end:\n")
    site.page("index.md", '{{ code("app/notes.py", "read") }}\n\n[x](/other/)\n')
    site.page("other.md", '## There\n\n{{ code("app/notes.py") }}\n')
    site.built()
    code = page_of(site).css_first(".code")
    assert code.css_first(".code-file, .code-label").text() == "app/notes.py"
    assert code.css_first("code").text().strip() == "x = os"
    assert page_of(site, "other").css_first("code").text().strip() == "import os\nx = os"
    site.write("app/notes.py", "# :snippet-start: read\ny = 2\n# :snippet-end:\n")
    assert "(2 rendered;" in site.built().stdout
    assert page_of(site).css_first("code").text().strip() == "y = 2"


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ('code("../secret.py")', "../secret.py is no file of this project, or hidden"),
        ('code("/etc/passwd")', "/etc/passwd is no file of this project, or hidden"),
        ('code(".env")', ".env is no file of this project, or hidden"),
        ('code("app.py")', "there is no app.py in the directory that the command runs in"),
        ('code("snippets/flask/app.py", "raed")', "has no region 'raed'; it has: read"),
    ],
)
def test_code_that_is_not_the_page_s_to_show(site: Any, call: str, message: str) -> None:
    site.write(".env", "KEY=1\n")
    (site.root.parent / "secret.py").write_text("key = 1\n")
    site.page("index.md", f"{{{{ {call} }}}}\n")
    assert f"content/index.md:5: {message}" in site.refused().replace(
        "snippets/flask/app.py has", "has"
    )


def test_changes_have_a_page_beside_the_feed(site: Any) -> None:
    site.write(
        "content/data/changes.toml",
        '[[change]]\nday = 2026-01-31\ntitle = "Opened"\ntext = "It *opens*."\nhref = "/other/"\n'
        '[[change]]\nday = 2026-02-01\ntitle = "More"\ntext = "There is more."\n',
    )
    site.page("changes.md", "{{ changes() }}\n", title="Changes")
    site.built()
    page = page_of(site, "changes")
    assert [each.text() for each in page.css("h2")] == ["2026-02-01: More", "2026-01-31: Opened"]
    assert page.css_first("h2 a").attributes["href"] == "../other/index.html"
    links = {a.text(): a.attributes["href"] for a in page_of(site).css(".foot-links a")}
    assert links["Changes"] == "changes/index.html"
