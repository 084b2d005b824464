"""Bottle's static_file(): a tag and a date."""

import os
import sys
from pathlib import Path

from bottle import HTTPResponse, route, run, static_file

root = Path(os.environ.get("DEFAULTS_DIR", "."))


@route("/doc")
def doc() -> HTTPResponse:
    return static_file("doc", root=root, mimetype="application/json")


run(server="waitress", host="127.0.0.1", port=int(sys.argv[1]), quiet=True)
