"""Starlette's files: ``StaticFiles``, which FastAPI hands on."""

import os
from pathlib import Path

from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

folder = Path(os.environ["DEFAULTS_DIR"]) / "static"
folder.mkdir()
(folder / "doc").write_text('{"title": "old", "body": "old"}')

app = Starlette(routes=[Mount("/", StaticFiles(directory=folder))])
