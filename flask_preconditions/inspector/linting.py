"""What httplint says of each message. It is an extra, and loaded only when it is asked."""

from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from ..checker.unusable import Unusable
from ..recorded.exchange import Recorded
from .inspection import Capture

_OF_CODING = frozenset({"content-encoding", "content-length", "transfer-encoding"})
_LEVELS = frozenset({"bad", "warning"})
# A record may lack what these look for: the time of its arrival, the end of its content.
_BLIND = frozenset({"DATE_CLOCKLESS", "DATE_INCORRECT", "DATE_CLOCKLESS_BAD_HDR"})
_INSTALL = "httplint is not installed: pip install 'flask-preconditions[inspect]'"


def lint(capture: Capture) -> Iterator[tuple[int, str, str]]:
    """Give each note with the exchange that it is about, its id and what it says.

    :raises Unusable: when httplint is not installed.
    """
    if find_spec("httplint") is None:
        raise Unusable(_INSTALL)
    httplint = import_module("httplint")
    for place, one in enumerate(capture.exchanges):
        if not one.method:
            continue
        request, response = httplint.HttpRequestLinter(), httplint.HttpResponseLinter()
        request.response, response.request = response, request
        _feed_request(request, one)
        _feed_response(response, one)
        for note in (*request.notes, *response.notes):
            name = type(note).__name__
            if note.level.value in _LEVELS and name not in _BLIND:
                yield place, f"httplint-{name.lower()}", str(note.summary)


def _feed_request(linter: Any, one: Recorded) -> None:
    target = one.url if one.url.startswith("http") else f"http:{one.url}"
    linter.process_request_topline(one.method.encode(), target.encode(), b"HTTP/1.1")
    linter.process_headers(_headers(one, one.sent))
    linter.feed_content(one.body or b"")
    linter.finish_content(True)


def _feed_response(linter: Any, one: Recorded) -> None:
    linter.is_head_response = one.method == "HEAD"
    status = str(one.status).encode()
    linter.process_response_topline(b"HTTP/1.1", status, one.phrase.encode())
    linter.process_headers(_headers(one, one.got))
    linter.feed_content(one.content or b"")
    linter.finish_content(True)


def _headers(one: Recorded, fields: Any) -> list[tuple[bytes, bytes]]:
    """Give the fields, without those of a coding that is undone or a content that is not there."""
    is_whole = not one.is_decoded and one.content is not None
    return [
        (name.encode(), value.encode("latin-1", "replace"))
        for name, value in fields
        if is_whole or name.lower() not in _OF_CODING
    ]
