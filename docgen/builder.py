"""Content, data and snippets into a site: page by page, and published when all are right."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import msgspec
from jinja2 import ChoiceLoader
from jinja2 import Environment
from jinja2 import FileSystemBytecodeCache
from jinja2 import FileSystemLoader
from jinja2 import PrefixLoader
from jinja2 import StrictUndefined

from . import cache
from .app_pages import APP_CONTENT
from .app_pages import describe_app
from .blocks import Blocks
from .cache import Kept
from .cache import Made
from .content import Content
from .data import read_toml
from .errors import BuildError
from .errors import BuildFailed
from .facts import Facts
from .making import Maker
from .output import Publication
from .output import Written
from .pages import Page
from .pages import Section
from .pages import SiteConfig
from .pages import in_order
from .pages import read_page
from .records.servers import Servers
from .rendering import Site
from .run import Run
from .run import Track
from .settings import PACKAGE
from .settings import Options
from .twins import site_files


@dataclass(frozen=True, slots=True)
class Report:
    """What a build did.

    :param rendered: how many pages were made anew; the others were as before.
    :param doubts: what ``strict`` would have refused.
    """

    pages: int
    rendered: int
    files: Written
    doubts: list[BuildError]


class Builder:
    """One build of a site."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.about_app = describe_app(options.app) if options.app else None
        self.content = Content(self._layers())
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
        )

    def build(self, track: Track = iter) -> Report:
        """Build the site.

        :raises BuildFailed: when a source is wrong; nothing is published then.
        """
        memory_file = self.options.cache / "pages.bin" if self.options.cache else None
        memory = cache.load(memory_file) if memory_file else {}
        pages = self._read_pages(memory)
        with Publication(self.options.output) as publication:
            run = Run(self, pages, memory, publication)
            made = run.make_pages(track)
            errors = run.errors or run.dead_links()
            doubts = [] if errors else self.servers.doubts()
            if errors or (self.options.strict and doubts):
                raise BuildFailed(errors or doubts)
            run.put_site_files()
            written = publication.publish()
        if memory_file:
            cache.save(memory_file, self._remember(made))
        return Report(len(pages), run.rendered, written, doubts)

    @cached_property
    def templates(self) -> Environment:
        """The templates: those of the site over those of the package.

        A template that replaces one extends it by the name ``docgen/…``.
        """
        own = FileSystemLoader(PACKAGE / "templates")
        over = [FileSystemLoader(folder) for folder in self.options.templates]
        compiled = self.options.cache and self.options.cache / "templates"
        if compiled:
            compiled.mkdir(parents=True, exist_ok=True)
        return Environment(
            loader=ChoiceLoader([*over, own, PrefixLoader({"docgen": own})]),
            bytecode_cache=FileSystemBytecodeCache(str(compiled)) if compiled else None,
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    @cached_property
    def maker(self) -> Maker:
        """What makes the pages, once there is one to make."""
        app = self.options.app if self.about_app else None
        blocks = Blocks(self.facts, self.servers, app)
        return Maker(self.content, self.templates, blocks, self.facts)

    @cached_property
    def fingerprint(self) -> str:
        """The digest of what every page depends on."""
        extension = PACKAGE.parent / "flask_preconditions"
        own = [PACKAGE / name for name in ("blocks", "records", "static", "templates", "twins")]
        return cache.fingerprint(
            [*own, extension, self.options.snippets, *self.options.templates],
            [*sorted(PACKAGE.glob("*.py")), *self.content.inputs()],
            *(repr(self.site), repr(self.options.accent), self.about_app or ""),
        )

    def _layers(self) -> list[Path]:
        layers = list(self.options.content)
        if self.about_app:
            layers.append(APP_CONTENT)
        if self.options.reference:
            layers.append(PACKAGE / "content")
        return layers

    def _read_config(self) -> SiteConfig:
        config = read_toml(self.content.path("data/site.toml"), SiteConfig)
        sections = config.sections
        if self.about_app and not any(section.id == "app" for section in sections):
            sections = [Section(id="app", title="Your API"), *sections]
        return msgspec.structs.replace(
            config,
            title=self.options.title or config.title,
            tagline=self.options.tagline or config.tagline,
            sections=sections,
        )

    def _read_pages(self, memory: Mapping[str, Made]) -> list[Page]:
        pages, errors = [], []
        for url, source in self.content.pages().items():
            known = memory.get(url)
            if known and known.source == cache.digest_file(source):
                pages.append(Page(source, url, known.meta, "", known.body_line, known.source))
                continue
            try:
                pages.append(read_page(source, url))
            except BuildError as error:
                errors.append(error)
        if errors:
            raise BuildFailed(errors)
        return in_order(pages, self.config.sections)

    def _remember(self, made: Mapping[str, Made]) -> Mapping[str, Made]:
        for page in made.values():
            for name, kept in page.files.items():
                if kept.stamp is None:
                    stamp = cache.stamp(self.options.output / name)
                    page.files[name] = Kept(kept.digest, stamp)
        return made
