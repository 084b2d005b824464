"""Content, data and snippets into a site: page by page, and published when all are right."""

from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import replace

import msgspec

from ..sources.errors import BuildError
from ..sources.errors import BuildFailed
from ..sources.pages import Page
from ..sources.pages import read_page
from ..sources.sections import in_order
from ..sources.sections import misplaced
from ..sources.sections import placed
from ..sources.settings import Options
from ..sources.stamps import stamp
from . import cache
from .cache import Kept
from .cache import Made
from .project import Project
from .publication import Publication
from .publication import Written
from .run import Run
from .run import Track


@dataclass(frozen=True, slots=True)
class BuildSummary:
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
        self.project = Project(options)

    def build(self, track: Track = iter) -> BuildSummary:
        """Build the site.

        :raises BuildFailed: when a source is wrong; nothing is published then.
        """
        memory_file = self.options.cache / "pages.bin" if self.options.cache else None
        memory = cache.load(memory_file) if memory_file else {}
        pages, unread = self._read_pages(memory)
        with Publication(self.options.output) as publication:
            run = Run(self.project, pages, unread, memory, publication)
            made = run.make_pages(track)
            errors = [*self.project.errors, *run.errors, *run.dead_links()]
            doubts = run.doubts + ([] if errors else self.project.doubts(run.shown))
            if errors or (self.options.strict and doubts):
                raise BuildFailed(errors or doubts)
            run.put_site_files()
            written = publication.publish()
        if memory_file:
            cache.save(memory_file, self._remember(made))
        return BuildSummary(len(pages), run.rendered, written, doubts)

    def _read_pages(
        self, memory: Mapping[str, Made]
    ) -> tuple[list[Page], Mapping[str, Sequence[BuildError]]]:
        """Give the pages in order, and what is wrong with the head of some, by address."""
        pages: list[Page] = []
        unread: dict[str, list[BuildError]] = {}
        sections = self.project.config.sections
        for url, source in self.project.content.pages().items():
            known = memory.get(url)
            try:
                if known and known.stamp and known.stamp == stamp(source):
                    seen = (known.stamp, known.digest)
                    page = Page(source, url, known.meta, "", known.body_line, *seen)
                else:
                    page = read_page(source, url)
                page = placed(page, sections)
            except BuildError as error:
                unread[url] = [error]
                continue
            if page.mistakes:
                unread[url] = [*page.mistakes]
            if wrong := misplaced(page, sections):
                page = replace(page, meta=msgspec.structs.replace(page.meta, section=None))
                if self.project.is_described:
                    unread[url] = [wrong]
            pages.append(page)
        return in_order(pages, sections), unread

    def _remember(self, made: Mapping[str, Made]) -> Mapping[str, Made]:
        for page in made.values():
            for name, kept in page.files.items():
                if kept.stamp is None:
                    page.files[name] = Kept(kept.digest, stamp(self.options.output / name))
        return made
