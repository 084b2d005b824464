"""One page from its source to a view."""

from functools import cached_property

from jinja2 import Environment

from .blocks import Blocks
from .blocks import PageBlocks
from .errors import BuildError
from .errors import BuildFailed
from .facts import Facts
from .links import PageLinks
from .markdown import Markdown
from .pages import Page
from .rendering import Frame
from .rendering import View


class Maker:
    """Turns the sources of pages into views: what they show, ready for the template."""

    def __init__(self, templates: Environment, blocks: Blocks, facts: Facts) -> None:
        self._templates = templates
        self._blocks = blocks
        self._facts = facts

    @cached_property
    def _markdown(self) -> Markdown:
        return Markdown()

    def make(self, page: Page, links: PageLinks, frame: Frame) -> View:
        """Read a page.

        :raises BuildFailed: with all that is wrong in it.
        """
        blocks = PageBlocks(self._blocks, self._templates, self._markdown, links, self._facts)

        def resolve(target: str, line: int) -> str:
            return links.resolve(target, line=page.body_line + line)

        text = self._markdown.render(page.body, resolve, blocks.run)
        mistakes = [
            BuildError(page.source, page.body_line + line, message)
            for line, message in text.mistakes
        ]
        if mistakes or text.elsewhere:
            raise BuildFailed([*mistakes, *text.elsewhere])
        return frame.view(page, text.html, links, blocks.linked_data)
