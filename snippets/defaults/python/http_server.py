"""Python's http.server: it sends files, with a date and no tag."""

import os
import sys
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

root = Path(os.environ.get("DEFAULTS_DIR", "."))

handler = partial(SimpleHTTPRequestHandler, directory=str(root))
ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), handler).serve_forever()
