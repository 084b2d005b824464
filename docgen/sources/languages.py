"""The words of the interface: English in templates and scripts, others by them in data."""

import difflib
from collections.abc import Callable
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field
from functools import cached_property
from pathlib import Path
from typing import Annotated
from typing import Literal

import msgspec

from .data import Record
from .data import Text
from .data import line_of
from .data import read_toml
from .errors import BuildError
from .settings import PACKAGE

ENGLISH = "en"
Direction = Literal["ltr", "rtl"]
Tag = Annotated[str, msgspec.Meta(pattern=r"^[a-zA-Z]{2,8}(-[a-zA-Z0-9]{1,8})*$")]
"""A language as HTML names it (BCP 47): ``en``, ``ar``, ``pt-BR``."""

FILE = "data/words.toml"
"""Where a site has words of its own."""

_FOLDER = PACKAGE / "words"
_RIGHT_TO_LEFT = frozenset({"ar", "ckb", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"})


class Translation(Record, frozen=True):
    """A file of words.

    :param words: what stands for each word of the interface, by the English one.
    """

    words: dict[Text, Text]


@dataclass(frozen=True)
class Language:
    """A language, and the words of the interface in it.

    :param own: words of the site's own, which go before those of the package.
    """

    tag: str = ENGLISH
    own: Mapping[str, str] = field(default_factory=dict)

    @property
    def dir(self) -> Direction:
        """The direction that it is written in."""
        return "rtl" if self.tag.lower().partition("-")[0] in _RIGHT_TO_LEFT else "ltr"

    @cached_property
    def words(self) -> Mapping[str, str]:
        """The words that are not the English ones."""
        for name in (self.tag.lower(), self.tag.lower().partition("-")[0]):
            path = _FOLDER / f"{name}.toml"
            if path.is_file():
                return {**read_toml(path, Translation).words, **self.own}
        return self.own

    def word(self, english: str, *values: object) -> str:
        """Give a word or sentence of the interface.

        :param values: what stands in place of each ``{}``.
        """
        text = self.words.get(english, english)
        return text.format(*values) if values else text


Word = Callable[..., str]
"""Gives a word of the interface: :meth:`Language.word`."""

ENGLISH_WORDS = Language()


def read_words(path: Path | None) -> dict[str, str]:
    """Read the words of the site's own; none where there is no such file.

    :raises BuildError: when the interface has no such word.
    """
    if path is None:
        return {}
    words = read_toml(path, dict[str, str])
    known = read_toml(_FOLDER / "ar.toml", Translation).words
    for name in words:
        if name not in known:
            [close] = difflib.get_close_matches(name, known, n=1, cutoff=0.0)
            message = f"the interface has no “{name}”; did you mean “{close}”?"
            raise BuildError(path, line_of(path, name), message)
    return words
