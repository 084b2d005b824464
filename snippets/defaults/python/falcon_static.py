"""Falcon's static routes: a tag and a date."""

import os
import sys
from pathlib import Path

import falcon
import waitress

root = Path(os.environ.get("DEFAULTS_DIR", "."))

app = falcon.App()
app.add_static_route("/", str(root))
waitress.serve(app, host="127.0.0.1", port=int(sys.argv[1]), _quiet=True)
