"""The body of ``flask docgen serve``: build, serve, and build again on a change."""

import mimetypes
import sys
import threading
import traceback
from collections.abc import Callable
from collections.abc import Collection
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field
from ipaddress import ip_address
from pathlib import Path
from socket import getfqdn
from socket import gethostname
from typing import Any
from urllib.parse import quote
from urllib.parse import unquote
from urllib.parse import urlsplit

import click
from werkzeug.serving import WSGIRequestHandler
from werkzeug.serving import make_server

from ..site.build import Builder
from ..sources.errors import BuildFailed
from ..sources.errors import DocgenError
from ..sources.errors import display_path
from ..sources.settings import PACKAGE
from ..sources.settings import Options
from .build import plain_errors
from .build import read_options

Environ = dict[str, Any]
StartResponse = Callable[[str, list[tuple[str, str]]], object]

SCRIPT = "/_docgen/reload.js"
EVENTS = "/_docgen/changes"
HEADERS = [
    ("Content-Security-Policy", "default-src 'self'; base-uri 'none'; form-action 'self'"),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Cache-Control", "no-store"),
]
# The script is asked for with the number of the page's build, and hands it on.
_RELOAD = b"""\
new EventSource("/_docgen/changes" + new URL(document.currentScript.src).search)
  .addEventListener("change", () => location.reload());
"""
_ANY = ("0.0.0.0", "::", "")
# What is shown where the site has no page of its own for it, or could not be built yet.
_NOT_FOUND = b"""\
<!doctype html>
<html lang="en"><head><title>Not found</title></head>
<body><p>Not found. If the site was not built, the terminal says why.</p></body></html>
"""
_BEAT_SECONDS = 15.0
_WATCH_MS = 200


@dataclass(slots=True)
class Changes:
    """Tells the open pages when there is something new."""

    number: int = 0
    _news: threading.Condition = field(default_factory=threading.Condition)

    def announce(self) -> None:
        """Let every open page reload."""
        with self._news:
            self.number += 1
            self._news.notify_all()

    def stream(self, seen: str) -> Iterator[bytes]:
        """Give the events of one page (text/event-stream), for as long as it listens.

        :param seen: the number that was current when the page was served. It may have
            changed before the page listens.
        """
        yield b": here\n\n"
        while True:
            with self._news:
                if str(self.number) == seen:
                    self._news.wait(_BEAT_SECONDS)
                before, seen = seen, str(self.number)
            yield b": still here\n\n" if seen == before else b"event: change\ndata:\n\n"


class Preview:
    """The site as a WSGI application, under the strictest headers a host can send.

    :param output: the directory of the site.
    :param base_url: where it will be published. It is served below that path too, for the
        page of status 404 has its links from there.
    :param host: the address that it listens at.
    """

    def __init__(
        self,
        output: Path,
        changes: Changes | None = None,
        base_url: str | None = None,
        host: str = "127.0.0.1",
    ) -> None:
        self._output = output.resolve()
        self._host = host
        self._changes = changes
        self._below = unquote(urlsplit(base_url or "/").path)

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request."""
        if not answers_to(self._host, environ.get("HTTP_HOST", "")):
            # RFC 9110 §15.5.20. A name that somebody else made lead here would let the pages
            # of that name read the answer.
            message = f"This preview is for {self._host}; for another name, give it with --host.\n"
            return _answer(
                start_response, "421 Misdirected Request", "text/plain", message.encode()
            )
        path = environ["PATH_INFO"].encode("latin-1").decode(errors="replace")  # as PEP 3333 has it
        if self._changes and path == EVENTS:
            start_response("200 OK", [*HEADERS, ("Content-Type", "text/event-stream")])
            return self._changes.stream(environ["QUERY_STRING"])
        if self._changes and path == SCRIPT:
            return _answer(start_response, "200 OK", "text/javascript", _RELOAD)
        file = self._find(path) or self._find(path.removeprefix(self._below))
        if file is None:
            return self._send(start_response, "404 Not Found", self._output / "404.html")
        if file.name == "index.html" and not path.endswith(("/", ".html")):
            place = f"/{quote(path.strip('/'))}/"
            start_response("308 Permanent Redirect", [*HEADERS, ("Location", place)])
            return []
        return self._send(start_response, "200 OK", file)

    def _find(self, path: str) -> Path | None:
        try:
            file = (self._output / path.lstrip("/")).resolve()
            if not file.is_relative_to(self._output):
                return None
            if file.is_dir():
                file = file / "index.html"
            return file if file.is_file() else None
        except (OSError, ValueError):  # no file can have such a name: too long, or with a NUL
            return None

    def _send(self, start_response: StartResponse, status: str, file: Path) -> list[bytes]:
        # Asked before the file is read: what is built meanwhile is news to this page.
        build = self._changes.number if self._changes else None
        kind = mimetypes.guess_type(file.name)[0] or "text/plain"
        kind = {"feed.xml": "application/atom+xml", ".md": "text/markdown"}.get(
            file.name if file.name == "feed.xml" else file.suffix, kind
        )
        if not file.is_file():
            kind, body = "text/html", _NOT_FOUND
        else:
            body = file.read_bytes()
        if build is not None and kind == "text/html":
            script = f'<script src="{SCRIPT}?{build}" defer></script>\n</body>'.encode()
            body = body.replace(b"</body>", script)
        return _answer(start_response, status, kind, body)


def answers_to(host: str, field: str) -> bool:
    """Tell whether a request is meant for a host.

    :param host: the address that the server listens at.
    :param field: the field ``Host`` of the request.
    """
    try:
        name = urlsplit(f"//{field}").hostname or ""
    except ValueError:
        return False
    try:
        address = ip_address(name)
    except ValueError:
        own = {gethostname().lower(), getfqdn().lower()} if host in _ANY else {host.lower()}
        return name in own | {"localhost"}
    # Nobody can make another name of an address.
    return host in _ANY or address.is_loopback or name == host.lower()


class _Quiet(WSGIRequestHandler):
    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        if str(code).startswith(("4", "5")):
            super().log_request(code, size)


def run_serve(script_info: object, given: Mapping[str, Any]) -> None:
    """Serve the site until somebody ends it."""
    with plain_errors():
        options = read_options(script_info, given)
    changes = Changes()
    _rebuild(options)  # a mistake is shown, and the next save may heal it
    try:
        server = make_server(
            given["host"],
            given["port"],
            Preview(options.output, changes, options.base_url, given["host"]),
            threaded=True,
            request_handler=_Quiet,
        )
    except SystemExit:  # Werkzeug has said why
        raise click.exceptions.Exit(1) from None
    server.daemon_threads = True  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://{given['host']}:{server.server_port}/"
    try:
        for place, changed in enumerate(watch_sources(options)):
            if place == 0:  # from now on no change is missed
                click.echo(f"Serving {address} (Ctrl+C ends it)")
                sys.stdout.flush()
            if changed and _rebuild(options):
                changes.announce()
    except KeyboardInterrupt:
        pass
    finally:
        server.shutdown()


def watch_sources(options: Options) -> Iterator[Collection[tuple[int, str]]]:
    """Give what changed, again and again; nothing where nothing did for a while.

    What a build writes does not count, or it would start another one.
    """
    from watchfiles import watch

    own = [PACKAGE / name for name in ("content", "static", "templates")]
    folders = [*options.content, *options.templates, options.snippets, *own]
    output = options.output.resolve()
    yield from watch(
        *folders,
        watch_filter=lambda _, path: not _is_written(Path(path).resolve(), output),
        rust_timeout=_WATCH_MS,
        yield_on_timeout=True,
    )


def _is_written(path: Path, output: Path) -> bool:
    return path.is_relative_to(output) or any(
        part in ("__pycache__", ".docgen-cache")
        or (part.startswith(".") and part.endswith(".part"))
        for part in path.parts
    )


def _rebuild(options: Options) -> bool:
    try:
        _build(options)
    except BuildFailed as failed:
        for error in failed.errors:
            click.echo(f"Error: {error}", err=True)
    except DocgenError as error:
        click.echo(f"Error: {error}", err=True)
    except Exception:  # of a template, say; its author is at work, and the next save may heal it
        click.echo(traceback.format_exc(), err=True)
    else:
        return True
    return False


def _build(options: Options) -> None:
    report = Builder(options).build()
    for doubt in report.doubts:
        click.echo(f"Warning: {doubt}", err=True)
    click.echo(
        f"{report.pages} pages in {display_path(options.output)}, {report.rendered} of them new"
    )
    sys.stdout.flush()


def _answer(start_response: StartResponse, status: str, kind: str, body: bytes) -> list[bytes]:
    charset = "; charset=utf-8" if kind.startswith("text/") else ""
    length = ("Content-Length", str(len(body)))
    start_response(status, [*HEADERS, ("Content-Type", f"{kind}{charset}"), length])
    return [body]
