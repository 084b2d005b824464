"""WhiteNoise: it sends files, with a tag of time and size and a date."""

import os
import sys
from pathlib import Path

import waitress
from whitenoise import WhiteNoise

root = Path(os.environ.get("DEFAULTS_DIR", "."))


def app(environ, start_response):
    start_response("404 Not Found", [("Content-Type", "text/plain")])
    return [b"nothing here"]


waitress.serve(
    WhiteNoise(app, root=root), host="127.0.0.1", port=int(sys.argv[1]), _quiet=True
)
