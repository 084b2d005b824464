"""Whether HTML is well-formed, and what a page links to and loads.

A quick look at what the templates write, at every check: each tag is closed in its place,
ids are unique, references by id lead somewhere, and no element stands where HTML does not
allow it. The full grammar is the business of vnu.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import field
from html import unescape

_TOKEN = re.compile(
    r"<!--.*?-->|<!doctype[^>]*>|<(/?)([a-zA-Z][\w:-]*)((?:[^>\"']|\"[^\"]*\"|'[^']*')*?)(/?)>",
    re.DOTALL | re.IGNORECASE,
)
_ATTRIBUTE = re.compile(r"([^\s=\"'<>/]+)(?:\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'=<>`]+)))?")
_VOID = frozenset(
    {
        *("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta"),
        *("source", "track", "wbr"),
    }
)
_RAW = frozenset(("script", "style", "textarea", "title"))
_BLOCKS = frozenset(
    {
        *("address", "article", "aside", "blockquote", "details", "div", "dl", "fieldset"),
        *("figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr"),
        *("main", "nav", "ol", "p", "pre", "search", "section", "table", "ul"),
    }
)
_INTERACTIVE = frozenset(("a", "button", "details", "select", "textarea"))
_PARENTS = {
    "li": {"ul", "ol", "menu"},
    "dt": {"dl", "div"},
    "dd": {"dl", "div"},
    "tr": {"table", "thead", "tbody", "tfoot"},
    "td": {"tr"},
    "th": {"tr"},
    "thead": {"table"},
    "tbody": {"table"},
    "summary": {"details"},
    "figcaption": {"figure"},
}
_REFERENCES = ("aria-labelledby", "aria-describedby", "aria-controls", "for", "popovertarget")


@dataclass(slots=True)
class MarkupError:
    """Something wrong, and the line of the HTML.

    :param needle: the name or address that it is about, as its source has it.
    """

    line: int
    message: str
    needle: str = ""


@dataclass(slots=True)
class Document:
    """What a look at a page found.

    :param links: the targets of its links, with their lines.
    :param loaded: the files that a browser loads with it, with their lines.
    :param pictures: the pictures and recordings that it shows, likewise.
    :param leads_on: whether it only stands at an old address, and leads to the new one.
    """

    ids: set[str] = field(default_factory=set)
    links: list[tuple[int, str]] = field(default_factory=list)
    loaded: list[tuple[int, str]] = field(default_factory=list)
    pictures: list[tuple[int, str]] = field(default_factory=list)
    findings: list[MarkupError] = field(default_factory=list)
    leads_on: bool = False


def read_document(text: str) -> Document:
    """Look at a page."""
    document = Document()
    references: list[tuple[int, str, str]] = []
    stack: list[tuple[str, int]] = []
    if not text.lstrip().lower().startswith("<!doctype html>"):
        document.findings.append(MarkupError(1, "it does not start with <!doctype html>"))
    for line, closing, name, attributes, is_closed in _tags(text):
        if closing:
            _close(document, stack, name, line)
            continue
        if problem := _misplaced(name, [open_ for open_, _ in stack]):
            document.findings.append(MarkupError(line, problem))
        given = {key.lower(): unescape(value) for key, value in attributes}
        if len(given) != len(attributes):
            document.findings.append(MarkupError(line, f"<{name}> has an attribute twice"))
        _note(document, references, name, given, line)
        if name not in _VOID and not is_closed:
            stack.append((name, line))
    for name, line in stack:
        document.findings.append(MarkupError(line, f"<{name}> is never closed"))
    for line, attribute, id_ in references:
        if id_ not in document.ids:
            document.findings.append(
                MarkupError(line, f'{attribute}="{id_}" names no id of the page', id_)
            )
    return document


def _tags(text: str) -> Iterator[tuple[int, bool, str, list[tuple[str, str]], bool]]:
    at, line, counted = 0, 1, 0
    while found := _TOKEN.search(text, at):
        at = found.end()
        name = (found[2] or "").lower()
        if not name:
            continue
        line += text.count("\n", counted, found.start())
        counted = found.start()
        attributes = [
            (key, double or single or bare)
            for key, double, single, bare in _ATTRIBUTE.findall(found[3])
        ]
        yield line, bool(found[1]), name, attributes, bool(found[4])
        if name in _RAW and not found[1]:
            end = text.find(f"</{name}", at)
            at = end if end >= 0 else len(text)


def _close(document: Document, stack: list[tuple[str, int]], name: str, line: int) -> None:
    if stack and stack[-1][0] == name:
        stack.pop()
    elif any(open_ == name for open_, _ in stack):
        inner, since = stack[-1]
        document.findings.append(
            MarkupError(line, f"</{name}> comes before the <{inner}> of line {since} is closed")
        )
        while stack.pop()[0] != name:
            pass
    else:
        document.findings.append(MarkupError(line, f"</{name}> closes nothing"))


def _misplaced(name: str, around: list[str]) -> str | None:
    parent = around[-1] if around else ""
    if name in _BLOCKS and "p" in around:
        return f"<{name}> stands within a <p>"
    if name in _BLOCKS and any(open_ in ("span", "code", "em", "strong", "h1") for open_ in around):
        return f"<{name}> stands within text"
    if name in _INTERACTIVE and any(open_ in ("a", "button") for open_ in around):
        return f"<{name}> stands within another control"
    if name in _PARENTS and parent not in _PARENTS[name]:
        return f"<{name}> stands within <{parent}>"
    if parent in ("ul", "ol") and name not in ("li", "script", "template"):
        return f"<{name}> stands within <{parent}>"
    return None


def _note(
    document: Document,
    references: list[tuple[int, str, str]],
    name: str,
    given: dict[str, str],
    line: int,
) -> None:
    if (id_ := given.get("id")) is not None:
        if id_ in document.ids:
            document.findings.append(MarkupError(line, f'id="{id_}" is there already', id_))
        document.ids.add(id_)
    for attribute in _REFERENCES:
        references += [(line, attribute, each) for each in given.get(attribute, "").split()]
    if name == "img" and "alt" not in given:
        document.findings.append(MarkupError(line, "<img> has no alt", given.get("src", "")))
    if "style" in given or name == "style":
        document.findings.append(
            MarkupError(line, "style within the page is refused by a strict CSP")
        )
    handler = next((key for key in given if key.startswith("on")), None)
    if handler:
        document.findings.append(MarkupError(line, f"{handler} is refused by a strict CSP"))
    if name == "meta" and given.get("http-equiv", "").lower() == "refresh":
        document.leads_on = True
    if name in ("a", "area") and "href" in given:
        document.links.append((line, given["href"]))
    elif name == "link" and set(given.get("rel", "").split()) & {"stylesheet", "icon", "preload"}:
        document.loaded.append((line, given.get("href", "")))
    elif name == "link" and "href" in given:
        document.links.append((line, given["href"]))
    elif name in ("img", "source") and "src" in given:
        document.pictures.append((line, given["src"]))
    elif name in ("script", "iframe") and "src" in given:
        document.loaded.append((line, given["src"]))
    elif name == "script" and given.get("type", "") != "application/ld+json":
        document.findings.append(MarkupError(line, "a script within the page is refused by a CSP"))
