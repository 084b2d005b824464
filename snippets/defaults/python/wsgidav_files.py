"""WsgiDAV: files that WebDAV reads and writes, with a tag and a date."""

import os
import sys
from pathlib import Path

from cheroot import wsgi
from wsgidav.wsgidav_app import WsgiDAVApp

root = Path(os.environ.get("DEFAULTS_DIR", "."))

app = WsgiDAVApp(
    {
        "provider_mapping": {"/": str(root)},
        "simple_dc": {"user_mapping": {"*": True}},  # anybody
        "verbose": 0,
    }
)
server = wsgi.Server(("127.0.0.1", int(sys.argv[1])), app)
server.max_request_header_size = 262144
server.start()
