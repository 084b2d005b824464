"""Test equipment, not to be copied: the server with /probe, a resource in any state.

The request describes its target: Probe-State, Probe-ETag, Probe-Last-Modified and
Probe-Require. What decides is the server's own ``check()``.
"""

from app import app
from email.utils import parsedate_to_datetime

from fastapi import HTTPException, Request, Response
from preconditions import Validators, check

METHODS = ["GET", "HEAD", "PUT", "PATCH", "DELETE"]


@app.api_route("/probe", methods=METHODS)
def probe(request: Request) -> Response:
    etag = request.headers.get("Probe-ETag")
    date = request.headers.get("Probe-Last-Modified")
    current = Validators(etag, date and int(parsedate_to_datetime(date).timestamp()))
    if request.headers["Probe-State"] == "absent":
        current = None
        if request.method != "PUT":
            raise HTTPException(404)
    check(request, current, required=request.headers["Probe-Require"] == "yes")
    if request.method not in ("GET", "HEAD"):
        return Response(status_code=204 if current else 201)
    validators = {"ETag": etag, "Last-Modified": date}
    return Response("probe", headers={k: v for k, v in validators.items() if v})
