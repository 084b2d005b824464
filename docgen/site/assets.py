"""The files beside the pages: stylesheets and scripts, each kind joined into one."""

import json
import re
import tomllib
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from ..sources.colours import Accent
from ..sources.errors import BuildError
from ..sources.settings import PACKAGE

STATIC = PACKAGE / "static"

_JOINED = {"assets/site.css": "css/*.css", "assets/site.js": "js/*.js"}
_COPIED = ("favicon.svg", "search.js")


def static_files(
    accent: Accent | None = None,
    static: Path = STATIC,
    *,
    css: Iterable[bytes] = (),
    script: str = "",
) -> dict[str, bytes]:
    """Give the content of each file by its path in the site.

    :param accent: the site's own colours, over those of the stylesheet.
    :param css: more stylesheets, each put behind it.
    :param script: what is put behind the script.

    Sources are joined in the order of their names: a page then costs one request for its
    style and one for its behaviour, and a file of the site's own can come last.
    """
    files: dict[str, bytes] = {}
    for name, pattern in _JOINED.items():
        sources = sorted(static.glob(pattern))
        if not sources:
            raise BuildError(static, None, f"there is no {pattern} in here")
        files[name] = b"\n".join(source.read_bytes() for source in sources)
    files["assets/site.css"] = _squeeze(files["assets/site.css"])
    files["assets/site.js"] = _squeeze_script(files["assets/site.js"])
    if accent:
        files["assets/site.css"] += b"\n" + accent.to_css().encode()
    for sheet in css:
        files["assets/site.css"] += b"\n" + sheet
    if script:
        files["assets/site.js"] += b"\n" + script.encode()
    files["assets/clauses.js"] = _with_quotes(static)
    return files | {f"assets/{name}": (static / name).read_bytes() for name in _COPIED}


def _with_quotes(static: Path) -> bytes:
    """Give the script of the cards with what they quote, by RFC and section."""
    quotes = tomllib.loads((static / "quotes.toml").read_text(encoding="utf-8"))
    data = json.dumps(quotes, ensure_ascii=False, separators=(",", ":"))
    return f"docgen.quotes={data}\n".encode() + _squeeze_script(
        (static / "clauses.js").read_bytes()
    )


def read_file(path: Path) -> bytes:
    """Read a file to publish: as it is, but for our own scripts without their comments."""
    is_ours = path.suffix == ".js" and path.is_relative_to(PACKAGE)
    return _uncommented(path.read_bytes()) if is_ours else path.read_bytes()


def _uncommented(script: bytes) -> bytes:
    return re.sub(rb"(?m)^[ \t]*//.*\n", b"", script)


def _squeeze_script(script: bytes) -> bytes:
    """Leave out comments and indents, which every reader would load.

    No text in our scripts runs over the end of a line, so that a line's begin is never in one.
    """
    return re.sub(rb"(?m)^[ \t]+", b"", _uncommented(script))


@cache  # a process that builds again reads the same stylesheets
def _squeeze(css: bytes) -> bytes:
    """Leave out comments and what only sets the text apart, which every reader would load."""
    plain = re.sub(rb"\s*\n\s*", b"\n", re.sub(rb"/\*.*?\*/", b"", css, flags=re.DOTALL))
    # No text in our stylesheets has a comma and a blank.
    plain = re.sub(rb"(?m)^([\w-]+): ", rb"\1:", plain).replace(b", ", b",")
    return re.sub(rb" ?([{},;])\n", rb"\1", plain).replace(b";}", b"}")
