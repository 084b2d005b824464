"""The documents API with the built site and a simulator beside it, for `make run`."""

import argparse
import os
import socket
import sys
from pathlib import Path

from app import INSERT, connect, create_app
from flask import Flask, send_from_directory
from werkzeug.serving import make_server

from flask_preconditions.simulator import blueprint

TRY_IT = """\
The site   {base}/
Play       {base}/try/playground/   (a request and a document: the decision step by step)
Two tabs   {base}/try/two-tabs/   (lose an update, and then you cannot)
The API    {base}/docs/welcome   (kept in {database})
Simulate   curl -i -X PUT {base}/api/etag/v1 -H 'If-Match: "v0"'   (any status, tag or fault)
The lab    {flask} preconditions lab   (lessons, in another terminal; in the browser: {base}/try/lab/)
Inspect    {flask} preconditions inspect {base}/docs/welcome   (or a HAR, or what curl -v showed)

Try it in another terminal:

# 1. read: 200 and an ETag
curl -i {base}/docs/welcome

# 2. save with a stale tag: 412, and nothing is written
curl -i -X PUT {base}/docs/welcome -H 'If-Match: "stale"' -d '{{"title": "Mine", "body": "…"}}'

# 3. read the current tag, merge, save: 200
curl -i -X PATCH {base}/docs/welcome -H "If-Match: $(curl -sI {base}/docs/welcome | grep -i '^etag:' | cut -d ' ' -f 2 | tr -d '\\r')" -d '{{"title": "Merged"}}'

Ctrl+C ends it.
"""


def create_demo(
    database: str = "docs.sqlite3", site: Path = Path("build/site")
) -> Flask:
    app = create_app(database)
    with connect(database) as db:
        db.execute(
            INSERT, ("welcome", "Welcome", "Edit me, from two terminals at once.")
        )

    app.register_blueprint(blueprint(), url_prefix="/api")

    @app.get("/")
    @app.get("/<path:path>")
    def page(path: str = ""):
        file = path if path and not path.endswith("/") else f"{path}index.html"
        return send_from_directory(site.resolve(), file)

    return app


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=5000)
    parser.add_argument("--database", default="docs.sqlite3")
    parser.add_argument("--site", type=Path, default=Path("build/site"))
    options = parser.parse_args()
    if not (options.site / "index.html").exists():
        sys.exit(
            f"{options.site} holds no site; build it: flask docgen build -o {options.site}"
        )
    try:
        listener = socket.create_server(("127.0.0.1", options.port))
    except OSError as error:
        sys.exit(
            f"Port {options.port} cannot be used ({os.strerror(error.errno)}). "
            f"Choose another one: make run PORT={options.port + 1}"
        )
    app = create_demo(options.database, options.site)
    port = listener.getsockname()[1]
    with listener:
        server = make_server(
            "127.0.0.1", port, app, threaded=True, fd=listener.fileno()
        )
        base = f"http://127.0.0.1:{port}"
        flask = os.path.relpath(Path(sys.executable).with_name("flask"))
        print(
            TRY_IT.format(base=base, database=options.database, flask=flask),
            flush=True,
        )
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print()


if __name__ == "__main__":
    main()
