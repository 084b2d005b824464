"""One build: every page made or taken over, then the files about all of them."""

from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from collections.abc import Set
from dataclasses import replace
from functools import cached_property
from functools import partial
from itertools import chain
from pathlib import Path

from ..page import twin as twins
from ..page.document import Document
from ..page.links import Link
from ..page.links import PageLinks
from ..page.links import check_links
from ..page.navigation import Navigation
from ..page.view import Frame
from ..page.view import View
from ..records.downloads import downloads
from ..records.servers import Shown
from ..sources import changes
from ..sources.errors import BuildError
from ..sources.errors import BuildFailed
from ..sources.pages import Page
from ..sources.pages import read_page
from ..sources.sections import titles_of
from ..sources.stamps import digest_of
from ..sources.stamps import stamp
from . import all_pages
from . import budget
from . import documents
from . import files as site_files
from .assets import read_file
from .cache import Kept
from .cache import Made
from .project import Project
from .publication import MANIFEST
from .publication import Publication
from .publication import ways_to
from .redirects import RULES_FILE
from .redirects import find_conflicts
from .redirects import redirect_files
from .search import INDEX_FILE
from .search import Entry
from .search import decode_entry
from .search import encode_entry
from .search import join_index
from .search import read_sections

_SPENT = f"to make this page takes more than {budget.SECONDS:.0f} s; cut it into several"

Track = Callable[[Iterable[Page]], Iterable[Page]]
"""Lets the caller see the pages go by."""


class Run:
    """What one build gathers from its pages.

    :param unread: what is wrong with the pages that could not be read, by address.
    """

    def __init__(
        self,
        project: Project,
        pages: list[Page],
        unread: Mapping[str, Sequence[BuildError]],
        memory: Mapping[str, Made],
        publication: Publication,
    ) -> None:
        self.project = project
        self.pages = pages
        self.memory = memory
        self.publication = publication
        self.errors: list[BuildError] = [*chain.from_iterable(unread.values())]
        self.rendered = 0
        self._listed = [page for page in pages if not page.is_404]
        self.shown: set[Shown] = set()
        self.doubts: list[BuildError] = []
        self._links: list[Link] = []
        self._made: dict[str, Made] = {}
        self._outputs = {page.url: page.output for page in [*pages, all_pages.PAGE]}
        # A page that could not be read, or is missed, is there for those that link to it.
        self._outputs |= {url: f"{url[1:]}index.html" for url in ("/", *unread)}
        self.errors += _conflicts(pages, set(self._site_files))
        taken = {MANIFEST, RULES_FILE, *self._site_files, *self._outputs.values()}
        taken |= {name for page in pages for name in _names_of(page)}
        self._outputs |= {f"/{name}": name for name in self._site_files}
        self.errors += find_conflicts(pages, taken)
        self._redirects = redirect_files(pages, project.site.base_url)
        self._navigation = Navigation(pages, project.config.sections)
        # The page of status 404 is shown for any address, so its links start at the host.
        base_url = project.site.base_url
        self._from_host = f"/{base_url.split('/', 3)[3]}" if base_url else "/"
        self._titles = titles_of(project.config.sections)

    @cached_property
    def _frame(self) -> Frame:
        return Frame(self.project.templates, self.project.site, self._navigation)

    def make_pages(self, track: Track) -> dict[str, Made]:
        """Make every page, or take it over from the build before."""
        for page in track(self.pages):
            key = digest_of(
                self.project.fingerprint,
                str(page.source),
                page.digest,
                self._navigation.fingerprint(page),
            )
            made = self.memory.get(page.url)
            if made is None or made.key != key or not self._still_holds(made):
                links = self._links_of(page)
                try:
                    with budget.budget():
                        made = self._make(page, key, links)
                except budget.Spent:
                    self.errors.append(BuildError(page.source, None, _SPENT))
                    continue
                except BuildFailed as failed:
                    self.errors += failed.errors
                    self._links += links.found
                    continue
                except BuildError as error:
                    self.errors.append(error)
                    continue
            for name, kept in made.files.items():
                self.publication.keep(name, kept.digest)
            self.shown |= set(made.shown)
            self._links += made.links
            self.doubts += [BuildError(page.source, *doubt) for doubt in made.doubts]
            self._made[page.url] = made
        return self._made

    def dead_links(self) -> list[BuildError]:
        """List the links that lead nowhere."""
        anchors = {url: frozenset(made.anchors) for url, made in self._made.items()}
        told = PageLinks(self._outputs, "/", self.project.content.path(changes.FILE))
        for change in self.project.changes:
            told.resolve(change.href)
        return check_links([*self._links, *told.found], self._outputs, anchors)

    def put_site_files(self) -> None:
        """Make what is not of one page."""
        for name, make in {**self._site_files, **self._redirects}.items():
            self.publication.put(name, make())
        self._put_all_pages()

    @cached_property
    def _site_files(self) -> dict[str, Callable[[], bytes | Iterable[bytes]]]:
        """The files of the whole site, and what makes each."""
        project, site = self.project, self.project.site
        listed, sections = self._listed, project.config.sections
        files: dict[str, Callable[[], bytes | Iterable[bytes]]] = {
            **_constants(project.static_files()),
            **{name: partial(read_file, path) for name, path in project.content.files().items()},
            INDEX_FILE: lambda: join_index([self._made[page.url].entry for page in listed]),
            "robots.txt": lambda: site_files.robots(site.base_url),
            "llms.txt": lambda: site_files.llms(site, listed, sections),
            "llms-full.txt": lambda: site_files.llms_full(site, self._texts(listed)),
            twins.SCHEMA_FILE: twins.schema,
        }
        if site.base_url:
            address = site.base_url
            files["sitemap.xml"] = lambda: site_files.sitemap(address, [*listed, all_pages.PAGE])
        if project.changes:
            files["feed.xml"] = lambda: site_files.feed(site, project.changes)
        if project.reference == "all":
            problems = f"{site.base_url}problems/" if site.base_url else None
            files["vectors.json"] = documents.vectors
            files["contract.json"] = lambda: documents.contract(project.facts)
            files["dashboard.json"] = lambda: documents.dashboard(project.facts)
            files["alerts.yml"] = project.facts.path("alerts.yml").read_bytes
            # A worker answers below the folder that it lies in, which /files/ is not.
            files["try/worker.js"] = partial(read_file, project.content.path("try/worker.js"))
            files["try/lessons.js"] = documents.lessons
            files[documents.OPENAPI_FILE] = lambda: documents.openapi_components(problems)
            files |= downloads(project.servers)
        if application := project.application:
            files["openapi.json"] = lambda: documents.openapi_of(application)
        return files

    def _texts(self, pages: Iterable[Page]) -> Iterable[tuple[Page, Path]]:
        return ((page, self.publication.path(f"{page.url[1:]}index.md")) for page in pages)

    def _still_holds(self, made: Made) -> bool:
        if any(stamp(path) != seen for path, seen in made.read.items()):
            return False
        return all(
            (url in self._outputs) == was_there for url, was_there in made.asked.items()
        ) and all(
            kept.stamp == stamp(f"{self.project.options.output}/{name}")
            for name, kept in made.files.items()
        )

    def _make(self, page: Page, key: str, links: PageLinks) -> Made:
        if not page.body:  # known from memory, but something around it changed
            page = replace(read_page(page.source, page.url), meta=page.meta)
        self.rendered += 1
        draft = self.project.maker.make(page, links, self._frame)
        view = draft.view
        # The template has links of its own, so it comes before they are counted.
        files = {
            name: Kept(self.publication.put(name, content), None)
            for name, content in self._files_of(page, view).items()
        }
        return Made(
            stamp=page.stamp,
            digest=page.digest,
            meta=page.meta,
            body_line=page.body_line,
            key=key,
            files=files,
            anchors=view.document.anchors,
            # Of the others, `asked` tells whether they still lead there.
            links=[link for link in links.found if link.anchor or link.url not in self._outputs],
            asked=links.asked,
            shown=sorted(draft.shown),
            read=draft.read,
            doubts=draft.doubts,
            entry=encode_entry(self._entry(page, view)),
        )

    def _files_of(self, page: Page, view: View) -> dict[str, bytes]:
        files = {page.output: self._frame.render(view).encode()}
        if not page.is_404:
            text = twins.text_page(view)
            files[f"{page.url[1:]}index.md"] = twins.as_markdown(text, lead=page.meta.lead)
            files[f"{page.url[1:]}index.json"] = twins.as_json(text)
        return files

    def _links_of(self, page: Page) -> PageLinks:
        root = self._from_host if page.is_404 else None
        return PageLinks(self._outputs, page.url, page.source, root, self.project.partial)

    def _entry(self, page: Page, view: View) -> Entry:
        description = page.meta.description if page.meta.lead else ""
        sections = read_sections(view.document, description, page.meta.keywords)
        return Entry(page.href, page.meta.title, self._group(page), sections)

    def _group(self, page: Page) -> str:
        return self._titles.get(page.meta.section or "", "")

    def _put_all_pages(self) -> None:
        shows_headings = len(self._listed) <= all_pages.HEADINGS_UP_TO
        entries = (
            decode_entry(self._made[page.url].entry)
            if shows_headings
            else Entry(page.href, page.meta.title, self._group(page), [])
            for page in self._listed
        )
        body = all_pages.render(self.project.templates, entries)
        page = all_pages.page_in(self.project.language)
        view = self._frame.view(page, Document(body), self._links_of(page))
        for name, content in self._files_of(page, view).items():
            self.publication.put(name, content)


def _names_of(page: Page) -> tuple[str, ...]:
    """Give the names of the files of a page."""
    twins_of = (f"{page.url[1:]}index.md", f"{page.url[1:]}index.json")
    return (page.output, *(() if page.is_404 else twins_of))


def _conflicts(pages: Iterable[Page], files: Set[str]) -> Iterator[BuildError]:
    """Find the pages that would take the place of something else of the site."""
    listed = list(pages)
    taken = {MANIFEST, RULES_FILE, *files, *(name for page in listed for name in _names_of(page))}
    for page in listed:
        if page.url == all_pages.PAGE.url:
            message = f"{page.url} is the page that lists all others; choose another name"
            yield BuildError(page.source, None, message)
        for name in sorted(set(files) & set(_names_of(page))):
            yield BuildError(page.source, None, f"it would take the place of the file {name}")
        for folder in ways_to(page.output):
            if folder in taken:
                message = f"its directory {folder}/ would take the place of the file {folder}"
                yield BuildError(page.source, None, message)


def _constants(files: Mapping[str, bytes]) -> dict[str, Callable[[], bytes]]:
    return {name: partial(bytes, content) for name, content in files.items()}
