"""The ranking of static/search.js, once more and plainly: what its results are held to."""

import re
from collections import Counter
from collections.abc import Sequence

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
    """Give the addresses of the sections that a query finds, the best first."""
    wanted = terms(query)
    scored = []
    for entry in entries:
        for section in entry.sections:
            weights = weigh(entry, section)
            best = [best_score(weights, term) for term in wanted]
            if wanted and all(best):
                score = sum(best) + bonus(entry, section, " ".join(wanted))
                anchor = f"#{section.anchor}" if section.anchor else ""
                scored.append((-score, len(scored), entry.href + anchor))
    return [href for _, _, href in sorted(scored)]


def weigh(entry: Entry, section: Section) -> dict[str, int]:
    """Give what each token of a section is worth: the most of the places where it stands."""
    places = [
        (entry.title, 2 if section.anchor else 24, 1),
        ("" if section.anchor else slug(entry), 12, 1),
        (section.title, 12, 1),
        (section.text, 2, 4),
        (section.words, 1, 1),
    ]
    weights: dict[str, int] = {}
    for text, weight, most in places:
        for token, count in Counter(tokens(text)).items():
            weights[token] = max(weights.get(token, 0), weight * min(count, most))
    return weights


def best_score(weights: dict[str, int], term: str) -> int:
    """Score a term: a whole token counts twice, the beginning of one once."""
    found = (
        w * (2 if token == term else 1) for token, w in weights.items() if token.startswith(term)
    )
    return max(found, default=0)


def bonus(entry: Entry, section: Section, query: str) -> int:
    """Prefer what is called as the query says."""
    called = [section.title] if section.anchor else [entry.title, slug(entry).replace("-", " ")]
    names = [" ".join(terms(name)) for name in called]
    if query in names:
        return 60
    return 30 if any(name.startswith(query) for name in names) else 0


def slug(entry: Entry) -> str:
    """Give the last part of the address of a page."""
    return entry.href.removesuffix("index.html").rstrip("/").rpartition("/")[2]
