"""aiohttp's static files: a tag of time and size, and a date."""

import os
import sys
from pathlib import Path

from aiohttp import web

root = Path(os.environ.get("DEFAULTS_DIR", "."))

app = web.Application()
app.router.add_static("/", root)
web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), max_field_size=262144)
