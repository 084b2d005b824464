"""The index of the search: every page cut at its headings, as a script.

The pages search in the browser, without a server: ``static/search.js`` reads the index. It
is a script and not JSON because a page opened from a file may load the one and not the
other. The rules of words are here and in that script, and a table of queries holds them
together.
"""

import html
import re
import unicodedata
from collections.abc import Iterable
from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from ..page.anchors import slugify
from ..page.document import Document

INDEX_FILE = "assets/search-index.js"

# What is not prose: code is indexed by its words, the rest repeats on every page.
_CODE = re.compile(r"<pre\b.*?</pre>", re.DOTALL)
_UNSEARCHED = re.compile(r'<pre\b[^>]*? class="unsearched"')  # files that are shown whole
_FRAME = re.compile(
    r'<(svg|figcaption|script|form|select)\b.*?</\1>|<div class="unsearched.*?</div>'
    r'|<div class="(?:code|lane)-head".*?</div>|<a class="anchor".*?</a>',
    re.DOTALL,
)
_INLINE_TAG = re.compile(r"</?(?:a|abbr|b|code|em|i|kbd|mark|s|small|span|strong|sub|sup)\b[^>]*>")
_TAG = re.compile(r"<[^>]+>")

# An entity tag with its quotes, a clause with its sign, and words with what joins them:
# `W/"x"`, `§13.1.1`, `If-None-Match`, `application/problem+json`.
WORD = r"[^\W_]+(?:[-_.:/+][^\W_]+)*"
_TOKEN = re.compile(rf'(?:w/)?"[^"\s]*"|§\d+(?:\.\d+)*|{WORD}')
_WORDS = re.compile(WORD)
# What people leave out as they type: accents, the vowels of Arabic and Hebrew, and the signs
# that only say how an alef is pronounced or draw a word out.
_ACCENT = re.compile(
    "[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u0610-\u061a\u0640\u064b-\u065f\u0670]"
)
# Chinese and Japanese put no spaces between words: a text is found by each two letters.
_UNSPACED = "[\u3005-\u3007\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]"
_RUN = re.compile(f"({_UNSPACED}+)")
_ARTICLE = re.compile("^(?:[فكوب]?ال|لل)(?=[ء-ي]{2})")
_PART = re.compile(r"[^\W_]{2,}")
_JOINT = re.compile(r"(?<=[^\W_])[-_.:/+](?=[^\W_]+[-_.:/+])")

# The whole index is loaded at once, so it has to stay small: of a long section it keeps the
# beginning, to be shown, and the words of the rest, to be found by.
_MADE = "#"
"""In place of an anchor that is made of its title."""

_SHOWN_OF_PAGE = 245
_SHOWN_OF_SECTION = range(60, 400)
# Of code, names made of several words are looked for, not `answer` and `body`.
_NAME = re.compile(r"[^\W\d_][-_][^\W\d_]|[^\W\d_A-Z][A-Z]")
# No one looks for these: quoted values of examples, digests, numbers and times.
_NOT_SOUGHT = re.compile(r'".*"|[0-9a-f]{8,}|[\d.:]+|..?')
# A query does without these, unless it has no others. search.js has the same.
STOP = frozenset(
    """
    a after all also an and any are as at be because been before being but by can cannot do
    does each else every for from get got had has have how i if in into is it its may me more
    most must my no
    nor not now of on once one only or other our out own same she should since so some such
    than that the their them then there these they this those to too two under until up upon
    very versus vs was we were what when where which while who why will with within without
    would yet you your
    """.split()  # noqa: SIM905 - a list of these would be a page long
)


class Section(NamedTuple):
    """What stands under one heading.

    :param anchor: the id of the heading; empty for what stands above the first.
    :param title: the heading; above the first, the keywords of the page.
    :param text: the beginning of its prose, in whole words where spaces set them apart.
    :param words: the words of the rest, and the names in its code.
    """

    anchor: str
    title: str
    text: str
    words: str


class Entry(NamedTuple):
    """A page in the index.

    :param href: its address from the root of the site, as a link would say it.
    :param group: the title of its section in the menu.
    """

    href: str
    title: str
    group: str
    sections: list[Section]

    @property
    def headings(self) -> list[Section]:
        """Its sections that have a heading."""
        return [section for section in self.sections if section.anchor]


def read_sections(
    document: Document, description: str = "", keywords: Iterable[str] = ()
) -> list[Section]:
    """Cut a page at its headings.

    :param keywords: what readers call the page; it stands where the first section, which has
        no heading, would have its title.
    """
    parts = list(document.cut(deepest=4, at_folds=True))
    shown = min(max(_SHOWN_OF_PAGE // len(parts), _SHOWN_OF_SECTION.start), _SHOWN_OF_SECTION.stop)
    first, *others = [
        _section(heading.id if heading else "", _text(heading.html) if heading else "", html, shown)
        for heading, html in parts
    ]
    text = f"{description} {first.text}".strip()
    return [first._replace(title=", ".join(keywords), text=text), *others]


def join_index(entries: Iterable[bytes]) -> Iterator[bytes]:
    """Write the index as a script that assigns it.

    :param entries: each :class:`Entry` as :func:`encode_entry` gives it.
    """
    yield b"window.docgenIndex=["
    for place, entry in enumerate(entries):
        yield b",\n" if place else b"\n"
        yield entry
    yield b"\n];\n"


def encode_entry(entry: Entry) -> bytes:
    """Write an entry as JSON, without the anchors that are made of their titles."""
    return msgspec.json.encode(entry._replace(sections=[*map(_pack, entry.sections)]))


def decode_entry(packed: bytes) -> Entry:
    """Read an entry."""
    entry = msgspec.json.decode(packed, type=Entry)
    return entry._replace(sections=[*map(_unpack, entry.sections)])


def _pack(section: Section) -> Section:
    # search.js makes them again, where letters are no matter of opinion.
    is_made = section.title.isascii() and section.anchor == slugify(section.title)
    return section._replace(anchor=_MADE) if is_made else section


def _unpack(section: Section) -> Section:
    is_made = section.anchor == _MADE
    return section._replace(anchor=slugify(section.title)) if is_made else section


def fold(text: str) -> str:
    """Write a text without case, width and accents, as people type what they look for.

    The marks of most scripts but the European ones are letters to their readers and stay.
    """
    if text.isascii():
        return text.lower()
    bare = _ACCENT.sub("", unicodedata.normalize("NFKD", text.lower()))
    return unicodedata.normalize("NFC", bare)


def tokens(text: str) -> Iterator[str]:
    """Give what a text is found by: its words, and what compound ones are made of.

    ``application/problem+json`` is found by each of its words and by ``problem+json``.
    """
    for token in _TOKEN.findall(fold(text)):
        if _RUN.search(token):
            yield from pairs(token)
            continue
        yield token
        if (word := _ARTICLE.sub("", token)) != token:
            yield word
        if token.isalnum():  # most are: one word, with nothing to take apart
            continue
        if token.startswith("§"):
            yield token[1:]
            continue
        parts = _PART.findall(token)
        if parts != [token]:
            yield from parts
            yield from (token[found.end() :] for found in _JOINT.finditer(token))
        if "-" in token and len(parts) > 1:
            yield "".join(parts)


def pairs(text: str) -> Iterator[str]:
    """Give each two letters that follow each other where no spaces set words apart, and the
    last one; the words between them as they are."""
    for part in _RUN.split(text):
        if _RUN.match(part):
            yield from (part[at : at + 2] for at in range(len(part)))
        else:
            yield from _PART.findall(part)


def _section(anchor: str, title: str, body: str, shown: int) -> Section:
    text = _text(_FRAME.sub(" ", _CODE.sub(" ", body)))
    end = len(text)
    if end > shown:
        space = text.rfind(" ", shown // 2, shown + 1)
        end = space if space >= 0 else shown  # not every script puts spaces between words
    names = [
        name
        for code in _CODE.findall(body)
        if not _UNSEARCHED.match(code)
        for name in dict.fromkeys(_WORDS.findall(_text(code)))
        if _NAME.search(name)
    ]
    words = dict.fromkeys([*_TOKEN.findall(fold(text[end:])), *(fold(name) for name in names)])
    sought = [
        word
        for word in words
        if word not in STOP and (_RUN.search(word) or not _NOT_SOUGHT.fullmatch(word))
    ]
    known = {*tokens(title), *tokens(text[:end])} if sought else set()
    # In order, neighbours begin alike, which the compression on the wire makes use of.
    rest = sorted(word for word in sought if not known.issuperset(_looked_for(word)))
    return Section(anchor, title, text[:end], " ".join(rest))


def _looked_for(word: str) -> list[str]:
    return term_parts(word) if _RUN.search(word) else [word]


def term_parts(term: str) -> list[str]:
    """Give what a word of a query is looked for by.

    Of letters without spaces, the last one says nothing that the two before do not.
    """
    if not _RUN.search(term):
        return [_ARTICLE.sub("", term)]
    return [
        pair
        for part in _RUN.split(term)
        for pair in ([*pairs(part)][:-1] if _RUN.match(part) and len(part) > 1 else pairs(part))
    ]


def _text(fragment: str) -> str:
    plain = _TAG.sub(" ", _INLINE_TAG.sub("", fragment))
    return " ".join(html.unescape(plain).split())
