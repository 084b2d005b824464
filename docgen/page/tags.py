"""Tags in a text: a few that mean something and can do nothing are taken, others are named."""

import re
from collections.abc import Iterator

_WITHIN_A_SENTENCE = frozenset(
    {
        *("abbr", "b", "cite", "code", "del", "dfn", "em", "i", "ins", "kbd", "mark", "q", "s"),
        *("samp", "small", "span", "strong", "sub", "sup", "u", "var"),
    }
)
_AROUND_PARAGRAPHS = frozenset({"details", "summary"})
_ALONE = frozenset({"br", "hr", "wbr"})
_TAKEN = _WITHIN_A_SENTENCE | _AROUND_PARAGRAPHS | _ALONE
_MARKDOWN = {
    "a": "write `[text](address)`",
    "img": "write `![what it shows](address)`",
    "p": "leave blank lines around it",
    "table": "write it with `|`",
}
_PART = re.compile(
    r"<!--(?P<comment>.*?)-->|<(?P<closing>/?)(?P<name>[a-zA-Z][\w-]*+)(?P<rest>[^<>]*+)>|<",
    re.DOTALL,
)
_ATTRIBUTES = {
    "abbr": re.compile(r' title="[^"<>&]*"'),
    "details": re.compile(r' (?:open(?:="")?)'),
    "span": re.compile(r' (?:dir="(?:ltr|rtl|auto)"|lang="[\w-]+")'),
}


class Tags:
    """The tags of a text, which have to be closed in their order."""

    def __init__(self) -> None:
        self._open: list[tuple[str, int]] = []
        self._refused: set[str] = set()

    def take(self, html: str, line: int) -> tuple[str, list[tuple[int, str]]]:
        """Give the HTML of a token without comments, and what is wrong in it with its line."""
        mistakes: list[tuple[int, str]] = []

        def replace(found: re.Match[str]) -> str:
            here = line + html.count("\n", 0, found.start())
            if found["comment"] is not None:
                return ""
            problem = self._problem(found, here)
            if problem is not None:
                if problem:
                    mistakes.append((here, problem))
                return ""
            slash = "/" if found["closing"] else ""
            rest = "" if slash else found["rest"].rstrip("/ \t\n")
            return f"<{slash}{found['name'].lower()}{rest}>"

        return _PART.sub(replace, html), mistakes

    def left_open(self) -> Iterator[tuple[int, str]]:
        """Name the tags that are never closed, each with its line."""
        for name, line in self._open:
            yield line, f"<{name}> is never closed; add </{name}>"

    def _problem(self, found: re.Match[str], line: int) -> str | None:
        """Say what is wrong with a tag; nothing where that was said before."""
        name = (found["name"] or "").lower()
        if name not in _TAKEN:
            if found["closing"] and name in self._refused:  # told where it was opened
                return ""
            self._refused.add(name)
            instead = _MARKDOWN.get(name, "put it in backticks where it is meant as text")
            return (
                f"{found[0][:40].split()[0].rstrip('>')}> is no tag that a page may have; {instead}"
            )
        if found["closing"]:
            if name in _ALONE or not self._open or self._open[-1][0] != name:
                return f"</{name}> closes nothing that is open here"
            self._open.pop()
            return None
        if name not in _ALONE:
            self._open.append((name, line))
        rest = found["rest"].rstrip("/ \t\n")
        allowed = _ATTRIBUTES.get(name)
        if rest and not (allowed and allowed.fullmatch(rest)):
            return f"<{name}> has an attribute that a page may not give it:{rest}"
        return None
