"""Tornado's StaticFileHandler: it sends files, with a tag of their content and a date."""

import asyncio
import os
import sys
from pathlib import Path

from tornado.web import Application, StaticFileHandler

root = Path(os.environ.get("DEFAULTS_DIR", "."))


async def main() -> None:
    app = Application([("/(.*)", StaticFileHandler, {"path": str(root)})])
    app.listen(int(sys.argv[1]), "127.0.0.1", max_header_size=262144)
    await asyncio.Event().wait()


asyncio.run(main())
