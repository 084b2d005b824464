"""The blocks as one page calls them."""

import difflib
import inspect
from collections.abc import Callable
from collections.abc import Mapping
from functools import cache
from functools import partial
from pathlib import Path
from typing import cast

import msgspec
from jinja2 import Environment
from markupsafe import Markup

from flask_preconditions.core import Clause

from ..blocks.slot import LinkedData
from ..blocks.slot import Slot
from ..blocks.slot import Sources
from ..sources.data import line_of
from ..sources.errors import BlockError
from ..sources.errors import BuildError
from .calls import Call
from .links import PageLinks
from .markdown import Block
from .markdown import Markdown
from .templates import render_template

_signature = cache(inspect.signature)


@cache
def _functions() -> Mapping[str, Callable[..., Slot]]:
    # A site that calls no block needs none of them, and they need much of the extension.
    from ..blocks.registry import find_functions

    return find_functions()


class PageBlocks:
    """The blocks as one page calls them."""

    def __init__(
        self, sources: Sources, templates: Environment, markdown: Markdown, links: PageLinks
    ) -> None:
        self.linked_data: list[LinkedData] = []
        self._sources = sources
        self._templates = templates
        self._markdown = markdown
        self._links = links
        self._tools: dict[str, object] = {
            "inline": self._inline,
            "link": links.resolve,
            "has": links.has,
        }

    def run(self, call: Call) -> Block:
        """Make the block of a call.

        :raises BlockError: when there is no such block, or it takes other values.
        :raises BuildError: when something else is wrong that it is made from.
        """
        functions = _functions()
        if call.name not in functions:
            close = difflib.get_close_matches(call.name, functions, n=1)
            hint = f"did you mean {close[0]}?" if close else f"there are: {', '.join(functions)}"
            raise BlockError(f"there is no block '{call.name}'; {hint}")
        function = functions[call.name]
        _check_call(call, function, self._sources)
        slot = function(self._sources, *call.values, **call.named)
        if slot.linked_data:
            self.linked_data.append(slot.linked_data)
        clause = partial(self._clause, slot.data.get("source"))
        values = {**self._tools, "clause": clause, **slot.data}
        html = render_template(self._templates, f"blocks/{slot.name}.html", values)
        return Block(Markup(html.strip()), slot.inline)

    def _clause(self, source: object, name: str) -> Clause:
        try:
            return self._sources.facts.clause(name)
        except BlockError as error:
            line = line_of(source, name) if isinstance(source, Path) else None
            if line is None:  # the page named it itself
                raise
            raise BuildError(cast(Path, source), line, str(error)) from None

    def _inline(self, text: str, source: Path | None = None) -> Markup:
        return self._markdown.render_inline(
            text, lambda target, _: self._links.resolve(target, source)
        )


def _check_call(call: Call, function: Callable[..., Slot], sources: Sources) -> None:
    """See that a block takes what content gives it: so many values, and of such types."""
    signature = _signature(function)
    try:
        given = signature.bind(sources, *call.values, **call.named).arguments
    except TypeError as error:
        raise BlockError(f"{call.name}(): {error}") from None
    for name, value in list(given.items())[1:]:
        parameter = signature.parameters[name]
        for each in value if parameter.kind is parameter.VAR_POSITIONAL else (value,):
            try:
                msgspec.convert(each, parameter.annotation)
            except msgspec.ValidationError as error:
                raise BlockError(f"{call.name}(): {name}: {error}") from None
