"""One page from its source to a view."""

from dataclasses import dataclass
from functools import cached_property

from jinja2 import Environment

from ..blocks.slot import Sources
from ..records.application import Application
from ..records.servers import Servers
from ..records.servers import Shown
from ..sources.errors import BuildError
from ..sources.errors import BuildFailed
from ..sources.facts import Facts
from ..sources.pages import Anchors
from ..sources.pages import Page
from ..sources.stamps import Stamp
from .anchors import anchor_of
from .blocks import PageBlocks
from .document import Document
from .links import PageLinks
from .links import without_left_out
from .markdown import Markdown
from .view import Frame
from .view import View


@dataclass(frozen=True, slots=True)
class Draft:
    """What became of the source of a page.

    :param shown: the regions and records that it shows.
    :param read: the files of the project that it shows.
    :param doubts: what was left out of it, by line.
    """

    view: View
    shown: set[Shown]
    read: dict[str, Stamp | None]
    doubts: list[tuple[int, str]]


class Maker:
    """Turns the sources of pages into views: what they show, ready for the template.

    :param app: the application that runs the command, where it guards anything.
    :param anchors: how the anchors of headings are made.
    """

    def __init__(
        self,
        templates: Environment,
        facts: Facts,
        servers: Servers,
        app: Application | None = None,
        anchors: Anchors = "docgen",
    ) -> None:
        self._templates = templates
        self._facts = facts
        self._servers = servers
        self._app = app
        self._anchors = anchors

    @cached_property
    def _markdown(self) -> Markdown:
        return Markdown(self._anchors)

    def make(self, page: Page, links: PageLinks, frame: Frame) -> Draft:
        """Read a page.

        :raises BuildFailed: with all that is wrong in it.
        """
        sources = Sources(self._facts, self._servers, self._app)
        blocks = PageBlocks(sources, self._templates, self._markdown, links)

        def resolve(target: str, line: int) -> str:
            return links.resolve(target, line=page.body_line + line)

        word = frame.language_of(page).word
        anchor = anchor_of(page.meta.title, page.meta.anchor, self._anchors)
        text = self._markdown.render(page.body, resolve, blocks.run, word, anchor)
        mistakes = [
            BuildError(page.source, page.body_line + line, message)
            for line, message in text.mistakes
        ]
        if mistakes or text.elsewhere:
            raise BuildFailed([*mistakes, *text.elsewhere])
        document = Document(without_left_out(text.html), anchor)
        view = frame.view(page, document, links, blocks.linked_data)
        doubts = [(page.body_line + line, message) for line, message in text.doubts]
        return Draft(view, sources.shown, sources.read, doubts)
