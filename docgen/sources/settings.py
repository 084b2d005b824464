"""What to build and how: the options of the command, and ``DOCGEN_*`` in the app's config."""

import difflib
import re
from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field
from dataclasses import replace
from pathlib import Path
from typing import Any
from typing import Literal
from typing import get_args
from urllib.parse import urlsplit

from flask import Flask

from .colours import Accent
from .colours import make_accent
from .description import Description
from .description import read_setting as _openapi
from .errors import SettingsError
from .errors import display_path
from .samples import Samples
from .samples import read_setting as read_samples

PACKAGE = Path(__file__).parents[1]

_PREFIX = "DOCGEN_"

Reference = Literal["none", "problems", "statuses", "all"]
"""What of the package's pages comes along: nothing, those that ``type`` opens, these and the
pages on 412, 428 and 304, or all."""


def find_snippets() -> Path:
    """Find the servers: beside the package in the repository, inside it when installed."""
    inside = PACKAGE / "_snippets"
    return inside if inside.is_dir() else PACKAGE.parent / "snippets"


@dataclass(frozen=True, slots=True)
class Options:
    """What to build and where.

    :param output: the directory of the site, as an absolute path.
    :param strict: whether code that no run verified fails the build.
    :param app: the application whose routes get pages.
    :param content: directories of pages and data, laid over those of the package, the
        uppermost first.
    :param templates: directories of templates, laid over those of the package likewise.
    :param reference: what of the package's pages is part of the site; ``None`` for all of
        them, and with an application that guards something for ``"statuses"``.
    :param snippets: the directory of servers and of what was recorded with them.
    :param title: the title of the site, over the one in ``site.toml``.
    :param tagline: the words beside it, likewise.
    :param base_url: where the site is published, with a slash at the end.
    :param edit_url: where the pages in the first directory of ``content`` can be edited,
        with a slash at the end.
    :param accent: the colours of links and marks.
    :param samples: requests that the application can answer.
    :param openapi: gives the application's own description.
    :param cache: the directory of what a build remembers; ``None`` for no memory.
    """

    output: Path
    strict: bool = False
    app: Flask | None = None
    content: tuple[Path, ...] = ()
    templates: tuple[Path, ...] = ()
    reference: Reference | None = None
    snippets: Path = field(default_factory=find_snippets)
    title: str | None = None
    tagline: str | None = None
    base_url: str | None = None
    edit_url: str | None = None
    accent: Accent | None = None
    samples: Samples = field(default_factory=dict)
    openapi: Callable[[], Description] | None = None
    cache: Path | None = None

    def configured(self, app: Flask) -> "Options":
        """Take the settings of an application, under those that are given already.

        :raises SettingsError: when a ``DOCGEN_`` key is unknown or its value is off.
        """
        given = {key: value for key, value in app.config.items() if key.startswith(_PREFIX)}
        found: dict[str, Any] = {}
        for key, value in given.items():
            if key not in _READERS:
                close = difflib.get_close_matches(key, _READERS, n=1, cutoff=0.0)
                raise SettingsError(f"{key} is no setting; did you mean {close[0]}?")
            try:
                found[key.removeprefix(_PREFIX).lower()] = _READERS[key](value, Path(app.root_path))
            except ValueError as error:
                raise SettingsError(f"{key} is {value!r}; {error}") from None
        for name in ("title", "tagline", "base_url", "edit_url", "accent", "reference"):
            if getattr(self, name) is not None:
                found.pop(name, None)
        found["content"] = self.content + found.get("content", ())
        found["templates"] = self.templates + found.get("templates", ())
        return replace(self, app=app, **found)


def read_url(value: object, root: Path | None = None) -> str:
    """Check an address that names are put behind, and let it end with a slash.

    :raises ValueError: when it is none.
    """
    text = value if isinstance(value, str) else ""
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise ValueError("it must be a URL such as 'https://docs.example/'")
    if parts.query or parts.fragment or re.search(r"[\s<>\"]", text):
        raise ValueError("it must be a URL without a query or a fragment")
    return f"{text.rstrip('/')}/"


def _text(value: object, root: Path) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("it must be a text")
    return value


def _reference(value: object, root: Path) -> object:
    if value not in get_args(Reference):
        raise ValueError(f"it must be one of {', '.join(map(repr, get_args(Reference)))}")
    return value


def _samples(value: object, root: Path) -> Samples:
    return read_samples(value)


def _folders(value: object, root: Path) -> tuple[Path, ...]:
    listed = [value] if isinstance(value, str | Path) else value
    if not isinstance(listed, Sequence) or not all(isinstance(each, str | Path) for each in listed):
        raise ValueError("it must be a directory, or a list of them")
    folders = tuple(root / each for each in listed)
    for folder in folders:
        if not folder.is_dir():
            raise ValueError(f"there is no directory {display_path(folder)}")
    return folders


def _accent(value: object, root: Path) -> Accent:
    colours = (value,) if isinstance(value, str) else value
    if not isinstance(colours, Sequence) or not all(isinstance(each, str) for each in colours):
        raise ValueError("it must be a colour such as '#4f35d2', or one for each theme")
    return make_accent(tuple(colours))


_READERS: Mapping[str, Callable[[object, Path], Any]] = {
    "DOCGEN_ACCENT": _accent,
    "DOCGEN_BASE_URL": read_url,
    "DOCGEN_CONTENT": _folders,
    "DOCGEN_EDIT_URL": read_url,
    "DOCGEN_OPENAPI": _openapi,
    "DOCGEN_REFERENCE": _reference,
    "DOCGEN_SAMPLES": _samples,
    "DOCGEN_TAGLINE": _text,
    "DOCGEN_TEMPLATES": _folders,
    "DOCGEN_TITLE": _text,
}
"""The settings and what reads each."""
