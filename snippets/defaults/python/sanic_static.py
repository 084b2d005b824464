"""Sanic's static files: a date, and 304 where nothing is newer."""

import os
import sys
from pathlib import Path

from sanic import Sanic

root = Path(os.environ.get("DEFAULTS_DIR", "."))

app = Sanic("static", configure_logging=False)
app.config.REQUEST_MAX_HEADER_SIZE = 262144
app.static("/doc", root / "doc")

if __name__ == "__main__":
    app.run("127.0.0.1", int(sys.argv[1]), single_process=True, motd=False)
