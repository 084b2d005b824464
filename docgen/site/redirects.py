"""What stands at the addresses that a page had before: pages that lead on, and ``_redirects``."""

from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from functools import partial
from urllib.parse import quote
from urllib.parse import urlsplit

from markupsafe import Markup

from ..sources.data import line_of
from ..sources.errors import BuildError
from ..sources.pages import Page
from .publication import ways_to

RULES_FILE = "_redirects"
"""What Netlify, Cloudflare Pages and others read to answer 301 themselves."""

_PAGE = Markup(
    '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
    "<title>{title}</title>\n"
    '<meta http-equiv="refresh" content="0; url={href}">\n'
    '<link rel="canonical" href="{canonical}">\n<meta name="robots" content="noindex">\n'
    '</head>\n<body>\n<p><a href="{href}">{title}</a></p>\n</body>\n</html>\n'
)


def redirect_files(pages: Iterable[Page], base_url: str | None) -> dict[str, Callable[[], bytes]]:
    """Give what makes each file that leads from an alias to its page, by name.

    :param base_url: where the site is published.
    """
    rules: list[str] = []
    files: dict[str, Callable[[], bytes]] = {}
    root = urlsplit(base_url).path if base_url else "/"
    for page in pages:
        for alias in page.meta.aliases:
            name = _file_of(alias)
            files[name] = partial(_redirect, page, name.count("/"), base_url)
            rules.append(f"{root}{quote(alias[1:])} {root}{page.address} 301\n")
    if rules:
        files[RULES_FILE] = partial(str.encode, "".join(rules))
    return files


def find_conflicts(pages: Iterable[Page], taken: Iterable[str]) -> Iterator[BuildError]:
    """Find the aliases that would take the place of something of the site.

    :param taken: the files that the site has besides.
    """
    known = set(taken)
    ways = {way for name in known for way in ways_to(name)}
    for page in pages:
        for alias in page.meta.aliases:
            name = _file_of(alias)
            said = ""
            if name in known or name in ways or any(way in known for way in ways_to(name)):
                said = "is an address that the site has already"
            if ".." in name.split("/"):
                said = "leads out of the site"
            if said:
                message = f"the alias {alias} {said}"
                yield BuildError(page.source, line_of(page.source, alias), message)
            known.add(name)
            ways.update(ways_to(name))


def _file_of(alias: str) -> str:
    name = alias[1:]
    return name if name.endswith(".html") else f"{name.rstrip('/')}/index.html".lstrip("/")


def _redirect(page: Page, depth: int, base_url: str | None) -> bytes:
    href = "../" * depth + page.href
    canonical = base_url + page.address if base_url else href
    return _PAGE.format(title=page.meta.title, href=href, canonical=canonical).encode()
