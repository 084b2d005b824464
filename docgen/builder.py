"""Content, data and snippets into a site: page by page, and published when all are right."""

from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from functools import partial
from pathlib import Path

import msgspec
from jinja2 import ChoiceLoader
from jinja2 import Environment
from jinja2 import FileSystemBytecodeCache
from jinja2 import FileSystemLoader
from jinja2 import PrefixLoader
from jinja2 import StrictUndefined
from markupsafe import Markup

from . import cache
from . import documents
from . import site_files
from . import twins
from .app_pages import APP_CONTENT
from .app_pages import describe_app
from .assets import static_files
from .blocks import Blocks
from .cache import Kept
from .cache import Made
from .content import Content
from .data import read_toml
from .downloads import downloads
from .errors import BuildError
from .errors import BuildFailed
from .facts import Facts
from .links import Link
from .links import PageLinks
from .links import check_anchors
from .making import Maker
from .navigation import Navigation
from .output import Publication
from .output import Written
from .pages import FrontMatter
from .pages import Page
from .pages import Section
from .pages import SiteConfig
from .pages import in_order
from .pages import read_page
from .rendering import Frame
from .rendering import Site
from .rendering import View
from .search import INDEX_FILE
from .search import Entry
from .search import index_body
from .search import join_index
from .search import read_sections
from .servers import Servers
from .settings import PACKAGE
from .settings import Options

Track = Callable[[Iterable[Page]], Iterable[Page]]
"""Lets the caller see the pages go by."""

INDEX = "/index/"

_HEADINGS_UP_TO = 200
"""The number of pages above which the index of all pages does without their headings."""


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
            run = _Run(self, pages, memory, publication)
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
        own = [PACKAGE / name for name in ("blocks", "static", "templates")]
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


class _Run:
    """What one build gathers from its pages."""

    def __init__(
        self,
        builder: Builder,
        pages: list[Page],
        memory: Mapping[str, Made],
        publication: Publication,
    ) -> None:
        self.builder = builder
        self.pages = pages
        self.memory = memory
        self.publication = publication
        self.errors: list[BuildError] = []
        self.rendered = 0
        self._dead: list[BuildError] = []
        self._made: dict[str, Made] = {}
        self._outputs = {page.url: page.output for page in pages} | {INDEX: "index/index.html"}
        self._outputs |= {f"/{name}": name for name in self._site_files}
        self._navigation = Navigation(pages, builder.config.sections)
        # The page of status 404 is shown for any address, so its links start at the host.
        base_url = builder.site.base_url
        self._from_host = f"/{base_url.split('/', 3)[3]}" if base_url else "/"
        self._titles = {section.id: section.title for section in builder.config.sections}

    @cached_property
    def _frame(self) -> Frame:
        return Frame(self.builder.templates, self.builder.site, self._navigation)

    def make_pages(self, track: Track) -> dict[str, Made]:
        """Make every page, or take it over from the build before."""
        shown = set()
        for page in track(self.pages):
            key = cache.digest_of(
                self.builder.fingerprint, page.digest, self._navigation.fingerprint(page)
            )
            made = self.memory.get(page.url)
            if made is None or made.key != key or not self._still_holds(made):
                try:
                    made = self._make(page, key)
                except BuildError as error:
                    self.errors.append(error)
                    continue
            for name, kept in made.files.items():
                self.publication.keep(name, kept.digest)
            shown |= {(server, region) for server, region in made.shown}
            self._made[page.url] = made
        self.builder.servers.used = shown
        return self._made

    def dead_links(self) -> list[BuildError]:
        """List the links that lead nowhere."""
        anchors = {url: frozenset(made.anchors) for url, made in self._made.items()}
        links: list[Link] = []
        for made in self._made.values():
            links += made.links
        return self._dead + check_anchors(links, anchors)

    def put_site_files(self) -> None:
        """Make what is not of one page."""
        for name, make in self._site_files.items():
            self.publication.put(name, make())
        self._put_index()

    @cached_property
    def _site_files(self) -> dict[str, Callable[[], bytes | Iterable[bytes]]]:
        """The files of the whole site, and what makes each."""
        builder, site = self.builder, self.builder.site
        listed = [page for page in self.pages if not page.is_404]
        sections = builder.config.sections
        files: dict[str, Callable[[], bytes | Iterable[bytes]]] = {
            **_constants(static_files(builder.options.accent)),
            **{name: path.read_bytes for name, path in builder.content.files().items()},
            INDEX_FILE: lambda: join_index([self._made[page.url].entry for page in listed]),
            "robots.txt": lambda: site_files.robots(site.base_url),
            "llms.txt": lambda: site_files.llms(site, listed, sections),
            "llms-full.txt": lambda: site_files.llms_full(site, self._texts(listed)),
            twins.SCHEMA_FILE: twins.schema,
        }
        if site.base_url:
            address = site.base_url
            files["sitemap.xml"] = lambda: site_files.sitemap(address, listed)
        if builder.changes:
            files["feed.xml"] = lambda: site_files.feed(site, builder.changes)
        if builder.options.reference:
            problems = f"{site.base_url}problems/" if site.base_url else None
            files["vectors.json"] = documents.vectors
            files["contract.json"] = lambda: documents.contract(builder.facts)
            files[documents.OPENAPI_FILE] = lambda: documents.openapi_components(problems)
            files |= downloads(builder.servers)
        if builder.about_app and (app := builder.options.app):
            files["openapi.json"] = lambda: documents.openapi_of(app)
        return files

    def _texts(self, pages: Iterable[Page]) -> Iterable[tuple[Page, Path]]:
        return ((page, self.publication.path(f"{page.url[1:]}index.md")) for page in pages)

    def _still_holds(self, made: Made) -> bool:
        return all(
            (url in self._outputs) == was_there for url, was_there in made.asked.items()
        ) and all(
            kept.stamp == cache.stamp(self.builder.options.output / name)
            for name, kept in made.files.items()
        )

    def _make(self, page: Page, key: str) -> Made:
        if not page.body:  # known from memory, but something around it changed
            page = read_page(page.source, page.url)
        self.rendered += 1
        links = self._links(page)
        self.builder.servers.used = set()
        view = self.builder.maker.make(page, links, self._frame)
        files = {page.output: self._frame.render(view).encode()}
        if not page.is_404:
            text = twins.text_page(view)
            files[f"{page.url[1:]}index.md"] = twins.as_markdown(text)
            files[f"{page.url[1:]}index.json"] = twins.as_json(text)
        self._dead += links.errors
        return Made(
            source=page.digest,
            meta=page.meta,
            body_line=page.body_line,
            key=key,
            files={
                name: Kept(self.publication.put(name, content), None)
                for name, content in files.items()
            },
            anchors=view.anchors(),
            links=links.to_anchors,
            asked=links.asked,
            shown=sorted(self.builder.servers.used),
            entry=msgspec.json.encode(self._entry(page, view)),
        )

    def _links(self, page: Page) -> PageLinks:
        root = self._from_host if page.is_404 else None
        return PageLinks(self._outputs, page.url, page.source, root)

    def _entry(self, page: Page, view: View) -> Entry:
        group = self._titles.get(page.meta.section or "", "")
        sections = read_sections(view.body, page.meta.description)
        return Entry(page.output, page.meta.title, group, sections)

    def _put_index(self) -> None:
        """Make the page that lists all pages."""
        entries = []
        listed = [page for page in self.pages if not page.is_404]
        for page in listed:
            if len(listed) > _HEADINGS_UP_TO:
                group = self._titles.get(page.meta.section or "", "")
                entries.append(Entry(page.output, page.meta.title, group, []))
            else:
                entries.append(msgspec.json.decode(self._made[page.url].entry, type=Entry))
        meta = FrontMatter(title="All pages", description="Every page of this site, by section.")
        source = PACKAGE / "search.py"
        page = Page(source, INDEX, meta, "", 1)
        links = self._links(page)
        view = self._frame.view(page, Markup(index_body(entries, page.output)), [], links)
        text = twins.text_page(view)
        self.publication.put(page.output, self._frame.render(view).encode())
        self.publication.put("index/index.md", twins.as_markdown(text))
        self.publication.put("index/index.json", twins.as_json(text))


def _constants(files: Mapping[str, bytes]) -> dict[str, Callable[[], bytes]]:
    return {name: partial(bytes, content) for name, content in files.items()}
