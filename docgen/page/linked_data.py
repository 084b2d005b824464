"""What a page tells search engines: schema.org in JSON-LD."""

import json
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from markupsafe import Markup

from ..blocks.slot import LinkedData
from ..sources.pages import Page
from .navigation import Item


def describe(
    page: Page,
    site: str,
    language: str,
    canonical: str | None,
    breadcrumbs: list[Item],
    more: Iterable[LinkedData] = (),
) -> Markup:
    """Describe a page for a ``<script type="application/ld+json">``.

    :param site: the title of the site.
    :param language: the language of the page.
    :param more: what its blocks say about it, such as an FAQPage.
    """
    place = {"url": canonical} if canonical else {}
    whole = {"@type": "WebSite", "name": site}
    about: dict[str, Any] = {"inLanguage": language, "description": page.meta.description, **place}
    if page.url == "/":
        graph: list[LinkedData] = [{**whole, **about}]
    else:
        article = {"@type": "TechArticle", "headline": page.meta.title, **about, "isPartOf": whole}
        if page.meta.updated:
            article["dateModified"] = page.meta.updated.isoformat()
        graph = [article, _trail(page, canonical, breadcrumbs)]
    text = json.dumps({"@context": "https://schema.org", "@graph": [*graph, *more]})
    # Nothing in it can end the script element or look like markup.
    return Markup(text.translate({ord(char): f"\\u{ord(char):04x}" for char in "<>&"}))


def _trail(page: Page, canonical: str | None, breadcrumbs: list[Item]) -> LinkedData:
    base = canonical.removesuffix(page.address) if canonical else None
    items = [
        {
            "@type": "ListItem",
            "position": position,
            "name": item.name,
            "item": item.href if base is None else base + quote(item.url[1:]),
        }
        for position, item in enumerate(breadcrumbs, 1)
    ]
    return {"@type": "BreadcrumbList", "itemListElement": items}
