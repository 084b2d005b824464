"""Radicale: a calendar, with a tag for each event."""

import os
import sys
from pathlib import Path

from radicale.__main__ import run

root = Path(os.environ.get("DEFAULTS_DIR", "."))
calendar = root / "collection-root" / "anna" / "work"
calendar.mkdir(parents=True)
(calendar / ".Radicale.props").write_text('{"tag": "VCALENDAR"}')
(calendar / "doc.ics").write_bytes(
    (Path(__file__).parent / "radicale.ics").read_bytes()
)

options = [
    "--auth-type=none",
    "--rights-type=authenticated",
    f"--server-hosts=127.0.0.1:{sys.argv[1]}",
    f"--storage-filesystem-folder={root}",
    "--logging-level=error",
]
sys.argv[1:] = options
run()
