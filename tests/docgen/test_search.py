"""How pages become an index, and what a query finds in it."""

import json
import re
from pathlib import Path

import msgspec
import pytest
from markupsafe import Markup
from selectolax.lexbor import LexborHTMLParser as HTMLParser

from docgen.page.document import Document
from docgen.site.search import _SHOWN_OF_PAGE
from docgen.site.search import Entry
from docgen.site.search import decode_entry
from docgen.site.search import encode_entry
from docgen.site.search import join_index
from docgen.site.search import read_sections
from docgen.site.search import tokens

from .ranking import rank
from .ranking import terms

BODY = """\
<p>Above &amp; before <code>If-Match</code>.</p>
<div class="heading h2"><h2 id="two">The <code>second</code></h2>
<a class="anchor" href="#two">#</a></div>
<p>Bold<strong>ly</strong> said<br>twice.</p>
<figure class="code"><div class="code-head"><span class="code-label">python</span></div>
<pre tabindex="0"><code><span class="k">def</span> <b>put_doc</b>(said, 412, readBody):
</code></pre>
<figcaption class="code-note">Verified</figcaption></figure>
<svg><title>Drawn</title></svg>
<details id="why"><summary>Why so?</summary><p>Because.</p></details>
"""


def entry(href: str, title: str, body: str, group: str = "Main") -> Entry:
    return Entry(href, title, group, read_sections(Document(Markup(body))))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("If-Match", ["if-match", "if", "match", "ifmatch"]),
        ('W/"x"', ['w/"x"']),
        ('W/"v1"', ['w/"v1"', "v1"]),
        ('"a b"', []),
        ("412", ["412"]),
        ("§13.1.1", ["§13.1.1", "13.1.1"]),
        (
            "application/problem+json",
            ["application/problem+json", "application", "problem", "json", "problem+json"],
        ),
        ("require_match()", ["require_match", "require", "match"]),
        ("依赖注入系统", ["依赖", "赖注", "注入", "入系", "系统"]),
        ("FastAPIの型ヒント", ["fastapi", "の型", "型ヒ", "ヒン", "ント"]),
        ("المُكوِّن", ["المكون", "مكون"]),
        ("וַיֹּאמֶר", ["ויאמר"]),
        ("한국어", ["한국어"]),
    ],
)
def test_a_text_is_found_by_whole_words_and_by_their_parts(text: str, expected: list[str]) -> None:
    assert [token for token in tokens(text) if len(token) > 1] == expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("If-Match: *", ["if-match"]),
        ('W/"x"', ['w/"x"']),
        ('W/"', ['w/"']),
        ("§13.1", ["§13.1"]),
        ("what is the contract", ["contract"]),
        ("what is", ["what", "is"]),
        ("依赖注入", ["依赖", "赖注", "注入"]),
        ("型", ["型"]),
        ("المكوّنات", ["مكونات"]),
        ("  ", []),
    ],
)
def test_a_query_keeps_compound_words_whole(query: str, expected: list[str]) -> None:
    assert terms(query) == expected


def test_a_page_is_cut_at_its_headings_and_folded_questions() -> None:
    sections = read_sections(Document(Markup(BODY)), "What it is.")
    assert [(section.anchor, section.title) for section in sections] == [
        ("", ""),
        ("two", "The second"),
        ("why", "Why so?"),
    ]
    assert sections[0].text == "What it is. Above & before If-Match."
    assert sections[1].text == "Boldly said twice."
    assert sections[2].text == "Because."


def test_a_long_section_is_kept_by_its_beginning_and_its_words() -> None:
    prose = " ".join(["beginning", *["filler"] * 100, "the", "42", "0123456789abcdef", "end"])
    [section] = read_sections(Document(Markup(f"<p>{prose}</p>")))
    assert prose.startswith(f"{section.text} ")
    assert 80 <= len(section.text) <= _SHOWN_OF_PAGE
    assert section.words == "end"


def test_a_text_without_spaces_is_cut_at_the_limit() -> None:
    prose = "前提条件" * 500
    [section] = read_sections(Document(Markup(f"<p>{prose}</p>")))
    assert len(section.text) == _SHOWN_OF_PAGE
    [section] = read_sections(Document(Markup(f"<p>HTTP {prose}</p>")))
    assert len(section.text) == _SHOWN_OF_PAGE


def test_code_counts_by_its_names_and_neither_by_plain_words_nor_by_its_frame() -> None:
    assert read_sections(Document(Markup(BODY)))[1].words == "put_doc readbody"


def test_no_word_of_a_page_runs_into_the_next(output: Path) -> None:
    # A style sheet sets a span apart for the eye, but only white space does for a search.
    between = r"(?:</?(?:a|code|em|span|strong)\b[^>]*>)+"
    run_together = re.compile(rf"[^\s<>(“]({between})(?=[^\s<>.,;:)”])")
    for path in output.rglob("index.html"):
        article = HTMLParser(path.read_text(encoding="utf-8")).css_first("article")
        for node in article.css("pre, svg, [aria-hidden=true]"):
            node.decompose()
        for found in run_together.finditer(article.html or ""):
            around = found.string[found.start() - 40 : found.end() + 40]
            assert "span" not in found[1], (path, around)


def test_the_index_is_a_script_that_assigns_it() -> None:
    pages = [entry("a/", "A", "<p>“Ü”</p>"), entry("b/", "B", "")]
    text = b"".join(join_index(msgspec.json.encode(page) for page in pages)).decode()
    assert text.startswith("window.docgenIndex=")
    assert text.endswith(";\n")
    index = json.loads(text.removeprefix("window.docgenIndex=").removesuffix(";\n"))
    assert index == [
        ["a/", "A", "Main", [["", "", "“Ü”", ""]]],
        ["b/", "B", "Main", [["", "", "", ""]]],
    ]


def test_an_anchor_that_is_made_of_its_title_costs_nothing() -> None:
    body = '<h2 id="if-match">If-Match?</h2><h2 id="x">If-Match</h2><h2 id="über">Über</h2>'
    page = entry("a/", "A", body)
    packed = encode_entry(page)
    anchors = [section[0] for section in json.loads(packed)[3]]
    assert anchors == ["", "#", "x", "über"]
    assert decode_entry(packed) == page


PAGES = [
    entry("text/", "Elsewhere", "<p>Send If-Match, again If-Match, once more If-Match.</p>"),
    entry("none/", "If-None-Match", "<p>Nothing.</p>"),
    entry("head/", "Other", '<h2 id="x">If-Match and proxies</h2><p>Text.</p>'),
    entry("page/", "If-Match", "<p>The header.</p>"),
    entry("tag/", "Tags", '<p>A weak tag is <code>W/"x"</code>, see §13.1.1.</p>'),
]


def test_a_title_comes_before_a_heading_and_a_heading_before_text() -> None:
    assert rank(PAGES, "If-Match") == ["page/", "head/#x", "text/"]


def test_a_header_is_not_found_by_the_parts_of_another() -> None:
    assert "none/" not in rank(PAGES, "if-match")
    assert rank(PAGES, "if none match")[0] == "none/"
    assert rank(PAGES, "ifnonematch") == ["none/"]


def test_a_page_is_found_by_the_name_in_its_address() -> None:
    pages = [entry("faq/index.html", "Ten questions", ""), entry("a/", "Questions", "<p>FAQ</p>")]
    assert rank(pages, "faq") == ["faq/index.html", "a/"]


@pytest.mark.parametrize("query", ['W/"x"', 'w/"', "§13.1.1", "13.1", "weak tags"])
def test_tags_and_clauses_are_found_as_they_are_written(query: str) -> None:
    assert rank(PAGES, query) == ["tag/"]


def test_a_page_that_has_more_of_a_query_comes_first() -> None:
    assert rank(PAGES, "weak tag") == ["tag/"]
    assert rank(PAGES, "header proxies") == ["head/#x", "page/"]
    assert rank(PAGES, "header weak tag")[0] == "tag/"
    assert rank(PAGES, "unheard") == []
    assert rank(PAGES, "") == []


def test_a_rare_word_tells_more_than_one_that_stands_everywhere() -> None:
    pages = [entry(f"{n}/", f"Page {n}", "<p>The common word.</p>") for n in range(9)]
    pages.append(entry("rare/", "Other", "<p>A rare thing.</p>"))
    assert rank(pages, "common rare")[0] == "rare/"


def test_a_compound_that_stands_nowhere_is_found_by_its_parts() -> None:
    assert rank(PAGES, "headers.proxies")[0] == "head/#x"


@pytest.mark.parametrize(
    "query",
    [
        "proxeis",
        "prxies",
        "proxiess",
        "praxies",
        "Proxì",
        "ｐｒｏｘｉｅｓ",
        "weakk proxyes",
        "prxi",
    ],
)
def test_a_slip_of_the_fingers_is_forgiven(query: str) -> None:
    assert rank(PAGES, query)[0] == "head/#x"


@pytest.mark.parametrize("query", ["prxes", "tga", "xproxx"])
def test_two_slips_or_one_in_a_short_word_are_not(query: str) -> None:
    assert rank(PAGES, query) == []


def test_what_is_spelt_right_somewhere_is_not_taken_for_a_slip() -> None:
    assert rank([*PAGES, entry("x/", "X", "<p>Proxiet</p>")], "proxiet") == ["x/"]


def test_a_page_is_found_by_what_its_readers_call_it() -> None:
    called = read_sections(Document(Markup("<p>…</p>")), keywords=["mid-air collision", "race"])
    pages = [*PAGES, Entry("lost/", "Lost", "Main", called)]
    assert rank(pages, "mid-air collision") == ["lost/"]
    assert rank(pages, "race") == ["lost/"]
    assert Entry("lost/", "Lost", "Main", called).headings == []
