"""``/lab/{session}/docs/{id}``: documents that are kept, and a rival who saves meanwhile."""

import json
import re
from collections.abc import Callable
from typing import Any

from flask import Blueprint
from flask import Response
from flask import g
from flask import request
from flask import url_for

from ..decorators import precondition
from ..decorators import require_match
from ..exempt import unguarded
from .documents import Document
from .documents import Full
from .documents import Labs
from .errors import Refused
from .limits import CONTENT_OCTETS
from .limits import NAME_CHARACTERS
from .options import Asked
from .statuses import write_json

WINDOW_SECONDS = 0.02
"""How long the fault check-then-write leaves between its two steps."""

_NAME = re.compile(rf"[A-Za-z0-9_-]{{1,{NAME_CHARACTERS}}}")
# Another method or another unit MUST be ignored (RFC 9110 §14.2), more ranges than one MAY.
_RANGE = re.compile(r"bytes=(?:[0-9]{1,15}-[0-9]{0,15}|-(?P<suffix>[0-9]{1,15}))")
_PATH = "/lab/<session>/docs/<id>"


def _tag_of(document: Document) -> str:
    return "v1" if g.simulated.fault == "same-tag" else document.rev


def add_documents(made: Blueprint, labs: Labs, sleep: Callable[[float], object]) -> None:
    """Add the documents to a simulator.

    :param sleep: how the fault check-then-write waits.
    """

    def find(session: str, id: str) -> Document | None:
        for name in (session, id):
            if not _NAME.fullmatch(name):
                raise Refused(
                    f"The names of a lab and a document are 1 to {NAME_CHARACTERS} letters, "
                    "digits, _ and - of ASCII."
                )
        return labs.find(session, id)

    guarded = require_match(
        find,
        etag=_tag_of,
        last_modified="saved_at",
        into="document",
        create=True,
        require=lambda request: _requires(request.method),
    )

    def save(session: str, id: str, seen: Document | None, title: str, body: str) -> None:
        asked: Asked = g.simulated
        if asked.rival == "meanwhile":
            labs.let_rival_save(session, id)
        try:
            if asked.fault == "check-then-write":
                sleep(WINDOW_SECONDS)
                precondition.confirm(written=labs.overwrite(session, id, title, body))
                return
            keeps = asked.fault == "same-tag"
            saved = labs.save(session, id, title, body, seen, keeps_rev=keeps)
        except Full:
            raise Refused("The lab has as many documents as it may have.", 409) from None
        if keeps:  # of the row itself, the guard would see that its tag has not moved
            precondition.confirm(saved is not None)
        else:
            precondition.confirm(written=saved)

    @made.get(_PATH, endpoint="docs_read", merge_slashes=False)
    @guarded
    def read(session: str, id: str, document: Document) -> Response:
        response = _represent(document)
        length = response.content_length or 0
        asked = _RANGE.fullmatch(request.headers.get("Range", ""))
        # Werkzeug refuses a suffix that is longer than the whole, which §14.1.2 allows.
        if request.method != "GET" or asked is None or int(asked["suffix"] or 0) > length:
            request.environ.pop("HTTP_RANGE", None)
        response.make_conditional(request.environ, accept_ranges=True, complete_length=length)
        return response

    @made.put(_PATH, endpoint="docs_replace", merge_slashes=False)
    @guarded
    def replace(session: str, id: str, document: Document | None) -> Response:
        new = _read_content(required=True)
        save(session, id, document, new["title"], new["body"])
        if document is not None:
            return Response(status=204)
        response = Response(status=201)
        # Without the query: it says how to treat this request.
        response.headers["Location"] = url_for(str(request.endpoint), session=session, id=id)
        return response

    @made.patch(_PATH, endpoint="docs_merge", merge_slashes=False)
    @guarded
    def merge(session: str, id: str, document: Document) -> Response:
        new = {"title": document.title, "body": document.body, **_read_content(required=False)}
        save(session, id, document, new["title"], new["body"])
        return Response(status=204)

    @made.delete(_PATH, endpoint="docs_delete", merge_slashes=False)
    @guarded
    def delete(session: str, id: str, document: Document) -> Response:
        if g.simulated.rival == "meanwhile":
            labs.let_rival_save(session, id)
        precondition.confirm(labs.delete(session, id, document))
        return Response(status=204)

    @made.post(f"{_PATH}/rival", merge_slashes=False)
    @unguarded("the rival always saves what is there now")
    def rival(session: str, id: str) -> Response:
        find(session, id)
        saved = labs.let_rival_save(session, id)
        if saved is None:
            raise Refused("There is no such document that a rival could save.", 404)
        return _represent(saved)

    @made.delete("/lab/<session>", merge_slashes=False)
    @unguarded("a lab is begun anew whatever it holds")
    def forget(session: str) -> Response:
        find(session, "any")
        labs.forget(session)
        return Response(status=204)


def _requires(method: str) -> bool:
    asked: Asked = g.simulated
    if method not in ("PUT", "PATCH", "DELETE") or asked.fault == "ignore":
        return False
    return asked.require is not False


def _represent(document: Document) -> Response:
    content = {"title": document.title, "body": document.body}
    response = Response(write_json(content), content_type="application/json")
    response.headers["Cache-Control"] = "no-cache"
    return response


def _read_content(*, required: bool) -> dict[str, str]:
    """Read title and body. It comes after the check: a stale write is 412, whatever it carries."""
    try:
        content: Any = json.loads(request.get_data())
        json.dumps(content, ensure_ascii=False).encode()  # a lone surrogate is no text
    except (ValueError, RecursionError):
        raise Refused(
            f"The content is a JSON object of at most {CONTENT_OCTETS} octets: "
            '{"title": "…", "body": "…"}.'
        ) from None
    is_fit = isinstance(content, dict) and all(isinstance(v, str) for v in content.values())
    if not is_fit or not content.keys() <= {"title", "body"}:
        raise Refused("The content has title and body, both strings, and nothing else.", 422)
    if required and len(content) < 2:
        raise Refused("PUT replaces the whole document: send title and body.", 422)
    return dict(content)
