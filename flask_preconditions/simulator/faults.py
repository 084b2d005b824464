"""What servers, and the hops before them, get wrong: one profile for each fault.

A profile changes what comes in or what goes out. What is decided in between is decided right,
but for those that are about the write itself (see ``documents.py``).
"""

import gzip
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Request
from flask import Response

CONDITIONS = (
    "HTTP_IF_MATCH",
    "HTTP_IF_NONE_MATCH",
    "HTTP_IF_MODIFIED_SINCE",
    "HTTP_IF_UNMODIFIED_SINCE",
    "HTTP_IF_RANGE",
)

STATUS, ETAG, DOCUMENTS = "status", "etag", "docs"
_EVERYWHERE = frozenset({STATUS, ETAG, DOCUMENTS})
_EVALUATED = frozenset({ETAG, DOCUMENTS})
_STORED = frozenset({DOCUMENTS})

_WEAK = re.compile(r'(?:^|(?<=[, \t]))W/(?=")')
_PAGE = "<!doctype html><title>Error</title><h1>The request could not be processed</h1>\n"


def _same(request: Request, response: Response) -> None:
    """Leave the response as it is."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A profile.

    :param says: what is wrong with it, in a sentence.
    :param places: the resources that have it.
    :param distort: what it makes of a response.
    """

    says: str
    places: frozenset[str]
    distort: Callable[[Request, Response], None] = _same


def _weaken(request: Request, response: Response) -> None:
    tag = response.headers.get("ETag", "")
    if tag.startswith('"'):
        response.headers["ETag"] = f"W/{tag}"


def _suffix(request: Request, response: Response) -> None:
    tag = response.headers.get("ETag", "")
    if tag.endswith('"'):
        response.headers["ETag"] = f'{tag[:-1]}-gzip"'


def _strip(request: Request, response: Response) -> None:
    response.headers.pop("ETag", None)


def _unquote(request: Request, response: Response) -> None:
    if "ETag" in response.headers:
        response.headers["ETag"] = response.headers["ETag"].removeprefix("W/").strip('"')


def _hide(request: Request, response: Response) -> None:
    if response.status_code >= 400:
        for name in [n for n in response.headers.keys() if n.startswith("Access-Control-")]:  # noqa: SIM118 - Headers yield pairs
            del response.headers[name]


def _let_caches_keep(request: Request, response: Response) -> None:
    if response.status_code >= 400:
        response.headers["Cache-Control"] = "public, max-age=300"


def _empty(request: Request, response: Response) -> None:
    if response.status_code >= 400:
        response.set_data(b"")
        for name in ("Content-Type", "ETag", "Cache-Control"):
            response.headers.pop(name, None)


def _replace_by_page(request: Request, response: Response) -> None:
    if response.status_code >= 400:
        _empty(request, response)
        response.set_data(_PAGE)
        response.headers["Content-Type"] = "text/html; charset=utf-8"


def _untype(request: Request, response: Response) -> None:
    if response.mimetype == "application/problem+json":
        response.headers["Content-Type"] = "application/json"


def _tell_another_status(request: Request, response: Response) -> None:
    if response.mimetype == "application/problem+json":
        told = json.loads(response.get_data())
        response.set_data(json.dumps({**told, "status": 409}))


def _compress(request: Request, response: Response) -> None:
    if response.status_code == 200 and request.accept_encodings.quality("gzip"):
        response.set_data(gzip.compress(response.get_data(), mtime=0))
        response.headers["Content-Encoding"] = "gzip"


def _add_content(request: Request, response: Response) -> None:
    if response.status_code == 304:  # past Werkzeug, which would take it out again
        response.get_app_iter = lambda environ: [b"what nobody asked for\n"]  # type: ignore[method-assign]


FAULTS = {
    "weaken": Fault(
        'A hop that compresses turns every "v1" into W/"v1", which If-Match never matches.',
        _EVERYWHERE,
        _weaken,
    ),
    "suffix-gzip": Fault(
        'A hop that compresses turns every "v1" into "v1-gzip" and does not turn it back.',
        _EVERYWHERE,
        _suffix,
    ),
    "strip-etag": Fault("A hop takes the ETag out of every response.", _EVERYWHERE, _strip),
    "unquoted": Fault("The ETag is sent without its quotes.", _EVERYWHERE, _unquote),
    "no-cors": Fault(
        "Errors lack the CORS fields, so a page from elsewhere sees a network error and no status.",
        _EVERYWHERE,
        _hide,
    ),
    "cacheable": Fault(
        "Errors may be kept by caches, and answer later requests.", _EVERYWHERE, _let_caches_keep
    ),
    "bare": Fault("Errors have no content, no ETag and no no-store.", _EVERYWHERE, _empty),
    "html": Fault(
        "A hop puts its own page in the place of every error.", _EVERYWHERE, _replace_by_page
    ),
    "untyped": Fault("A problem document is sent as application/json.", _EVERYWHERE, _untype),
    "other-status": Fault(
        "A problem document tells another status than the response has.",
        _EVERYWHERE,
        _tell_another_status,
    ),
    "304-content": Fault(
        "A 304 has content, which a client takes for the next response.", _EVALUATED, _add_content
    ),
    "gzip-same-tag": Fault(
        "Compressed content has the ETag of what is not, and no Vary: Accept-Encoding.",
        _EVALUATED,
        _compress,
    ),
    "redirect": Fault(
        "A 302 leads to the same resource, and many clients follow with GET.", _EVERYWHERE
    ),
    "ignore": Fault("The If-* fields are not looked at, and none is asked for.", _EVALUATED),
    "weak-match": Fault('If-Match is compared weakly: W/"v1" lets through what has "v1".', _STORED),
    "check-then-write": Fault(
        "The check and the write are two steps, and another write may come between.", _STORED
    ),
    "same-tag": Fault("The ETag stays what it is when the document changes.", _STORED),
}
"""Every profile by its name."""


def drop_conditions(environ: dict[str, Any]) -> None:
    """Take the conditions out of a request before anything looks at them."""
    for key in CONDITIONS:
        environ.pop(key, None)


def compare_weakly(environ: dict[str, Any]) -> None:
    """Take W/ from the tags of If-Match, so that they match as strong ones do."""
    if "HTTP_IF_MATCH" in environ:
        environ["HTTP_IF_MATCH"] = _WEAK.sub("", environ["HTTP_IF_MATCH"])
