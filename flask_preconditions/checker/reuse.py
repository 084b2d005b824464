"""Whether a strong tag stands for one content however much comes in between."""

from hashlib import sha256

from ..conformance.wire import Exchange
from .comparison import Comparison
from .documents import Path
from .fields import STRONG_TAG
from .fields import Judgement
from .fields import is_strong

Key = tuple[str, frozenset[Path], str]
"""A target, what is left out of its content, and a tag."""


class Reuse:
    """Remembers what each strong tag stood for: a tag names one content for ever (§8.8.3).

    One that counts anew where something is made in the place of what was deleted, or after its
    last number, lets a writer through who has read what was there before.
    """

    def __init__(self, comparison: Comparison) -> None:
        self.comparison = comparison
        self._seen: dict[Key, bytes] = {}

    def judge(self, seen: Exchange) -> Judgement | None:
        """See that the tag of a GET has stood for no other content."""
        tag = seen.response.get("ETag")
        if seen.response.status != 200 or not is_strong(tag):
            return None
        key = (seen.target, self.comparison.left_out, tag)
        digest = sha256(self.comparison.content_of(seen)).digest()
        if self._seen.setdefault(key, digest) == digest:
            return None
        return Judgement(STRONG_TAG, seen, f"the strong tag {tag} has stood for another content")
