"""The files about the whole site: for crawlers, feed readers and language models."""

import uuid
from collections.abc import Iterable
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from markupsafe import escape

from ..page.links import is_external
from ..page.view import Site
from ..sources.changes import Change
from ..sources.pages import Page
from ..sources.pages import Section
from ..sources.sections import titles_of
from ..twins.commonmark import escape_line


def llms(site: Site, pages: Iterable[Page], sections: Iterable[Section]) -> bytes:
    """List the pages in Markdown, by section (llmstxt.org)."""
    base = site.base_url or ""
    lines = [f"# {site.title}", "", f"> {site.tagline}", ""]
    listed = list(pages)
    for id_, title in [(None, "Start"), *titles_of(sections).items()]:
        rows = [
            f"- [{escape_line(page.meta.title)}]({base}{page.address}index.md): "
            f"{escape_line(page.meta.description)}"
            for page in listed
            if page.meta.section == id_
        ]
        if rows:
            lines += [f"## {title}", "", *rows, ""]
    lines += ["## Optional", "", f"- [All of it in one file]({base}llms-full.txt)", ""]
    return "\n".join(lines).encode()


def llms_full(site: Site, texts: Iterable[tuple[Page, Path]]) -> Iterator[bytes]:
    """Give all pages in one Markdown file.

    :param texts: the pages and their twins in Markdown.
    """
    for page, path in texts:
        address = (site.base_url or "/") + page.address
        yield f"<!-- {address} -->\n\n".encode()
        yield path.read_bytes()
        yield b"\n\n"


def sitemap(base_url: str, pages: Iterable[Page]) -> bytes:
    """List the pages for crawlers (sitemaps.org)."""
    rows = []
    for page in pages:
        day = f"<lastmod>{page.meta.updated}</lastmod>" if page.meta.updated else ""
        rows.append(f"<url><loc>{escape(base_url + page.address)}</loc>{day}</url>\n")
    head = '<?xml version="1.0" encoding="UTF-8"?>\n'
    space = "http://www.sitemaps.org/schemas/sitemap/0.9"
    return f'{head}<urlset xmlns="{space}">\n{"".join(rows)}</urlset>\n'.encode()


def robots(base_url: str | None) -> bytes:
    """Let crawlers in (RFC 9309), and tell them where the sitemap is."""
    rules = "User-agent: *\nAllow: /\n"
    return (rules + (f"\nSitemap: {base_url}sitemap.xml\n" if base_url else "")).encode()


def feed(site: Site, changes: list[Change]) -> bytes:
    """Give the changes as Atom (RFC 4287)."""
    # An id outlives every address, so it is made of the words alone.
    base = site.base_url or ""
    entries = []
    for change in changes:
        href = change.href
        if not is_external(href):
            href = base + href.removeprefix("/")
        entries.append(
            f"<entry>\n<id>{_id(f'{site.title}/{change.day}/{change.title}')}</id>\n"
            f"<title>{escape(change.title)}</title>\n<updated>{_moment(change.day)}</updated>\n"
            f'<link href="{escape(href or ".")}"/>\n'
            f"<summary>{escape(change.text)}</summary>\n</entry>\n"
        )
    head = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom">\n'
        f"<id>{_id(site.title)}</id>\n<title>{escape(site.title)}</title>\n"
        f"<subtitle>{escape(site.tagline)}</subtitle>\n"
        f"<author><name>{escape(site.title)}</name></author>\n"
        f"<updated>{_moment(changes[0].day)}</updated>\n"
        f'<link rel="self" href="{escape(base)}feed.xml"/>\n<link href="{escape(base or ".")}"/>\n'
    )
    return f"{head}{''.join(entries)}</feed>\n".encode()


def _id(words: str) -> str:
    return uuid.uuid5(uuid.NAMESPACE_URL, words).urn


def _moment(day: date) -> str:
    return f"{day.isoformat()}T00:00:00Z"
