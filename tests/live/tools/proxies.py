"""What stands between client and server, and what it does to tags and conditions."""

import subprocess
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import ExitStack
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from flask import Flask
from flask import request
from flask_compress import Compress

from flask_preconditions import precondition
from flask_preconditions import require_match
from flask_preconditions.conformance.wire import Client
from snippets.tools.serve import end
from snippets.tools.serve import free_port
from snippets.tools.serve import serve
from snippets.tools.serve import wait_until_ready

from .recorder import Recorder
from .recorder import recorder

Seen = dict[str, Any]
LONG = b'{"title": "t", "body": "' + b"long enough to be worth compressing " * 20 + b'"}'
DOCUMENT = "/docs/behind-a-proxy"

CONFIG = """
daemon off;
pid {folder}/pid;
error_log {folder}/error.log;
events {{}}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  proxy_cache_path {folder}/cache keys_zone=kept:1m;
  gzip on;
  gzip_proxied any;
  gzip_types application/json;
  server {{
    listen 127.0.0.1:{port};
    location / {{ proxy_pass {documents}; }}
    location /plain/ {{ proxy_pass {recorder}/; }}
    location /cors/ {{ add_header Access-Control-Allow-Origin *; proxy_pass {recorder}/; }}
    location /always/ {{
      add_header Access-Control-Allow-Origin * always; proxy_pass {recorder}/;
    }}
    location /cache/ {{ proxy_cache kept; proxy_pass {recorder}/; }}
  }}
}}
"""


@dataclass
class Hop:
    """nginx, with a documents server and a recorder behind it."""

    version: str
    proxy: Client
    behind: Recorder

    def read(self, path: str, *fields: tuple[str, str]) -> Any:
        return self.proxy.send("GET", path, fields).response

    def write(self, path: str, *fields: tuple[str, str]) -> Any:
        return self.proxy.send("PUT", path, fields, LONG).response


@contextmanager
def open_nginx() -> Iterator[Hop]:
    """Start nginx in front of both, with a document of some length."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        folder.chmod(0o755)  # its workers run as another user
        documents = stack.enter_context(serve("flask", folder))
        behind = stack.enter_context(recorder())
        port, log, config = free_port(), folder / "error.log", folder / "nginx.conf"
        config.write_text(
            CONFIG.format(
                folder=folder, port=port, documents=documents.base_url, recorder=behind.base
            )
        )
        process = subprocess.Popen(
            ["nginx", "-c", str(config), "-e", str(log)], start_new_session=True
        )
        stack.callback(end, process)
        proxy = Client(f"http://127.0.0.1:{port}")
        wait_until_ready("nginx", proxy, process, log)
        proxy.send("PUT", DOCUMENT, [("If-None-Match", "*")], LONG)
        said = subprocess.run(["nginx", "-v"], capture_output=True, text=True, check=True).stderr
        yield Hop(said.strip().rpartition("/")[2], proxy, behind)


def nginx_gzip(hop: Hop) -> Seen:
    plain = hop.read(DOCUMENT).get("ETag")
    zipped = hop.read(DOCUMENT, ("Accept-Encoding", "gzip")).get("ETag")
    again = hop.read(DOCUMENT, ("Accept-Encoding", "gzip"), ("If-None-Match", zipped))
    return {
        "strong": not plain.startswith("W/"),
        "weakened": zipped == f"W/{plain}",
        "if_none_match": again.status,
        "if_match": hop.write(DOCUMENT, ("If-Match", zipped)).status,
        "if_match_as_issued": hop.write(DOCUMENT, ("If-Match", plain)).status,
    }


def nginx_passes_conditions(hop: Hop) -> Seen:
    hop.behind.take()
    hop.write("/plain/412", ("If-Match", '"v1"'))
    (asked,) = hop.behind.take()
    return {"if_match": asked.fields.get("if-match")}


def nginx_cache(hop: Hop) -> Seen:
    hop.behind.take()
    hop.read("/cache/200", ("If-Match", '"v1"'))
    hop.write("/cache/412", ("If-Match", '"v1"'))
    read, write = hop.behind.take()
    return {"on_get": read.fields.get("if-match"), "on_put": write.fields.get("if-match")}


def nginx_add_header(hop: Hop) -> Seen:
    name = "Access-Control-Allow-Origin"
    return {
        "on_200": hop.read("/cors/200").get(name),
        "on_412": hop.write("/cors/412").get(name),
        "on_412_with_always": hop.write("/always/412").get(name),
    }


def flask_compress() -> Seen:
    app = Flask(__name__)
    app.config["COMPRESS_MIMETYPES"] = ["application/json"]
    notes = {"1": {"rev": "v1", "text": "long enough to be worth compressing " * 40}}

    @app.get("/notes/<id>")
    @require_match(notes.get, etag="rev", into="note")
    def read(id: str, note: dict[str, str]) -> dict[str, str]:
        return {"text": note["text"]}

    @app.put("/notes/<id>")
    @require_match(notes.get, etag="rev", into="note")
    def save(id: str, note: dict[str, str]) -> tuple[str, int]:
        notes[id] = {"rev": "v2", "text": request.get_json()["text"]}
        precondition.confirm(1)
        return "", 204

    Compress(app)
    client = app.test_client()
    plain = client.get("/notes/1").headers["ETag"]
    zipped = client.get("/notes/1", headers={"Accept-Encoding": "gzip"}).headers["ETag"]
    sent = client.put("/notes/1", json={"text": "new"}, headers={"If-Match": zipped})
    return {"etag": plain, "compressed": zipped, "if_match": sent.status_code}


CLAIMS: dict[str, Callable[[Hop], Seen]] = {
    function.__name__.replace("_", "-"): function
    for function in (nginx_gzip, nginx_passes_conditions, nginx_cache, nginx_add_header)
}
"""What observes each claim about nginx, by the claim's id."""

COMPRESS_VERSION = version("flask-compress")


def observe() -> tuple[str, dict[str, Seen]]:
    """Give the version of nginx, and what each claim's id looks like behind it."""
    with open_nginx() as hop:
        return hop.version, {name: look(hop) for name, look in CLAIMS.items()}
