"""Content, data and snippets into a site: everything is rendered, then written."""

from collections.abc import Callable
from collections.abc import Iterable
from dataclasses import dataclass
from dataclasses import field
from pathlib import Path

from flask import Flask
from jinja2 import Environment
from jinja2 import FileSystemLoader
from jinja2 import StrictUndefined
from jinja2 import Template
from jinja2 import TemplateError
from jinja2 import TemplateSyntaxError

from .app_pages import make_app_page
from .assets import static_files
from .blocks import Blocks
from .blocks import PageBlocks
from .blocks import Slot
from .data import read_toml
from .errors import BlockError
from .errors import BuildError
from .errors import BuildFailed
from .facts import Facts
from .links import Link
from .links import PageLinks
from .links import check_anchors
from .markdown import Markdown
from .markdown import SourceError
from .navigation import Navigation
from .output import Written
from .output import write_site
from .pages import Page
from .pages import SiteConfig
from .pages import in_order
from .pages import read_page
from .rendering import Frame
from .rendering import Site
from .servers import Servers
from .servers import find_snippets

PACKAGE = Path(__file__).parent

Track = Callable[[Iterable[Page]], Iterable[Page]]
"""Lets the caller see the pages go by."""


@dataclass(frozen=True, slots=True)
class Options:
    """What to build and where.

    :param output: the directory of the site.
    :param strict: whether code that no run verified fails the build.
    :param app: the application whose routes get a page.
    """

    output: Path
    strict: bool = False
    app: Flask | None = None
    content: Path = PACKAGE / "content"
    snippets: Path = field(default_factory=find_snippets)


@dataclass(frozen=True, slots=True)
class Report:
    """What a build did.

    :param doubts: what ``strict`` would have refused.
    """

    pages: int
    files: Written
    doubts: list[BuildError]


class Builder:
    """One build of a site."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.config = read_toml(options.content / "data" / "site.toml", SiteConfig)
        self.facts = Facts(options.content / "data")
        self.servers = Servers(options.snippets)
        self.markdown = Markdown()
        self.blocks = Blocks(self.facts, self.servers)
        self.templates = Environment(
            loader=FileSystemLoader(PACKAGE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self.content = Environment(
            loader=FileSystemLoader(options.content), undefined=StrictUndefined, autoescape=False
        )
        self.app_slots: dict[str, Slot] = {}

    def build(self, track: Track = iter) -> Report:
        """Build the site.

        :raises BuildFailed: when a source is wrong; nothing is written then.
        """
        pages = self._read_pages()
        outputs = {page.url: page.output for page in pages}
        site = Site(self.config.title, self.config.tagline, self.config.footer)
        frame = Frame(self.templates, site, Navigation(pages, self.config.sections))
        files: dict[str, bytes] = {}
        anchors: dict[str, frozenset[str]] = {}
        to_anchors: list[Link] = []
        errors: list[BuildError] = []
        dead: list[BuildError] = []
        for page in track(pages):
            links = PageLinks(outputs, page.url, page.source)
            try:
                html, ids = self._render(page, links, frame)
            except BuildError as error:
                errors.append(error)
                continue
            files[page.output] = html.encode()
            anchors[page.url] = ids
            dead += links.errors
            to_anchors += links.to_anchors
        if not errors:
            errors = dead + check_anchors(to_anchors, anchors)
        doubts = [] if errors else self.servers.doubts()
        if self.options.strict:
            errors += doubts
        if errors:
            raise BuildFailed(errors)
        files |= static_files()
        return Report(len(pages), write_site(self.options.output, files), doubts)

    def _read_pages(self) -> list[Page]:
        content = self.options.content
        pages, errors = [], []
        for source in sorted(content.rglob("*.md")):
            try:
                pages.append(read_page(source, content))
            except BuildError as error:
                errors.append(error)
        if errors:
            raise BuildFailed(errors)
        if not pages:
            raise BuildFailed([BuildError(content, None, "there is no page (*.md) in here")])
        section = self.config.sections[-1].id
        template = PACKAGE / "templates" / "blocks" / "app_routes.html"
        if self.options.app and (made := make_app_page(self.options.app, section, template)):
            pages.append(made[0])
            self.app_slots[made[0].url] = made[1]
        return in_order(pages, self.config.sections)

    def _render(self, page: Page, links: PageLinks, frame: Frame) -> tuple[str, frozenset[str]]:
        blocks = PageBlocks(self.blocks, self.templates, self.markdown, links, self.facts)
        slot = self.app_slots.get(page.url)
        text = blocks.put(slot) if slot else self._run_template(page, blocks)

        def resolve(target: str, line: int) -> str:
            return links.resolve(target, line=page.body_line + line)

        try:
            rendered = self.markdown.render(text, resolve)
            body = blocks.marks.fill(rendered.html, text)
        except SourceError as error:
            line = page.body_line + error.line
            raise BuildError(page.source, line, str(error)) from None
        html = frame.render(frame.view(page, body, rendered.headings, links))
        return html, frozenset(heading.id for heading in rendered.headings)

    def _run_template(self, page: Page, blocks: PageBlocks) -> str:
        # The text is moved down to its line in the file, so that Jinja's lines are the
        # file's, and moved up again for Markdown.
        above = "\n" * (page.body_line - 1)
        try:
            code = self.content.compile(above + page.body, page.url, str(page.source))
            template = Template.from_code(self.content, code, blocks.functions())
            return template.render()[len(above) :]
        except TemplateSyntaxError as error:
            raise BuildError(page.source, error.lineno, error.message or "syntax error") from None
        except (TemplateError, BlockError) as error:
            line, _ = _line_within(page.source, error)
            raise BuildError(page.source, line, str(error)) from None
        except BuildError:
            raise
        except Exception as error:
            line, is_own = _line_within(page.source, error)
            if not is_own:  # a fault of ours, which needs its trace
                raise
            message = f"{type(error).__name__}: {error}"
            raise BuildError(page.source, line, message) from None


def _line_within(source: Path, error: Exception) -> tuple[int | None, bool]:
    """Find the line of a template that an error comes from.

    :returns: the line, and whether the template itself raised the error.
    """
    # Jinja rewrites the traceback so that it names the line of the template.
    line, is_own, traceback = None, False, error.__traceback__
    while traceback is not None:
        is_own = traceback.tb_frame.f_code.co_filename == str(source)
        if is_own:
            line = traceback.tb_lineno
        traceback = traceback.tb_next
    return line, is_own
