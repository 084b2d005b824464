"""Pyramid's responses, which are WebOb's: ``conditional_response`` and ``request.if_match``."""

import sys
from datetime import datetime, timezone
from hashlib import sha256

import waitress
from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPNoContent, HTTPPreconditionFailed
from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config

doc = {"title": "old", "body": "old"}
saved_at = datetime.now(timezone.utc)


def tag() -> str:
    return sha256(repr(doc).encode()).hexdigest()[:16]


@view_config(route_name="doc", request_method="GET")
def read(request: Request) -> Response:
    return Response(
        json=doc, etag=tag(), last_modified=saved_at, conditional_response=True
    )


@view_config(route_name="doc", request_method="PUT")
def write(request: Request) -> Response:
    global saved_at
    if tag() not in request.if_match:
        return HTTPPreconditionFailed()
    doc.update(request.json_body)
    saved_at = datetime.now(timezone.utc)
    return HTTPNoContent()


with Configurator() as config:
    config.add_route("doc", "/doc")
    config.scan(__name__)
    app = config.make_wsgi_app()
waitress.serve(app, host="127.0.0.1", port=int(sys.argv[1]), _quiet=True)
