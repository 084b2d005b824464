"""BlackSheep's static files: a tag of the time."""

import os
import sys
from pathlib import Path

import uvicorn
from blacksheep import Application

root = Path(os.environ.get("DEFAULTS_DIR", ".")) / "files"
root.mkdir()
(root / "doc.json").write_text('{"title": "old", "body": "old"}')

app = Application()
app.serve_files(root)
uvicorn.run(
    app,
    port=int(sys.argv[1]),
    http="h11",
    h11_max_incomplete_event_size=262144,
    log_level="warning",
)
