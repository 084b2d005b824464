"""CherryPy's validate_etags(): a tag of one's own, and 304 or 412 where it does not fit."""

import json
import sys
from hashlib import sha256

import cherrypy
from cherrypy.lib.cptools import validate_etags

doc = {"title": "old", "body": "old"}


@cherrypy.expose
class Doc:
    def GET(self) -> bytes:
        self.validate()
        cherrypy.response.headers["Content-Type"] = "application/json"
        return json.dumps(doc).encode()

    def PUT(self) -> None:
        self.validate()
        doc.update(json.load(cherrypy.request.body))
        cherrypy.response.status = 204
        del cherrypy.response.headers["ETag"]

    def validate(self) -> None:
        tag = sha256(repr(doc).encode()).hexdigest()[:16]
        cherrypy.response.headers["ETag"] = f'"{tag}"'
        validate_etags()


cherrypy.config.update(
    {
        "server.socket_port": int(sys.argv[1]),
        "server.max_request_header_size": 262144,
        "log.screen": False,
        "engine.autoreload.on": False,
    }
)
by_method = {"/": {"request.dispatch": cherrypy.dispatch.MethodDispatcher()}}
cherrypy.quickstart(Doc(), "/doc", by_method)
