"""The blocks as one page calls them."""

import difflib
import inspect
from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import msgspec
from jinja2 import Environment
from markupsafe import Markup

from ..calls import Call
from ..calls import Value
from ..errors import BlockError
from ..facts import Facts
from ..linked_data import LinkedData
from ..links import PageLinks
from ..markdown import Block
from ..markdown import Markdown
from .registry import Blocks
from .slot import Slot

_signature = cache(inspect.signature)


class PageBlocks:
    """The blocks as one page calls them."""

    def __init__(
        self,
        blocks: Blocks,
        templates: Environment,
        markdown: Markdown,
        links: PageLinks,
        facts: Facts,
    ) -> None:
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

    def run(self, call: Call) -> Block:
        """Make the block of a call.

        :raises BlockError: when there is no such block, or it takes other values.
        """
        functions = self._blocks.functions
        if call.name not in functions:
            close = difflib.get_close_matches(call.name, functions, n=1)
            hint = f"did you mean {close[0]}?" if close else f"there are: {', '.join(functions)}"
            raise BlockError(f"there is no block '{call.name}'; {hint}")
        function = functions[call.name]
        _check_call(call.name, function, call.values, call.named)
        return self.put(function(*call.values, **call.named))

    def put(self, slot: Slot) -> Block:
        """Render a block."""
        if slot.linked_data:
            self.linked_data.append(slot.linked_data)
        return Block(slot.to_html(self._templates, self._tools), slot.inline)

    def _inline(self, text: str, source: Path | None = None) -> Markup:
        return self._markdown.render_inline(
            text, lambda target, _: self._links.resolve(target, source)
        )


def _check_call(
    called: str,
    function: Callable[..., Slot],
    args: Sequence[Value],
    options: Mapping[str, Value],
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
