"""Calls of blocks in a text: ``{{ name("value", key=[1, 2]) }}``.

A call is a name and plain values. There is nothing in it to run: no expression, no attribute,
no name of a variable. So the text of a page can be anybody's.
"""

import re
from dataclasses import dataclass

from ..sources.errors import BlockError

Value = str | int | bool | None | list["Value"]

# Each alternative takes what it can and gives nothing back: a text is read in one pass.
_PART = re.compile(
    r"""\s*+(?:
        (?P<string>"(?:[^"\\]|\\.)*+"|'(?:[^'\\]|\\.)*+')
      | (?P<number>-?[0-9]++)
      | (?P<name>[A-Za-z_]\w*+)
      | (?P<end>}})
      | (?P<sign>[()\[\],=])
    )""",
    re.DOTALL | re.VERBOSE,
)
_BLANKS = re.compile(r"\s*+")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_ESCAPED = {"n": "\n", "\\": "\\", '"': '"', "'": "'"}
_WORDS = {"true": True, "false": False, "none": None}
_MOST_DIGITS = 18
_DEEPEST = 3
_SHOWN = 40
_TEXT_INSTEAD = "where braces are meant, put them in backticks or write `\\{{`"


class CallError(BlockError):
    """What looks like a call and is none.

    :param at: where in the text.
    """

    def __init__(self, message: str, at: int) -> None:
        super().__init__(message)
        self.at = at


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a block.

    :param values: what it is given by place.
    :param named: what it is given by name.
    :param end: where it ends in the text.
    """

    name: str
    values: list[Value]
    named: dict[str, Value]
    end: int


def read_call(text: str, start: int) -> Call:
    """Read the call that starts at ``{{``.

    :raises CallError: when there is another text.
    """
    return _Reader(text, start).call()


class _Reader:
    """Reads a call part by part."""

    def __init__(self, text: str, start: int) -> None:
        self._text = text
        self._start = start
        self._at = start + 2
        self._kind = self._part = ""
        self._next()

    def call(self) -> Call:
        name = self._part
        if self._kind != "name":
            raise self._no_call()
        self._next()
        if self._part != "(":
            raise self._no_call()
        self._next()
        values, named = self._arguments(name)
        if self._kind != "end":
            raise self._wrong(f"after {name}(…) comes `}}}}`", self._here)
        return Call(name, values, named, self._at)

    def _arguments(self, name: str) -> tuple[list[Value], dict[str, Value]]:
        values: list[Value] = []
        named: dict[str, Value] = {}
        while self._part != ")" or self._kind != "sign":
            word, kind, here = self._part, self._kind, self._here
            value = self._value(0, may_be_key=True)
            if kind == "name" and self._kind == "sign" and self._part == "=":
                if word in named:
                    raise self._wrong(f"{name}(): {word} is given twice", here)
                self._next()
                named[word] = self._value(0)
            elif kind == "name" and word.lower() not in _WORDS:
                raise self._wrong(f"{name}(): '{word}' is no value; write a text in quotes", here)
            elif named:
                raise self._wrong(f"{name}(): a value comes after one with a name", here)
            else:
                values.append(value)
            self._comma(")")
        self._next()
        return values, named

    def _value(self, depth: int, *, may_be_key: bool = False) -> Value:
        kind, part, here = self._kind, self._part, self._here
        self._next()
        if kind == "string":
            return _ESCAPE.sub(lambda found: self._unescape(found, here), part[1:-1])
        if kind == "number" and len(part.lstrip("-")) <= _MOST_DIGITS:
            return int(part)
        if kind == "name" and part.lower() in _WORDS:
            return _WORDS[part.lower()]
        if kind == "name" and may_be_key:
            return None
        if kind == "sign" and part == "[":
            if depth == _DEEPEST:
                raise self._wrong("lists stand in lists no deeper than three times", here)
            listed: list[Value] = []
            while self._part != "]" or self._kind != "sign":
                listed.append(self._value(depth + 1))
                self._comma("]")
            self._next()
            return listed
        raise self._wrong("a value is a text in quotes, a number, true, false or a list", here)

    def _comma(self, end: str) -> None:
        if self._kind == "sign" and self._part == ",":
            self._next()
        elif self._kind != "sign" or self._part != end:
            raise self._wrong(f"between values stands `,` and behind the last `{end}`", self._here)

    def _unescape(self, found: re.Match[str], here: int) -> str:
        if found[1] not in _ESCAPED:
            raise self._wrong(f"`{found[0]}` means nothing; a backslash is `\\\\`", here)
        return _ESCAPED[found[1]]

    def _next(self) -> None:
        """Take the next part; an empty one where there is none."""
        found = _PART.match(self._text, self._at)
        if found:
            self._kind, self._at = str(found.lastgroup), found.end()
            self._part = found[self._kind]
            self._here = found.start(self._kind)
        else:
            self._kind, self._part = "", ""
            self._here = _BLANKS.match(self._text, self._at).end()  # type: ignore[union-attr]

    def _no_call(self) -> CallError:
        return CallError(f"{self._shown()} calls no block; {_TEXT_INSTEAD}", self._start)

    def _wrong(self, message: str, here: int) -> CallError:
        found = self._text[here : here + _SHOWN].split()
        if not found:
            return CallError(f"this call is never closed; {_TEXT_INSTEAD}", self._start)
        return CallError(f"{message}, not `{found[0]}`", here)

    def _shown(self) -> str:
        line = self._text[self._start : self._start + _SHOWN].partition("\n")[0]
        end = line.find("}}")
        return f"`{line[: end + 2]}`" if end >= 0 else f"`{line.rstrip()}…`"
