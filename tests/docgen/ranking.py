"""The ranking of static/search.js, once more and plainly: what its results are held to."""

import re
from collections import Counter
from collections.abc import Iterator
from collections.abc import Sequence
from functools import cache

from docgen.site.search import STOP
from docgen.site.search import WORD
from docgen.site.search import Entry
from docgen.site.search import Section
from docgen.site.search import fold
from docgen.site.search import term_parts
from docgen.site.search import tokens

TERM = re.compile(rf'(?:w/)?"[^"\s]*"?|§\d+(?:\.\d+)*|{WORD}')


def terms(query: str) -> list[str]:
    """Give the words of a query that count; a compound one stays whole, a quote may be open."""
    found = [part for term in TERM.findall(fold(query)) for part in term_parts(str(term))]
    return [term for term in found if term not in STOP] or found


def rank(entries: Sequence[Entry], query: str) -> list[str]:
    """Give the addresses of the sections that have any of a query, the best first."""
    sections = [(entry, section) for entry in entries for section in entry.sections]
    weights = [weigh(entry.title, slug(entry), section) for entry, section in sections]
    wanted = [*dict.fromkeys(terms(query))]
    vocabulary = {token for tokens in weights for token in tokens}
    spelt = [words for term in wanted for words in spellings(term, vocabulary)]
    scores = [[best_score(tokens, words) for words in spelt] for tokens in weights]
    pages: list[set[str]] = [
        {entry.href for (entry, _), scored in zip(sections, scores, strict=True) if scored[at]}
        for at in range(len(spelt))
    ]
    rarity = [(len(entries) // max(len(having), 1)).bit_length() for having in pages]
    ranked = []
    for place, ((entry, section), scored) in enumerate(zip(sections, scores, strict=True)):
        score = sum(score * rare for score, rare in zip(scored, rarity, strict=True))
        score += bonus(entry, section, " ".join(wanted))
        covered = sum(
            rare for rare, having in zip(rarity, pages, strict=True) if entry.href in having
        )
        if any(scored):
            ranked.append((-score * covered, place))
    return [address(*sections[place]) for _, place in sorted(ranked)]


def address(entry: Entry, section: Section) -> str:
    """Give where a section stands."""
    return f"{entry.href}#{section.anchor}" if section.anchor else entry.href


def spellings(term: str, vocabulary: set[str]) -> list[tuple[str, ...]]:
    """Give a term as it is where any token begins so, or else the tokens that nearly do; where
    there are none, what its parts are."""
    if any(token.startswith(term) for token in vocabulary):
        return [(term,)]
    near = re.compile("|".join(slips(term)))
    meant = tuple(token for token in vocabulary if len(term) >= 4 and near.match(token))
    parts = re.findall(r"[^\W_]{2,}", term)
    if meant or len(parts) < 2:
        return [meant]
    return [words for part in parts for words in spellings(part, vocabulary)]


def slips(term: str) -> Iterator[str]:
    """Give a pattern for each letter that is too many, wrong, left out or changed places."""
    for at in range(len(term)):
        before, here, after = map(re.escape, (term[:at], term[at], term[at + 1 :]))
        yield from (before + after, f"{before}.{after}", f"{before}.{here}{after}")
        if after:
            yield before + re.escape(term[at + 1]) + here + re.escape(term[at + 2 :])


@cache
def weigh(title: str, slug: str, section: Section) -> dict[str, int]:
    """Give what each token of a section is worth: the most of the places where it stands."""
    places = [
        (title, 2 if section.anchor else 24, 1),
        ("" if section.anchor else slug, 12, 1),
        (section.title, 12, 1),
        (section.text, 2, 4),
        (section.words, 1, 1),
    ]
    weights: dict[str, int] = {}
    for text, weight, most in places:
        for token, count in Counter(tokens(text)).items():
            weights[token] = max(weights.get(token, 0), weight * min(count, most))
    return weights


def best_score(weights: dict[str, int], spellings: tuple[str, ...]) -> int:
    """Score a term: a whole token counts twice, the beginning of one once."""
    found = (
        weight * (2 if token in spellings else 1)
        for token, weight in weights.items()
        if token.startswith(spellings)
    )
    return max(found, default=0)


def bonus(entry: Entry, section: Section, query: str) -> int:
    """Prefer what is called as the query says."""
    called = [section.title]
    if not section.anchor:
        called = [entry.title, slug(entry).replace("-", " "), *section.title.split(", ")]
    names = [" ".join(terms(name)) for name in called]
    if query in names:
        return 60
    return 30 if any(name.startswith(query) for name in names) else 0


def slug(entry: Entry) -> str:
    """Give the last part of the address of a page."""
    return entry.href.removesuffix("index.html").rstrip("/").rpartition("/")[2]
