"""Litestar's static files: a tag and a date, and no condition is read."""

import os
import sys
from pathlib import Path

import uvicorn
from litestar import Litestar
from litestar.static_files import create_static_files_router

root = Path(os.environ.get("DEFAULTS_DIR", "."))

app = Litestar([create_static_files_router("/", directories=[root])])
uvicorn.run(
    app,
    port=int(sys.argv[1]),
    http="h11",
    h11_max_incomplete_event_size=262144,
    log_level="warning",
)
