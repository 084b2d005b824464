"""What a resource was before a check, and whether it is that again."""

import base64
import json

from ..conformance.wire import Exchange
from .bodies import Bodies
from .comparison import Comparison
from .documents import holds
from .documents import parse
from .documents import without


class Original:
    """What the resource was.

    :param before: the first GET.
    """

    def __init__(self, before: Exchange, comparison: Comparison, bodies: Bodies) -> None:
        self.before = before
        self.comparison = comparison
        self.bodies = bodies

    def is_there(self, now: Exchange) -> bool:
        """Tell whether the resource is what it was, but for what the server sets itself."""
        if now.response.status != 200:
            return False
        if now.response.body == self.before.response.body:
            return True
        left_out = self.comparison.left_out
        held, was = parse(now.response.body), parse(self.before.response.body)
        if isinstance(was, (dict, list)):
            if without(held, left_out) == without(was, left_out):
                return True
            sent = parse(self.bodies.original())
            return isinstance(sent, (dict, list)) and holds(
                without(held, left_out), without(sent, left_out)
            )
        if not self.comparison.by_content:
            return now.response.get("ETag") == self.before.response.get("ETag")
        return False

    @property
    def can_be_told(self) -> bool:
        """Tell whether content or tag say that the resource is what it was."""
        is_document = isinstance(parse(self.before.response.body), (dict, list))
        return self.comparison.by_content or is_document

    def __str__(self) -> str:
        return f"It was: {show(self.before.response.body)}"


def show(content: bytes) -> str:
    """Write a content so that it can be put back by hand."""
    try:
        return json.dumps(content.decode())
    except UnicodeDecodeError:
        return f"base64 {base64.b64encode(content).decode()}"
