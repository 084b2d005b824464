"""Twisted's static.File: a date, and 304 where nothing is newer."""

import os
import sys
from pathlib import Path

from twisted.internet import reactor
from twisted.web import server, static

root = Path(os.environ.get("DEFAULTS_DIR", "."))

reactor.listenTCP(
    int(sys.argv[1]), server.Site(static.File(str(root))), interface="127.0.0.1"
)
reactor.run()
