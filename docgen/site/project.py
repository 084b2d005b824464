"""What a site is made from: options, content, data, records and templates."""

from collections.abc import Callable
from collections.abc import Set
from functools import cached_property
from functools import partial
from pathlib import Path
from typing import TypeVar

import msgspec
from jinja2 import Environment

from ..page.maker import Maker
from ..page.templates import environment
from ..page.view import Site
from ..records.application import Application
from ..records.application import read_application
from ..records.servers import Servers
from ..records.servers import Shown
from ..sources import changes
from ..sources import samples
from ..sources.application import APP_CONTENT
from ..sources.data import line_of
from ..sources.data import read_bytes
from ..sources.data import read_toml
from ..sources.errors import BuildError
from ..sources.errors import BuildFailed
from ..sources.errors import OutputError
from ..sources.errors import SettingsError
from ..sources.errors import display_path
from ..sources.facts import Facts
from ..sources.languages import FILE as WORDS_FILE
from ..sources.languages import Language
from ..sources.languages import read_words
from ..sources.layers import Content
from ..sources.pages import Section
from ..sources.pages import SiteConfig
from ..sources.pages import read_page
from ..sources.sections import check_sections
from ..sources.sections import nested
from ..sources.sections import sections_of
from ..sources.settings import PACKAGE
from ..sources.settings import Options
from ..sources.settings import Reference
from ..sources.stamps import digest_of
from ..sources.stamps import digest_stamps
from .assets import static_files

T = TypeVar("T")

_OWN = ("blocks", "page", "records", "site", "sources", "static", "templates", "twins", "words")
_REFERENCE = PACKAGE / "content"
SITE_FILE = "data/site.toml"
_STATUSES = ("304.md", "412.md", "428.md")


class Project:
    """The sources of one build; templates and blocks come when they are first needed.

    :raises SettingsError: when there is nothing to make pages of.
    """

    errors: list[BuildError]
    """What is wrong with the data of the whole site; pages are read all the same, for theirs."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.application = self._read_application()
        self.reference: Reference = options.reference or ("statuses" if self.application else "all")
        self.content = Content(self._layers(), options.output, {_REFERENCE: self._comes_along})
        # Before anything is read: what is written to it meanwhile is for the next build.
        self._sources = self._stamp_sources()
        self.errors = list(self.content.errors)
        self._words = self._noted(partial(read_words, self.content.find(WORDS_FILE))) or {}
        config = self._noted(self._read_config)
        self.is_described = config is not None
        self.config = config or SiteConfig(title="Site")
        self.servers = Servers(options.snippets)
        self.facts = Facts(self.content)
        self.changes = self._noted(partial(changes.read_changes, self.content)) or []
        self.language = Language(self.config.language, self._words)
        self.site = Site(
            title=self.config.title,
            tagline=self.config.tagline,
            footer=self.config.footer,
            base_url=options.base_url,
            has_feed=bool(self.changes),
            picture=self.config.picture,
            editable=self._editable(),
            brand=self.config.brand,
            language=self.language,
            dir=self.config.dir or self.language.dir,
        )

    @property
    def partial(self) -> tuple[Path, ...]:
        """The directories whose pages link to what may have been left out."""
        return () if self.reference == "all" else (_REFERENCE, APP_CONTENT)

    def static_files(self) -> dict[str, bytes]:
        """Give the style and the script of all pages, with what the site adds to them."""
        brand, words = self.config.brand, self.language.words
        fonts = (("--font", brand.font), ("--mono", brand.code_font))
        set_ = "".join(f"{name}: {family};" for name, family in fonts if family)
        css = [f":root {{ {set_} }}".encode()] if set_ else []
        css += [read_bytes(self.content.path(name)) for name in brand.css]
        script = f"docgen.words = {_to_json(words)};\n" if words else ""
        if hint := self.config.search_hint:
            script += f"docgen.hint = {_to_json(hint)};\n"
        return static_files(self.options.accent, css=css, script=script)

    def doubts(self, shown: Set[Shown]) -> list[BuildError]:
        """List what ``--strict`` refuses besides the pages themselves.

        :param shown: the regions and records that the pages show.
        """
        # A site with pages of its own alone has servers of its own to show.
        is_whole = self.reference in ("all", "none")
        of_app = self.application.doubts if self.application else []
        return [*of_app, *self.servers.doubts(shown, whole=is_whole)]

    @cached_property
    def templates(self) -> Environment:
        """The templates: those of the site over those of the package."""
        return environment(self.options.templates)

    @cached_property
    def maker(self) -> Maker:
        """What makes the pages, once there is one to make."""
        anchors = self.config.anchors
        return Maker(self.templates, self.facts, self.servers, self.application, anchors)

    @cached_property
    def fingerprint(self) -> str:
        """The digest of what every page depends on."""
        settings = (
            repr(self.site),
            self.config.anchors,
            repr(self.options.accent),
            repr(self.application),
        )
        return digest_of(self._sources, *settings)

    def _noted(self, read: Callable[[], T]) -> T | None:
        try:
            return read()
        except BuildError as error:
            self.errors.append(error)
        except BuildFailed as failed:
            self.errors += failed.errors
        return None

    def _stamp_sources(self) -> str:
        extension = PACKAGE.parent / "flask_preconditions"
        own = [PACKAGE / name for name in _OWN]
        templates = [path for folder in self.options.templates for path in folder.rglob("*")]
        return digest_stamps(
            [*own, extension, self.options.snippets],
            [*self.content.inputs(), *sorted(templates)],
        )

    def _layers(self) -> list[Path]:
        layers = list(self.options.content)
        output = self.options.output
        if any(output == layer.resolve() for layer in [*layers, *self.options.templates]):
            message = f"{display_path(output)} holds sources; choose another directory with -o"
            raise OutputError(message)
        if self.application:
            layers.append(APP_CONTENT)
        if self.reference != "none":
            layers.append(_REFERENCE)
        if not layers:
            raise SettingsError(
                "without the reference there are no pages; give yours with --content"
            )
        return layers

    def _comes_along(self, name: str) -> bool:
        """Tell whether a file of the reference is part of the site."""
        if self.reference == "all":
            return True
        if name.startswith("data/"):
            return name not in (SITE_FILE, changes.FILE)
        is_status = self.reference == "statuses" and name in _STATUSES
        return is_status or name.startswith("problems/")

    def _read_application(self) -> Application | None:
        options = self.options
        if options.app is None:
            return None
        over = (folder / samples.FILE for folder in options.content)
        path = next((path for path in over if path.is_file()), None)
        return read_application(
            options.app,
            options.title,
            options.openapi,
            {**samples.read_file(path), **options.samples},
            path or Path(samples.SETTING),
        )

    def _editable(self) -> tuple[Path, str] | None:
        edit_url = self.options.edit_url
        return (self.options.content[0], edit_url) if edit_url and self.options.content else None

    def _read_config(self) -> SiteConfig:
        source = self.content.path(SITE_FILE)
        if not source.exists() and self.options.content:
            return self._made_up_config()
        config = read_toml(source, SiteConfig)
        check_sections(source, config.sections)
        brand, files = config.brand, self.content.files()
        shown = (config.picture and config.picture.file, brand.logo, brand.favicon)
        missing = [name for name in shown if name and name not in files]
        missing += [name for name in brand.css if self.content.find(name) is None]
        if missing:
            message = f"there is no {missing[0]} beside the pages"
            raise BuildError(source, line_of(source, missing[0]), message)
        title = config.title
        if self.application and source.is_relative_to(APP_CONTENT):
            title = self.application.title
        return msgspec.structs.replace(
            config,
            title=self.options.title or title,
            tagline=self.options.tagline or config.tagline,
            sections=self._with_sections_of(config, is_own=not source.is_relative_to(_REFERENCE)),
        )

    def _own_pages(self) -> dict[str, Path]:
        own = self.options.content
        found = self.content.pages().items()
        return {
            url: path for url, path in found if any(path.is_relative_to(folder) for folder in own)
        }

    def _made_up_config(self) -> SiteConfig:
        """Give what a site is called that nobody describes: as its start page is."""
        start = self.content.pages().get("/")
        title = self.options.title or (read_page(start, "/").meta.title if start else "Site")
        config = SiteConfig(title=title, tagline=self.options.tagline or "")
        sections = self._with_sections_of(config, is_own=True)
        return msgspec.structs.replace(config, sections=sections)

    def _with_sections_of(self, config: SiteConfig, *, is_own: bool) -> list[Section]:
        """Add the sections of the pages that come along to those of the site's own pages.

        :param is_own: whether the site describes itself; the sections of its pages are found
            where it does not, or names none.
        """
        word = Language(config.language, self._words).word
        sections = list(config.sections) if is_own else []
        sections = sections or sections_of(self._own_pages(), word)
        own = [APP_CONTENT] if self.application else []
        own += [_REFERENCE] if self.reference != "none" else []
        for layer in own:
            known = {section.id for section in sections}
            more = read_toml(layer / SITE_FILE, SiteConfig).sections
            more = [section for section in more if section.id not in known]
            sections = [*more, *sections] if layer is APP_CONTENT else [*sections, *more]
        return nested(sections)


def _to_json(value: object) -> str:
    return msgspec.json.encode(value).decode()
