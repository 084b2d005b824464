"""The simulator alone: an application of its own, and how it is served."""

import time
from collections.abc import Callable

from flask import Flask
from flask import Response
from werkzeug.exceptions import HTTPException

from .blueprint import blueprint
from .errors import as_problem_document
from .limits import Limits

PREFIX = "/api"

TRY_IT = """\
curl -i {base}/api/status/412
curl -i -X PUT {base}/api/etag/v1 -H 'If-Match: "v0"'
curl -i {base}/api/lab/me/docs/welcome
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
