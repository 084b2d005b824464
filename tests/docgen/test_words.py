"""What pages on 412 get wrong again and again, and these must not say."""

import re
from collections.abc import Callable
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from selectolax.lexbor import LexborHTMLParser as HTMLParser
from selectolax.lexbor import LexborNode

ROOT = Path(__file__).parent.parent.parent
CONTENT = ROOT / "docgen/content"
BLOCKS = ("p", "li", "dd", "td", "th", "dt", "summary", "figcaption", "div.fact", "h1", "h2", "h3")


@dataclass(frozen=True)
class Rule:
    """A pattern that is wrong, and why.

    :param said: a sentence that breaks the rule.
    :param unless: what makes it right after all, asked of the block it stands in.
    :param everywhere: whether it is wrong on the pages of the extension too, which deal with
        other statuses as well.
    """

    pattern: str
    why: str
    said: str
    unless: Callable[[LexborNode], bool] = lambda block: False
    everywhere: bool = True


def cites(section: str) -> Callable[[LexborNode], bool]:
    """Allow it where the block, or the row or item that it is part of, cites a section."""

    def is_cited(block: LexborNode) -> bool:
        around = [block]
        parent = block.parent
        if parent and (parent.tag in ("tr", "li", "dd") or "fact" in classes(parent)):
            around.append(parent)
        return any(section in link.text() for node in around for link in node.css("a.clause"))

    return is_cited


def says(pattern: str) -> Callable[[LexborNode], bool]:
    """Allow it where the block itself says what makes it right."""
    return lambda block: re.search(pattern, block.text()) is not None


def classes(node: LexborNode) -> list[str]:
    return (node.attributes.get("class") or "").split()


RULES = [
    Rule(
        r"\b(MUST|SHOULD|MAY)\b",
        "a word of the law has its clause",
        "A server MUST answer 412.",
        cites("§"),
    ),
    Rule(r"\b(7807|7232|2616|2068)\b", "these RFCs are obsolete", "See RFC 7807."),
    Rule("(?i)payload too large", "413 is Content Too Large", "413 Payload Too Large is near."),
    Rule(
        r"(?i)\bvalidat(e|es|ed|ion|ing)\b",
        "what is wrong with the content is 400 or 422, never 412",
        "Send it when validation fails.",
    ),
    Rule(
        "Authorization", "that is 401", "412 means that Authorization is missing.", everywhere=False
    ),
    Rule("(?i)credentials", "that is 401", "Retry when credentials are refreshed."),
    Rule(
        "(?i)cacheable",
        "412 is not heuristically cacheable, by §15.1",
        "A 412 is cacheable if it has an ETag.",
        cites("§15.1"),
    ),
    Rule(
        "Retry-After",
        "waiting alone never helps: tags do not revert",
        "Heed Retry-After.",
        everywhere=False,
    ),
    Rule(r"\b411\b|Length Required", "a neighbour in number alone", "Related: 411."),
    Rule(r"code=412", "Django REST framework answers 500 to that", "raise APIException(code=412)"),
    Rule(
        "(?i)(reduces?|lowers?|hurts?) (the |your )?crawl",
        "a 4xx other than 429 has no effect on it",
        "A 412 reduces the crawl rate.",
    ),
    Rule(
        "(?i)access to the target resource",
        "nobody is denied access: a condition is false",
        "Access to the target resource was denied.",
    ),
    Rule(
        "(?i)server does not meet",
        "the condition is about the state of the resource",
        "The server does not meet a precondition.",
    ),
    Rule("(?i)stale-if-error", "a 412 is no failure of the origin", "Set stale-if-error."),
    Rule(
        "(?i)(missing|wrong) (required )?header",
        "a missing condition is 428",
        "A missing header leads to 412.",
    ),
    Rule(
        "(?i)(other than|but|only to) GET (and|or) HEAD",
        "QUERY reads too: 304 is its answer (RFC 10008 §2.6)",
        "On every method but GET and HEAD a false If-None-Match is 412.",
        says("QUERY|Modified-Since"),
        everywhere=False,
    ),
    Rule(
        "GET, merge|GET it, |Read the resource again",
        "a 412 leaves caches as they are (RFC 9111 §4.4), so a plain GET may bring the old tag",
        "After 412: GET, merge, send it again.",
        says("cache"),
        everywhere=False,
    ),
    Rule(
        "(?i)304 is a success",
        "it is a redirection, 3xx",
        "So 304 is a success.",
        everywhere=False,
    ),
    Rule(
        "If you sent tags in If-Match, none",
        "another field may have been false",
        "If you sent tags in If-Match, none of them is current.",
    ),
    Rule(
        "(?i)instance.*path of the resource",
        "it identifies the occurrence (RFC 9457 §3.1.5)",
        "The instance is the path of the resource.",
    ),
    Rule(
        r"412 / \(2xx \+ 412\)",
        "unconditional writes would hide the fault",
        "The ratio is 412 / (2xx + 412) of all writes.",
        says("carried a condition"),
    ),
]


def blocks_of(page: HTMLParser) -> Iterator[LexborNode]:
    """Give the smallest blocks of text in the article."""
    for node in page.css("article " + ", article ".join(BLOCKS)):
        # css() gives the node itself too, where it fits.
        if all(inner.mem_id == node.mem_id for inner in node.css("p, li, td, dd")):
            yield node


def broken_by(html: str, *, of_extension: bool = False) -> list[str]:
    """List what the text of a page says wrong, and why it is."""
    page = HTMLParser(html)
    for node in page.css(".history, pre"):
        node.decompose()  # one names what is no longer in force, the other is no text
    found = []
    for block in blocks_of(page):
        text = " ".join(block.text().split())
        for rule in RULES:
            applies = rule.everywhere or not of_extension
            if applies and re.search(rule.pattern, text) and not rule.unless(block):
                found.append(f"{rule.why}: {text}")
    return found


def test_no_page_says_what_is_wrong(output: Path) -> None:
    pages = sorted(output.rglob("*.html"))
    assert len(pages) > len(list(CONTENT.rglob("*.md"))) // 2
    wrong = {}
    for page in pages:
        name = page.relative_to(output).as_posix()
        html = page.read_text(encoding="utf-8")
        wrong[name] = broken_by(html, of_extension=name.startswith("extension/"))
    assert {name: broken for name, broken in wrong.items() if broken} == {}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.said)
def test_a_rule_finds_what_it_is_about(rule: Rule) -> None:
    page = "<article><h1>412</h1><{0}>{1}</{0}></article>"
    for tag in ("p", "h2"):
        assert broken_by(page.format(tag, rule.said)) == [f"{rule.why}: {rule.said}"]


def test_a_clause_allows_the_words_of_the_law() -> None:
    said = '<p>It MUST be ignored <a class="clause" href="#">RFC 9110 §13.1.4</a>.</p>'
    assert broken_by(f"<article><h1>412</h1>{said}</article>") == []
    assert broken_by(f"<article><h1>412</h1><p>It MUST be ignored.</p>{said}</article>") != []


def test_no_exchange_is_typed_by_hand() -> None:
    for path in CONTENT.rglob("*.md"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"^```(http|json)|HTTP/1\.1|^\s*HTTP/2", text, re.M), path.name


def test_descriptions_keep_to_the_rules() -> None:
    for path in CONTENT.rglob("*.md"):
        found = re.search(r'^description = "(.*)"$', path.read_text(encoding="utf-8"), re.M)
        assert found, path.name
        assert broken_by(f"<article><h1>412</h1><p>{found[1]}</p></article>") == [], path.name


def test_the_text_is_about_the_thing_itself(output: Path) -> None:
    for path in output.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert str(ROOT) not in text
        assert str(output) not in text
