"""The request that a line with ``curl`` sends, as far as the line says it."""

import re
from dataclasses import dataclass

from ..conformance.wire import Fields
from .exchange import CONDITIONAL

_SHORT_WITH_VALUE = frozenset("ACDEFHKTUXYbcdemortuwxyz")
_LONG_WITH_VALUE = frozenset(
    {
        *("--request", "--header", "--data", "--data-raw", "--data-binary", "--data-ascii"),
        *("--json", "--user", "--output", "--cookie", "--cookie-jar", "--user-agent"),
        *("--referer", "--upload-file", "--max-time", "--proxy", "--write-out", "--url"),
        *("--dump-header", "--cert", "--form", "--connect-timeout", "--retry", "--cacert"),
        *("--etag-save", "--etag-compare", "--resolve", "--key", "--data-urlencode"),
    }
)
_LONG = {
    "--request": "X",
    "--header": "H",
    "--json": "J",
    "--upload-file": "T",
    "--url": "url",
    "--head": "I",
    "--get": "G",
    "--etag-compare": "unknown",
}
_DATA = re.compile(r"--data(-raw|-binary|-ascii|-urlencode)?")


@dataclass(frozen=True, slots=True)
class Command:
    """What a line asks for.

    :param method: empty where the line does not say what is sent: the shell fills it in.
    """

    method: str
    url: str
    fields: Fields
    body: bytes | None


def read_command(line: str) -> Command:
    """Read a line that begins with ``curl``."""
    named: dict[str, list[str]] = {}
    words = split_words(line)[1:]
    while words:
        word = words.pop(0)
        if word.startswith("--"):
            key = "d" if _DATA.fullmatch(word) else _LONG.get(word, word)
            value = words.pop(0) if word in _LONG_WITH_VALUE and words else ""
            named.setdefault(key, []).append(value)
        elif word.startswith("-") and len(word) > 1:
            for place, letter in enumerate(word[1:], 2):
                if letter not in _SHORT_WITH_VALUE:
                    named.setdefault(letter, []).append("")
                    continue
                rest = word[place:] or (words.pop(0) if words else "")
                named.setdefault(letter, []).append(rest)
                break
        else:
            named.setdefault("url", []).append(word)
    return _command(named)


def _command(named: dict[str, list[str]]) -> Command:
    url = named.get("url", [""])[0].partition("#")[0]
    if url and "://" not in url:
        url = f"http://{url}"
    data = named.get("d", []) + named.get("J", [])
    method = "GET"
    if "I" in named:
        method = "HEAD"
    elif "T" in named:
        method = "PUT"
    elif data and "G" not in named:
        method = "POST"
    method = named.get("X", [method])[-1].upper()
    fields = []
    for text in named.get("H", []):
        name, colon, value = text.partition(":")
        if not colon and name.endswith(";"):
            fields.append((name[:-1].strip(), ""))
        elif colon and value.strip():
            fields.append((name.strip(), value.strip()))
    # What the shell fills in, such as "If-Match: $tag", cannot be judged.
    unknown = any("$" in v or "`" in v for n, v in fields if n.lower() in CONDITIONAL)
    if unknown or "unknown" in named or "$" in method:
        method = ""
    is_told = data and not any(text.startswith("@") for text in data)
    body: bytes | None = "&".join(data).encode() if is_told else None
    if not data and "T" not in named:
        body = b""
    return Command(method, url if method else "", tuple(fields) if method else (), body)


def split_words(line: str) -> list[str]:
    """Split a line as a shell does, with its quotes; nothing is filled in."""
    words: list[str] = []
    word: str | None = None
    quote = ""
    at = 0
    while at < len(line):
        c = line[at]
        at += 1
        if quote == "'":
            if c == "'":
                quote = ""
            else:
                word = (word or "") + c
        elif c == "\\" and at < len(line) and (not quote or line[at] in '\\"$`'):
            word = (word or "") + line[at]
            at += 1
        elif quote:
            if c == '"':
                quote = ""
            else:
                word = (word or "") + c
        elif c in "'\"":
            quote, word = c, word or ""
        elif c in " \t\n":
            if word is not None:
                words.append(word)
            word = None
        else:
            word = (word or "") + c
    return [*words, word] if word is not None else words
