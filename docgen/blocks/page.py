"""The blocks as one page calls them."""

import inspect
from collections.abc import Callable
from functools import cache
from functools import partial
from pathlib import Path

import msgspec
from jinja2 import Environment
from markupsafe import Markup

from ..errors import BlockError
from ..facts import Facts
from ..linked_data import LinkedData
from ..links import PageLinks
from ..markdown import Markdown
from ..markdown import Marks
from .registry import Blocks
from .slot import Slot

_signature = cache(inspect.signature)


class PageBlocks:
    """The blocks as one page calls them: each call leaves a mark in the text."""

    def __init__(
        self,
        blocks: Blocks,
        templates: Environment,
        markdown: Markdown,
        links: PageLinks,
        facts: Facts,
    ) -> None:
        self.marks = Marks()
        self.linked_data: list[LinkedData] = []
        self._blocks = blocks
        self._templates = templates
        self._markdown = markdown
        self._links = links
        self._tools: dict[str, object] = {
            "inline": self._inline,
            "clause": facts.clause,
            "link": links.resolve,
            "has": links.has,
        }

    def functions(self) -> dict[str, Callable[..., str]]:
        """Give the functions that content can call, by name."""
        functions = self._blocks.functions
        return {name: partial(self._call, name, functions[name]) for name in functions}

    def put(self, slot: Slot) -> str:
        """Render a block and give its mark."""
        if slot.linked_data:
            self.linked_data.append(slot.linked_data)
        html = slot.to_html(self._templates, self._tools)
        return self.marks.put(html, inline=slot.inline)

    def _call(
        self, called: str, function: Callable[..., Slot], /, *args: object, **options: object
    ) -> str:
        _check_call(called, function, args, options)
        return self.put(function(*args, **options))

    def _inline(self, text: str, source: Path | None = None) -> Markup:
        return self._markdown.render_inline(
            text, lambda target, _: self._links.resolve(target, source)
        )


def _check_call(
    called: str,
    function: Callable[..., Slot],
    args: tuple[object, ...],
    options: dict[str, object],
) -> None:
    """See that a block takes what content gives it: so many values, and of such types."""
    signature = _signature(function)
    try:
        given = signature.bind(*args, **options).arguments
    except TypeError as error:
        raise BlockError(f"{called}(): {error}") from None
    for name, value in given.items():
        parameter = signature.parameters[name]
        for each in value if parameter.kind is parameter.VAR_POSITIONAL else (value,):
            try:
                msgspec.convert(each, parameter.annotation)
            except msgspec.ValidationError as error:
                raise BlockError(f"{called}(): {name}: {error}") from None
