"""What a site is made from: options, content, data, records and templates."""

from functools import cached_property
from pathlib import Path

import msgspec
from jinja2 import Environment

from ..page.maker import Maker
from ..page.templates import environment
from ..page.view import Site
from ..records.servers import Servers
from ..sources.application import APP_CONTENT
from ..sources.application import describe_app
from ..sources.data import line_of
from ..sources.data import read_toml
from ..sources.errors import BuildError
from ..sources.facts import Facts
from ..sources.layers import Content
from ..sources.pages import Section
from ..sources.pages import SiteConfig
from ..sources.settings import PACKAGE
from ..sources.settings import Options
from ..sources.stamps import digest_of
from ..sources.stamps import digest_stamps
from . import files as site_files

_OWN = ("blocks", "page", "records", "site", "sources", "static", "templates", "twins")


class Project:
    """The sources of one build; templates and blocks come when they are first needed."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.about_app = describe_app(options.app) if options.app else None
        self.content = Content(self._layers(), options.output)
        # Before anything is read: what is written to it meanwhile is for the next build.
        self._sources = self._stamp_sources()
        self.config = self._read_config()
        self.servers = Servers(options.snippets)
        self.facts = Facts(self.content)
        self.changes = site_files.read_changes(self.content)
        self.site = Site(
            title=self.config.title,
            tagline=self.config.tagline,
            footer=self.config.footer,
            base_url=options.base_url,
            has_feed=bool(self.changes),
            picture=self.config.picture,
            editable=self._editable(),
        )

    @cached_property
    def templates(self) -> Environment:
        """The templates: those of the site over those of the package."""
        return environment(self.options.templates)

    @cached_property
    def maker(self) -> Maker:
        """What makes the pages, once there is one to make."""
        app = self.options.app if self.about_app else None
        return Maker(self.templates, self.facts, self.servers, app)

    @cached_property
    def fingerprint(self) -> str:
        """The digest of what every page depends on."""
        settings = (repr(self.site), repr(self.options.accent), self.about_app or "")
        return digest_of(self._sources, *settings)

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
        if self.about_app:
            layers.append(APP_CONTENT)
        if self.options.reference:
            layers.append(PACKAGE / "content")
        return layers

    def _editable(self) -> tuple[Path, str] | None:
        edit_url = self.options.edit_url
        return (self.options.content[0], edit_url) if edit_url and self.options.content else None

    def _read_config(self) -> SiteConfig:
        source = self.content.path("data/site.toml")
        config = read_toml(source, SiteConfig)
        names = [section.id for section in config.sections]
        for name in names:
            if names.count(name) > 1:
                line = line_of(source, f'"{name}"')
                raise BuildError(source, line, f"there are two sections '{name}'")
        if config.picture and config.picture.file not in self.content.files():
            message = f"there is no {config.picture.file} beside the pages"
            raise BuildError(source, line_of(source, config.picture.file), message)
        sections = config.sections
        if self.about_app and not any(section.id == "app" for section in sections):
            sections = [Section(id="app", title="Your API"), *sections]
        return msgspec.structs.replace(
            config,
            title=self.options.title or config.title,
            tagline=self.options.tagline or config.tagline,
            sections=sections,
        )
