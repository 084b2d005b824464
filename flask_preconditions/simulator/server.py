"""The simulator alone: an application of its own, and how it is served."""

import os
import socket
import time
from collections.abc import Callable
from collections.abc import Iterable
from typing import Any

from flask import Flask
from flask import Response
from werkzeug.exceptions import HTTPException
from werkzeug.serving import BaseWSGIServer
from werkzeug.serving import WSGIRequestHandler
from werkzeug.serving import make_server

from ..exceptions import SetupError
from .blueprints import WITHOUT
from .blueprints import blueprint
from .errors import as_problem_document
from .limits import Limits

PREFIX = "/api"

TRY_IT = """\
The simulator is at {base}. Try it in another terminal:

# any status, with what the request would come to
curl -i {base}/status/412

# a resource with the tag "v1": 412, with the steps that led there
curl -i -X PUT {base}/etag/v1 -H 'If-Match: "v0"'

# a document that is kept; somebody else saves it; and a fault on request
curl -i {base}/lab/me/docs/welcome
curl -i -X POST {base}/lab/me/docs/welcome/rival
curl -i '{base}/lab/me/docs/welcome?fault=weaken'

What there is more: {base}/openapi.json
"""


def create_app(
    limits: Limits | None = None, *, sleep: Callable[[float], object] = time.sleep
) -> Flask:
    """Make an application that is nothing but a simulator, below ``/api``.

    :param limits: see :func:`.blueprint`, as for ``sleep``.
    """
    app = Flask("simulator", static_folder=None)
    app.url_map.merge_slashes = False
    app.register_blueprint(blueprint(limits=limits, sleep=sleep), url_prefix=PREFIX)
    app.register_error_handler(HTTPException, as_problem_document)

    @app.get("/")
    def index() -> Response:
        said = f"See {PREFIX}/openapi.json for what there is.\n"
        return Response(said, content_type="text/plain; charset=utf-8")

    return app


def serve(app: Callable[..., Iterable[bytes]], port: int) -> tuple[BaseWSGIServer, str]:
    """Bind a server to a loopback port, with a thread for each request.

    :param app: any WSGI application.
    :param port: the port; 0 for one that is free.
    :return: the server, which does not serve yet, and its URL.
    :raises SetupError: when the port cannot be used.
    """
    try:
        listener = socket.create_server(("127.0.0.1", port))
    except OSError as error:
        raise SetupError(
            f"port {port} cannot be used ({os.strerror(error.errno or 0)}); "
            "take another one: --port 0 finds one that is free"
        ) from None
    with listener:
        number = listener.getsockname()[1]
        server = make_server(
            "127.0.0.1", number, app, threaded=True, fd=listener.fileno(), request_handler=Quiet
        )
    return server, f"http://127.0.0.1:{number}"


class Quiet(WSGIRequestHandler):
    """A handler that logs errors only, and leaves out the field that a request asked to miss."""

    def send_header(self, keyword: str, value: str) -> None:
        """Send a field, such as the Date that no application has sent."""
        environ: dict[str, Any] = getattr(self, "environ", {})
        if keyword.lower() != environ.get(WITHOUT):
            super().send_header(keyword, value)

    def log(self, type: str, message: str, *args: Any) -> None:
        """Log nothing but errors."""
        if type == "error":
            super().log(type, message, *args)
