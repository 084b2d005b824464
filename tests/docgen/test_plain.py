"""HTML as Markdown: parsed again, it shows the same."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markupsafe import Markup
from selectolax.lexbor import LexborHTMLParser as HTMLParser

from docgen.page.markdown import Markdown
from docgen.twins.plain import to_markdown

PARSER = MarkdownIt("commonmark").enable("table")

# What twins leave out on purpose: the frame of a page, and what is only for the eye.
LEFT_OUT = """
    .crumbs, .badge, .actions, .toc-bar, a.anchor, [aria-hidden=true],
    button, script, select, style, template, svg :not(title, desc)
"""
# All that Markdown has markup for. A twin writes the names of definitions as strong ones.
SHAPE = "h1, h2, h3, h4, li, blockquote, hr, pre, code, em, strong, dt, a"

Shown = tuple[str, list[tuple[str, str]]]


def squeezed(text: str) -> str:
    return "".join(text.split())


def shown(html: str) -> Shown:
    """Give what HTML shows: its text, and the text of each part that has markup."""
    tree = HTMLParser(html)
    for node in tree.css(LEFT_OUT):
        node.decompose()
    for node in tree.css("img"):
        node.replace_with(node.attributes["alt"] or "")
    for node in tree.css(":is(h1, h2, h3, h4) *"):  # the titles of a twin are plain text
        node.unwrap()
    shape = [(node.tag.replace("dt", "strong"), squeezed(node.text())) for node in tree.css(SHAPE)]
    for node in tree.css("dt"):
        node.insert_after(":")
    return squeezed(tree.body.text() if tree.body else ""), shape


def shown_by_twin(html: str) -> Shown:
    return shown(PARSER.render(to_markdown(html)))


@pytest.mark.parametrize(
    ("html", "markdown"),
    [
        (
            "<p>One <strong>two</strong>, <em>x</em> and <code>a</code>.</p>",
            "One **two**, *x* and `a`.",
        ),
        ("<p>a</p><!-- x --><p>b</p>", "a\n\nb"),
        ('<p><a href="/x/?a=1&amp;b">it</a></p>', "[it](/x/?a=1&b)"),
        ('<p><a href="/a_(b)/?x=1&amp;amp;">a</a></p>', r"[a](</a_(b)/?x=1\&amp;>)"),
        ('<p><a id="b">b</a></p>', "b"),
        ("<ul><li>a</li><li><p>b</p><p>c</p></li></ul>", "- a\n\n- b\n\n  c"),
        (
            '<ol start="3"><li>a</li><li>b<ul><li>c</li></ul></li></ol>',
            "3. a\n\n4. b\n\n   - c",
        ),
        ("<ul><li><ol><li>a</li><li>b</li></ol></li><li>c</li></ul>", "- 1. a\n\n  2. b\n\n- c"),
        (
            "<table><thead><tr><th>a</th><th>b</th></tr></thead>"
            "<tbody><tr><td><code>x|y</code></td></tr></tbody></table>",
            "| a | b |\n| --- | --- |\n| `x\\|y` |  |",
        ),
        ("<dl><dt>Name</dt><dd>What it is</dd></dl>", "**Name**: What it is"),
        (
            "<svg><title>The way</title><desc>One, two.</desc><text>1</text></svg>",
            "The way\n\nOne, two.",
        ),
        ("<p>a</p><button>Copy</button><script>x()</script>", "a"),
        ('<ol><li><span aria-hidden="true">1</span> a</li></ol>', "1. a"),
        ('<h3 id="x">Deep</h3><a class="anchor" href="#x">#</a><p>t</p>', "### Deep\n\nt"),
        ('<section aria-label="The *"><p>a</p></section>', "**The \\***\n\na"),
    ],
)
def test_html_becomes_markdown(html: str, markdown: str) -> None:
    assert to_markdown(html) == markdown


@pytest.mark.parametrize(
    ("html", "markdown"),
    [
        ("<pre><code><span>if</span> a &lt; b:\n    c</code></pre>", "```\nif a < b:\n    c\n```"),
        ("<ol><li>a<pre>b\n\nc</pre></li></ol>", "1. a\n\n   ```\n   b\n\n   c\n   ```"),
        ("<pre>```</pre>", "````\n```\n````"),
        ("<pre>a ````` b</pre>", "``````\na ````` b\n``````"),
        ("<p><code>a`b``c</code></p>", "```a`b``c```"),
        ("<p><code>`a</code>, <code>b`</code></p>", "`` `a ``, `` b` ``"),
        ("<p><code>a</code><code>b</code></p>", "`a` `b`"),
        ("<p><code>*a* <span>&lt;b&gt;</span></code></p>", "`*a* <b>`"),
    ],
)
def test_code_is_fenced_from_what_stands_in_it(html: str, markdown: str) -> None:
    assert to_markdown(html) == markdown


def test_a_quotation_and_a_line_stay_what_they_are() -> None:
    html = "<blockquote><p>a</p><ul><li>b</li></ul><pre>c\n\nd</pre></blockquote><hr><p>e</p>"
    assert to_markdown(html) == "> a\n>\n> - b\n>\n> ```\n> c\n>\n> d\n> ```\n\n---\n\ne"
    assert to_markdown("<blockquote> </blockquote><p>a</p>") == "a"
    html = "<ul><li><blockquote>a<p>b</p></blockquote></li></ul>"
    assert to_markdown(html) == "- > a\n  >\n  > b"


@pytest.mark.parametrize(
    ("html", "markdown"),
    [
        ("a <strong> b </strong>c<em> </em>", "a **b** c"),
        ("<strong>a <b>b</b></strong>", "**a b**"),
        ("a<strong>b</strong>c <em>d.</em> e", "a**b**c *d.* e"),
        ("a<strong>(b)</strong> <em>c.</em>d", "a(b) c.d"),
        ("<em>a</em><em>b</em>", "*a*b"),
    ],
)
def test_words_lose_an_emphasis_that_markdown_cannot_say(html: str, markdown: str) -> None:
    assert to_markdown(f"<p>{html}</p>") == markdown


@pytest.mark.parametrize(
    "text",
    [
        r"\*not emphasis\*, \_nor this\_, \*\*nor\*\* \_\_this\_\_",
        "a * b * c, 2*3*4, __init__ and _private",
        r"*a \* b* and **c \*\* d** and *\** and **\_**",
        r"\<b>bold\</b>, \<!-- x -->, \<https://a.example>, a < b > c",
        "&amp;lt; and &amp;#42; and AT&T and R&D",
        r"\[no\](link), !\[no\](image), [see \[1\]](/x/), [a\] b](/x/), wow![it](/x/)",
        r"wow!*[it](/x/)*, wow\![it](/x/), [**\[** `]`](/x/)",
        r"\`not code\`, ``code with ` one``, ``` `` ```, `` `a` ``, ` b `, `\`, `a\*b`",
        r"a\\*b, \\, C:\dir\\file, \\_x_, *\\*, [\\](/x/)",
        r"\# no heading",
        r"1986\. A year",
        r"1\) no item",
        r"\- no item",
        r"\+ no item",
        r"\* no item",
        r"\>no quote",
        r"\~~~ no fence",
        r"\---",
        r"\* \* \*",
        r"\___",
        r"\[x]: /no/definition/",
        "a line\nwith a break\\\nand *emphasis\nover two*",
        "*a* **b** ***c*** **d *e* f** *g **h** i* **n `o`**",
        '*"quoted"*, (*x*), "**y.**" **z:** x',
        "| *a* | b |\n| --- | --- |\n| x \\| \\*z\\* | `\\|` # \\\\\\| |\n| - c | 1. d |",
        "- a\n- \\- b\n- 1\\. c\n\n  d\n\n  - e\n- - f\n\n3. g\n4. > h",
        "> a\n>\n> - b\n>   c\n>\n> ```\n> d\n>\n> e\n> ```\n>\n> > f\n\n---\n\ng",
        "````text\n```\na\n```\n````",
        '## C \\#\n\n!!! note "A \\* B"\n    \\- text',
    ],
)
def test_what_only_looks_like_markup_is_shown_as_it_is(text: str) -> None:
    html = Markdown().render(text, lambda target, _: target).html
    assert shown_by_twin(html) == shown(html)


@given(st.text(alphabet="""*_`[]()<>&#+-=~!\\|.:;"'/1a bB\n""", max_size=40))
def test_any_text_is_shown_as_it_is(text: str) -> None:
    assert shown_by_twin(Markup("<p>{}</p>").format(text)) == (squeezed(text), [])


@pytest.mark.parametrize(
    "text",
    [
        "version_id_col, make_conditional() and a * b",
        "a < b, R&D, AT&T. [sic] items[0] (#3) C# 1.5 - x + y > z",
        "Wow! No. 1986. It is ~ 5, C:\\dir",
    ],
)
def test_what_markdown_takes_for_itself_stays_bare(text: str) -> None:
    assert to_markdown(Markup("<p>{}</p>").format(text)) == text


@pytest.mark.slow
def test_every_twin_of_the_site_shows_what_its_page_shows(output: Path) -> None:
    twins = sorted(output.rglob("index.md"))
    assert len(twins) > 50
    for twin in twins:
        page = HTMLParser(twin.with_suffix(".html").read_text(encoding="utf-8"))
        text, shape = shown(page.css_first("article").html or "")
        again = shown(PARSER.render(twin.read_text(encoding="utf-8")))
        assert again == (text, shape), twin


@pytest.mark.slow
def test_the_links_of_every_twin_lead_somewhere(output: Path) -> None:
    for twin in output.rglob("index.md"):
        page = HTMLParser(PARSER.render(twin.read_text(encoding="utf-8")))
        targets = [node.attributes["href"] or "" for node in page.css("a")]
        for target in targets:
            if not re.match(r"https?:|#", target):
                assert (twin.parent / target.partition("#")[0]).is_file(), (twin, target)
                assert "index.html" not in target
