"""One page from its source to its files."""

import ast
import re
from collections.abc import Callable
from collections.abc import Mapping
from functools import cached_property
from functools import partial
from pathlib import Path
from traceback import walk_tb

from jinja2 import Environment
from jinja2 import FunctionLoader
from jinja2 import StrictUndefined
from jinja2 import Template
from jinja2 import TemplateError
from jinja2 import TemplateNotFound
from jinja2 import TemplateSyntaxError

from .blocks import Blocks
from .blocks import PageBlocks
from .content import Content
from .data import read_text
from .errors import BlockError
from .errors import BuildError
from .facts import Facts
from .links import PageLinks
from .markdown import Markdown
from .markdown import SourceError
from .pages import Page
from .rendering import Frame
from .rendering import View
from .settings import PACKAGE

_CALL = re.compile(r"\{\{ ([a-z_]+)\((.*?)\) \}\}", re.DOTALL)

_OURS = (str(PACKAGE), str(PACKAGE.parent / "flask_preconditions"))

Call = tuple[re.Match[str], list[object], dict[str, object]]


class Maker:
    """Turns the sources of pages into views: what they show, ready for the template."""

    def __init__(
        self, content: Content, templates: Environment, blocks: Blocks, facts: Facts
    ) -> None:
        self._templates = templates
        self._blocks = blocks
        self._facts = facts
        self._content = Environment(
            loader=FunctionLoader(partial(_load, content)),
            undefined=StrictUndefined,
            autoescape=False,
        )

    @cached_property
    def _markdown(self) -> Markdown:
        return Markdown()

    def make(self, page: Page, links: PageLinks, frame: Frame) -> View:
        """Read a page.

        :raises BuildError: when something in it is wrong.
        """
        blocks = PageBlocks(self._blocks, self._templates, self._markdown, links, self._facts)
        text = self._run_template(page, blocks)

        def resolve(target: str, line: int) -> str:
            return links.resolve(target, line=page.body_line + line)

        try:
            body = blocks.marks.fill(self._markdown.render(text, resolve), text)
        except SourceError as error:
            line = page.body_line + error.line
            raise BuildError(page.source, line, str(error)) from None
        return frame.view(page, body, links, blocks.linked_data)

    def _run_template(self, page: Page, blocks: PageBlocks) -> str:
        # To compile a template costs more than to run it, and most pages only call blocks.
        functions = blocks.functions()
        calls = read_calls(page.body)
        if calls is not None and all(call[1] in functions for call, _, _ in calls):
            return _run_calls(page, functions, calls)
        # The text is moved down to its line in the file, so that Jinja's lines are the
        # file's, and moved up again for Markdown.
        above = "\n" * (page.body_line - 1)
        try:
            code = self._content.compile(above + page.body, page.url, str(page.source))
            template = Template.from_code(self._content, code, functions)
            return template.render().removeprefix(above)  # unless the page trimmed it
        except TemplateSyntaxError as error:
            source = Path(error.filename) if error.filename else page.source
            raise BuildError(source, error.lineno, error.message or "syntax error") from None
        except TemplateNotFound as error:
            line, _ = _line_within(page.source, error)
            message = f"there is no '{error.name}' beside the pages"
            raise BuildError(page.source, line, message) from None
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


def _load(content: Content, name: str) -> tuple[str, str, None] | None:
    path = content.find(name)
    return (read_text(path), str(path), None) if path else None


def read_calls(text: str) -> list[Call] | None:
    """Read the calls of a text that does nothing but call blocks with plain values.

    :returns: the calls in order; ``None`` for any other text, which is Jinja's to read.
    """
    found = list(_CALL.finditer(text))
    if "{%" in text or "{#" in text or text.count("{{") != len(found):
        return None
    calls = []
    for call in found:
        try:
            node = ast.parse(f"f({call[2].strip()})", mode="eval").body
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                return None
            if any(each.arg is None for each in node.keywords):
                return None
            values = [ast.literal_eval(each) for each in node.args]
            named = {str(each.arg): ast.literal_eval(each.value) for each in node.keywords}
        except (SyntaxError, ValueError):
            return None
        calls.append((call, values, named))
    return calls


def _run_calls(page: Page, functions: Mapping[str, Callable[..., str]], calls: list[Call]) -> str:
    parts, at = [], 0
    for call, values, named in calls:
        line = page.body_line + page.body.count("\n", 0, call.start())
        try:
            made = functions[call[1]](*values, **named)
        except BlockError as error:
            raise BuildError(page.source, line, str(error)) from None
        parts += [page.body[at : call.start()], made]
        at = call.end()
        if page.body.startswith("\n", at):  # so that the lines below keep their numbers
            parts.append("\n" * call[0].count("\n"))
    return "".join([*parts, page.body[at:]])


def _line_within(source: Path, error: Exception) -> tuple[int | None, bool]:
    """Find the line of a page that an error comes from.

    :returns: the line, and whether it is the page that is wrong, and not what it called.
    """
    # Jinja rewrites the traceback so that it names the line of the template.
    line, is_own = None, False
    for frame, number in walk_tb(error.__traceback__):
        file = frame.f_code.co_filename
        if file == str(source):
            line, is_own = number, True
        elif file.startswith(_OURS):
            is_own = False
    return line, is_own
