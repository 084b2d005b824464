"""The body of a request, before a lock is taken."""

import tempfile
import weakref
from typing import IO
from typing import cast

from flask import request

_IN_MEMORY_BYTES = 512 * 1024
_CHUNK_BYTES = 64 * 1024


def receive_body() -> None:
    """Read the body of the request, so that no slow client holds a lock while it sends.

    What is long goes to a temporary file. The view reads it as ever: as JSON, as a form, as data
    or as a stream. ``MAX_CONTENT_LENGTH`` bounds it, and the server's time-outs how long it takes.

    :raises RequestEntityTooLarge: when the body is longer than ``MAX_CONTENT_LENGTH``.
    :raises ClientDisconnected: when the client goes away meanwhile.
    """
    if {"_cached_data", "form"} & vars(request).keys():
        return  # it is here already
    stream = request.stream
    spool = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY_BYTES)  # noqa: SIM115
    while chunk := stream.read(_CHUNK_BYTES):
        spool.write(chunk)
    spool.seek(0)
    request.environ["wsgi.input"] = spool
    vars(request)["stream"] = cast(IO[bytes], spool)
    current = request._get_current_object()  # type: ignore[attr-defined]
    weakref.finalize(current, spool.close)
