"""The Markdown that people write: each form as it is read elsewhere, or named with its line."""

import re
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser as HTMLParser

from docgen.cli import docgen
from docgen.page.leftovers import LEFT
from docgen.page.leftovers import SIGN
from docgen.site.search import tokens


def body(site: Any, text: str, name: str = "index.md") -> HTMLParser:
    """Build a page, see that the check finds nothing in its HTML, and give its text."""
    site.page(name, text)
    site.built()
    folder = "" if name == "index.md" else name.removesuffix(".md")
    return HTMLParser(HTMLParser(site.html(folder)).css_first("article").html or "")


@pytest.mark.parametrize(
    ("text", "selector", "shown"),
    [
        ("## Install {#setup}\n\n[x](#setup)\n", "h2#setup", "Install"),
        ("## Install { #set.up }\n\n[x](#set.up)\n", "h2[id='set.up']", "Install"),
        ("## Press <kbd>Ctrl</kbd>\n", "h2#press-ctrl > kbd", "Ctrl"),
        ("## A `b` {: #c }\n", "h2#c", "A b"),
        ("## A {#web-–-(1.2) .wide}\n", "h2[id='web-–-(1.2)'].wide", "A"),
        ("> [!WARNING]\n> Save first.\n", ".admonition.warning > p + p", "Save first."),
        ("> [!NOTE]\n> Read it.\n", ".admonition.note > .admonition-title", "Note"),
        ("::: tip Do this\nAt once.\n:::\n", ".admonition.tip > .admonition-title", "Do this"),
        ("::: details More\nOf it.\n:::\n", "details.admonition > summary", "More"),
        ('??? note "More"\n    Of it.\n', "details.admonition:not([open]) > summary", "More"),
        ("???+ tip\n    Of it.\n", "details.admonition[open] > summary", "Tip"),
        ("!!! note\n    Of it.\n", "div.admonition > p.admonition-title", "Note"),
        ("A claim[^1].\n\n[^1]: Its source.\n", "li#fn1 p", "Its source. ↩︎"),
        ("- [x] done\n", "li.task-list-item > input[checked][disabled]", ""),
        ("~~not~~\n", "p > s", "not"),
        ("See https://a.example/x.\n", "a[href='https://a.example/x']", "https://a.example/x"),
        ("Term\n: What it is.\n", "dl > dt + dd", "What it is."),
        ("| a |\n|--:|\n| 1 |\n", "td.align-right", "1"),
        ("Press <kbd>Ctrl</kbd>.<br>\n", "p > kbd", "Ctrl"),
        ('<abbr title="a b">x</abbr>\n', "abbr[title='a b']", "x"),
        ("<details>\n<summary>A</summary>\n\n*b*\n\n</details>\n", "details > p > em", "b"),
        ('```python title="a.py" hl_lines="1 3-4"\na\nb\nc\nd\n```\n', ".code-label", "a.py"),
        ("```python {2}\na\nb\n```\n", "mark.line", "b"),
        ("``` {.python title='x'}\na\n```\n", ".code-label", "x"),
        ('```python linenums="1"\na\n```\n', ".code-label", "Python"),
        ("```js{1,3-4}\na\nb\nc\nd\n```\n", "mark.line:nth-of-type(2)", "c"),
        ("```ts:line-numbers [a.ts]\na\n```\n", ".code-label", "a.ts"),
        ("``` { .python .annotate }\na\n```\n", ".code-label", "Python"),
        ("```txt\na\n```\n", ".code-label", "Text"),
        ("/// tip | Do this\nAt once.\n///\n", ".admonition.tip > .admonition-title", "Do this"),
        ("//// note\n/// tip\nA.\n///\n////\n", ".note > .tip > .admonition-title", "Tip"),
        (
            "/// details | More\n    open: True\n    type: warning\n\nOf it.\n///\n",
            "details.warning[open] > summary",
            "More",
        ),
        ("/// tab | A\nOne.\n///\n\n/// tab | B\nTwo.\n///\n", ".tabs > .tab + .tab", "Two."),
        ('[x](/other/){: .wide target="_blank" }\n', "p > a.wide[target=_blank]", "x"),
        ("**`x`**{ #of-x } and `y`{.z}\n", "strong#of-x", "x"),
        ("A [](){#here}[there](#here).\n", "p > a#here:not([href])", ""),
        ('<ul class="x">\n<li>a</li>\n</ul>\n', "ul.x > li", "a"),
        ("<table>\n<tr><td colspan=2>a</td></tr>\n</table>\n", ".table > table td[colspan]", "a"),
        ("<ul>\n<li>a\n<li>b\n</ul>\n", "ul > li + li", "b"),
        ("<dl>\n<dt>a\n<dd>b\n</dl>\n", "dl > dt + dd", "b"),
        ("<table>\n<tr><td>a<td>b\n<tr><td>c\n</table>\n", "tr + tr > td", "c"),
        ('<a id="old"/>Text.\n', "p > a#old", ""),
        ('<div markdown="1" class="x">\n\n*b*\n\n</div>\n', "div.x:not([markdown]) > p > em", "b"),
        ("<dfn title='what'>x</dfn>\n", "dfn[title=what]", "x"),
        ("<div>\na < b\n</div>\n", "div", "a < b"),
        ("[x](/other.html#there)\n", "p > a[href='other/index.html#there']", "x"),
        ("[TOC]\n\nText.\n", "article > p:nth-last-of-type(1)", "Text."),
        ("一行\n二行 **“三”**的\n\n", "article > p:nth-last-of-type(1)", "一行二行 “三”的"),
        ("這是**重點（注意）**的。\n", "p > strong", "重點（注意）"),
        ("한국\n어\n", "article > p:nth-last-of-type(1)", "한국\n어"),
    ],
)
def test_a_form_of_others(site: Any, text: str, selector: str, shown: str) -> None:
    page = body(site, f"[other](/other/)\n\n{text}")
    assert [node.text().strip() for node in page.css(selector)][:1] == [shown], page.html
    said = CliRunner().invoke(
        docgen,
        [
            *("check", "--no-reference", "--content", str(site.content)),
            *("--snippets", str(site.snippets)),
        ],
    )
    assert said.exit_code == 0, said.output


def test_the_lines_of_a_fence_are_marked(site: Any) -> None:
    page = body(site, '```python hl_lines="1 3-4"\na\nb\nc\nd\n```\n')
    assert [node.text() for node in page.css("mark.line")] == ["a", "c", "d"]


def test_comments_are_not_published(site: Any) -> None:
    body(site, "One <!-- the reviewer --> two.\n\n<!-- and\n\nmore -->\n\nThree.\n")
    for file in site.output.rglob("*"):
        assert file.is_dir() or b"reviewer" not in file.read_bytes()
    assert "Three." in site.html()


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("One.\n\n<script>x()</script>\n", 7, "<script> is no tag that a page may have"),
        (
            "One <img src=x onerror=y> two.\n",
            5,
            '<img> has an attribute that a page may not give it: onerror="y"; it may',
        ),
        ("One <img alt='x'> two.\n", 5, "<img> needs src"),
        ("One <a href='/gone/'>x</a> two.\n", 5, "dead link /gone/"),
        ("One <a href='javascript:x()'>x</a>.\n", 5, "dead link javascript:x(): a link leads to"),
        ("<h2>Two</h2>\n", 5, "<h2> is no tag that a page may have; write `## Heading`"),
        ("One.\nTwo <kbd onclick='x()'>a</kbd>.\n", 6, "<kbd> has an attribute that a page may"),
        ("One <kbd>a.\n", 5, "<kbd> is never closed; add </kbd>"),
        ("One <b><i>a</b></i>.\n", 5, "</b> closes nothing that is open here"),
        ("<form>\n\nText.\n\n</form>\n", 5, "<form> is no tag that a page may have"),
        (
            "<p style='color: red'>x</p>\n",
            5,
            "<p> has an attribute that a page may not give it: style",
        ),
        ("<details>\n<iframe src='x'>\n", 6, "<iframe> is no tag that a page may have"),
        ('<details open onclick="x()">\n</details>\n', 5, "<details> has an attribute"),
        ("<style>p { color: red }</style>\n", 5, "<style> is no tag that a page may have"),
        ("Not <svg onload=x>.\n", 5, "<svg> is no tag"),
        ("## A {#main}\n", 5, "the anchor `#main` is taken on this page"),
        ("## A {#x}\n\n## B {#x}\n", 7, "the anchor `#x` is taken on this page"),
        ("::: nota\nText.\n:::\n", 5, "`::: nota` opens nothing; there are: note, tip,"),
        ("```python frobnicate\nx\n```\n", 5, "`frobnicate` means nothing behind a fence"),
        ("```js{$}\nx\n```\n", 5, "`js{$}` means nothing behind a fence"),
        ("/// nota\nText.\n///\n", 5, "`/// nota` opens nothing; there are: note, tip,"),
        ("Text.\n::: some.module\n", 6, "`::: some.module` opens nothing"),
        ("## ::: some.module\n", 5, "`::: some.module` opens nothing"),
        ("Text.\n\n:::\n", 7, "this closes nothing that is open here"),
        ('=== "A"\n\n    Text.\n', 5, "`===` opens no tab; write `/// tab | Title`"),
        ('--8<-- "a.md"\n', 5, "`--8<--` includes nothing; `{{ code("),
        ("{* ../a.py hl[1] *}\n", 5, "`{*` includes nothing; `{{ code("),
        ("{% raw %}\n", 5, "`{%` is no syntax of a page: braces in code are text, so leave it out"),
        ("$$\nx\n$$\n", 5, "there is no mathematics"),
        ("Text.\n{: .wide }\n", 6, "`{…}` gives a paragraph no attributes"),
        ("<div markdown>\n*Text.*\n</div>\n", 5, "put a blank line below this tag"),
        (
            "[x](/other/){onclick=x}\n",
            5,
            "<a> has an attribute that a page may not give it",
        ),
        ("`x`{#menu}\n", 5, "the anchor `#menu` is taken on this page"),
        ("<b id='toc-title'>x</b>\n", 5, "the anchor `#toc-title` is taken on this page"),
        ("<img src='/files/x.png' alt='' width='50%'>\n", 5, "write a number of pixels"),
        ("<i style='color: red'>x</i>\n", 5, "give it a class, and that a look in a stylesheet"),
    ],
)
def test_what_is_not_read_is_named(site: Any, text: str, line: int, message: str) -> None:
    site.page("index.md", text)
    said = site.refused()
    assert said.startswith(f"Error: content/index.md:{line}: ")
    assert message in said.splitlines()[0]


def test_an_empty_heading_is_left_out_and_told(site: Any) -> None:
    site.page("index.md", "Text.\n\n##\n\nMore.\n")
    for _ in range(2):  # the second one from memory
        assert "Warning: content/index.md:7: this heading is empty" in site.built().stderr
    assert "content/index.md:7: this heading is empty" in site.build("--strict").stderr
    assert "<h2" not in HTMLParser(site.html()).css_first("article").html


@pytest.mark.parametrize(
    ("text", "line", "message", "shown"),
    [
        ("```klingon\nx\n```\n\n```klingon\ny\n```\n", 5, "Pygments knows no language", "klingon"),
        ("Text.\n<img src='/files/x.png'>\n", 6, "<img> says to nobody what it shows", 'alt=""'),
    ],
)
def test_what_is_published_in_doubt_is_told_once(
    site: Any, text: str, line: int, message: str, shown: str
) -> None:
    site.write("content/files/x.png", "picture")
    site.page("index.md", text)
    assert site.built().stderr.count(f"Warning: content/index.md:{line}: {message}") == 1
    assert site.built().stderr.count("Warning") == 1
    assert shown in site.html()


@pytest.mark.parametrize(
    ("text", "anchor"),
    [("# The title {#own}\n", "own"), ("# The title\n", "the-title"), ("Title\n=====\n", "title")],
)
def test_a_title_within_the_text_has_an_anchor(site: Any, text: str, anchor: str) -> None:
    site.write("content/other.md", f"{text}\nText.\n\n## The title\n")
    site.page("index.md", f"[x](/other/#{anchor})\n")
    for _ in range(2):
        site.built()
        ids = [node.id for node in HTMLParser(site.html("other")).css("h1, h2")]
        assert ids == [anchor, "the-title-2" if anchor == "the-title" else "the-title"]


@pytest.mark.parametrize(
    ("page", "target", "href"),
    [
        ("index.md", "other.md", "other/index.html"),
        ("index.md", "./other.md#there", "other/index.html#there"),
        ("guide/a.md", "b.md", "../../guide/b/index.html"),
        ("guide/a.md", "../other.md#there", "../../other/index.html#there"),
        ("guide/a.md", "README.md", "../../guide/index.html"),
        ("guide/a.md", "/other.md", "../../other/index.html"),
        ("guide/a.md", "../other/", "../../other/index.html"),
        ("guide/a.md", "/other", "../../other/index.html"),
        ("guide/a.md", "a.md#here", "index.html#here"),
        ("guide/README.md", "a.md", "../guide/a/index.html"),
    ],
)
def test_a_link_may_start_at_its_file(site: Any, page: str, target: str, href: str) -> None:
    pages = {"guide/README.md": "Start.\n", "guide/a.md": "A.\n", "guide/b.md": "B.\n"}
    for name, text in (pages | {page: f"[x]({target})\n\n## Here\n"}).items():
        site.page(name, text)
    site.built()
    folder = page.removesuffix(".md").removesuffix("index").removesuffix("/README")
    assert HTMLParser(site.html(folder)).css_first("article p a").attributes["href"] == href


def test_a_picture_may_lie_beside_its_page(site: Any) -> None:
    site.write("content/guide/img/a.png", "picture")
    site.page("guide/a.md", "![what it shows](img/a.png)\n")
    site.built()
    src = HTMLParser(site.html("guide/a")).css_first("article img").attributes["src"]
    assert src == "../../guide/img/a.png"
    assert (site.output / "guide/img/a.png").read_text() == "picture"


def test_tags_in_data_are_text(site: Any) -> None:
    site.write("content/data/facts.toml", "[[box]]\nlabel = 'x'\ntext = 'a <b>c</b>'\n")
    site.page("index.md", "{{ facts('box') }}\n")
    site.built()
    assert "a &lt;b&gt;c&lt;/b&gt;" in site.html()


def test_what_is_crossed_out_or_done_is_told_to_programs_too(site: Any) -> None:
    body(site, "- [x] ~~this~~\n- [ ] that\n")
    assert (site.output / "index.md").read_text().endswith("- [x] ~~this~~\n\n- [ ] that\n")


def test_words_are_found_without_their_accents() -> None:
    assert list(tokens("Bézier Be\u0301zier が")) == ["bezier", "bezier", "が"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("See [[Page]] and ![[a.png]].\n", "`[[Page]]` links nowhere; write"),
        ("A claim[^1].\n", "`[^1]` refers to no footnote"),
        ("Words.\n\n[^1]: Of nothing.\n", "`[^1]` is referred to by nothing, and left out"),
        ("[Words][gone], and [gone][].\n", "`[Words][gone]` has no address"),
        ("[Words](my page.md)\n", "`[Words](my page.md)` is no link"),
        ("![x](./i.png =100x20)\n", "`![x](./i.png =100x20)` is no link"),
        ("[x](javascript:go)\n", "`[x](javascript:go)` is no link"),
        ("[x](javascript:go(1))\n", "`[x](javascript:go(1))` is no link"),
        ("Words^[of a note].\n", "`^[of a note]` is no footnote"),
        ("> [!WARNING] Title\n> x\n", "`[!WARNING] Title` opens nothing"),
        ("> [!note]- Folded\n> x\n", "`[!note]- Folded` opens nothing"),
        (":::{warning}\nWords.\n:::\n", "`:::{warning}` opens nothing"),
        ("See {ref}`a`.\n", "`{ref}`…`` is a role of Sphinx"),
        ("See :py:func:`a`.\n", "`:py:func:`…`` is a role of Sphinx"),
        ("```{note}\nWords.\n```\n", "`{note}` is a directive of Sphinx; write `::: note`"),
        ("(place)=\n## A\n", "`(place)=` names no place"),
        (".. note:: Words.\n", "`.. note:: Words.` is reStructuredText"),
        ("HTML.\n\n*[HTML]: Words\n", "`*[HTML]: Words` explains nothing"),
        ("A ==word==.\n", "`==word==` marks nothing; write `<mark>"),
        ("Press ++ctrl+alt+del++.\n", "`++ctrl+alt+del++` is no key"),
        ("A ^^word^^.\n", "`^^word^^` inserts nothing"),
        ("x^2^\n", "`^2^` raises nothing"),
        ("H~2~O\n", "`~2~` means nothing"),
        ("{--not--}\n", "`{--not--}` marks no change"),
        ("A :smile:.\n", "`:smile:` is no picture"),
        ("Say $x + y$.\n", "`$x + y$` is no formula"),
        ("Say \\(x^2\\).\n", "`\\(x^2\\)` is no formula"),
        ("\\[\\frac{1}{2}\\]\n", "`\\[\\frac{1}{2}\\]` is no formula"),
        ("Say this (1)! twice.\n", "`(1)!` annotates nothing"),
        ("```mermaid\ngraph TD\n```\n", "there is no Mermaid"),
        ("<<< @/a.js\n", "`<<< @/a.js` includes nothing"),
        ('```py\n--8<-- "a.py"\n```\n', "`--8<--` includes nothing"),
        ('===! "A"\n\n    x\n', '`===! "A"` opens no tab'),
        ("import A from '@theme/A';\n", "runs nothing; leave it out"),
        ("## A {/* #id */}\n", "`{/* #id */}` is no comment"),
        ("A <%= b %>.\n", "`<%= b %>` is filled in by nothing"),
    ],
)
def test_what_stays_as_it_was_written_is_named_with_its_line(
    site: Any, text: str, said: str
) -> None:
    site.page("index.md", f"One.\n\n{text}")
    stderr = site.built().stderr
    lines = [line for line in stderr.splitlines() if line.startswith("Warning: content/index.md:")]
    assert said in lines[0]
    assert int(lines[0].split(":")[2]) in (7, 9)


@pytest.mark.parametrize(
    "text",
    [
        "a[0][1], x == y and y == z, C++ and C++, i++ and j++, 2^10 or 3^2, ~10 or ~20\n",
        "$HOME and $PATH, $HOME/$PATH, $5 or $6, from 10:30:45, urn:uuid:x, a: b: c\n",
        "\\[a][b] \\:smile: \\==a== \\$x$ \\[[a]] H\\~2~O `[a][b] :x: ==a==`\n",
        "https://a.example/~x~/:y:/==z== and <https://a.example/?a=[b][c]>\n",
        "One.\n\n    [a][b] :smile:\n",
        '[a]\n\n[A]: /other/\n\n[a][A] and [see][a], to import data from "there".\n',
    ],
    ids=range(6),
)
def test_what_is_meant_as_text_is_left_alone(site: Any, text: str) -> None:
    site.page("index.md", text)
    assert "Warning: content/index.md" not in site.built().stderr


@pytest.mark.parametrize("pattern", [pattern for pattern, _ in LEFT])
@settings(max_examples=20, deadline=None)
@given(text=st.data())
def test_what_a_text_may_have_left_has_a_sign_of_it(pattern: re.Pattern[str], text: Any) -> None:
    assert SIGN.search(text.draw(st.from_regex(pattern)))
