"""Recorded exchanges, mutated by a seed: python -m tests.playground.mutations 4000 7"""

import json
import random
import re
import sys
from collections.abc import Iterator
from typing import Any

PIECES = (
    *('"', 'W/"', "w/", "*", ",", "\r", "\n", "\r\r\n", "\t", "\0", "\x0b", "\x0c", "\x1b[31m"),
    *("\x85", "\u2028", "\u202e", "é", "€", "😀", "١", "ſ", "\u212a", "HTTP/2 412 ", "HTTP/3 304"),
    *("> ", "< ", "* ", "{", "}", "[", "]", "null", "1e400", "If-Match: ", "ETag: ", 'etag: "x"'),
    *(":status: 412", "  folded", "Cache-Control: max-age=60", "curl -v http://h/x", "\\", "$ "),
    *("curl -X PUT -H 'If-Match: \"1\"' http://h/docs/1 -d @-", "%00", "//", "#", "?a=b", "<b>"),
)
VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 412, 304, 412.0, 1.5, 1e300, "", [], {}, [{}], "x", 'W/"1"', '"1"'),
    *("base64", "application/problem+json", "2020-01-01T00:00:00.123456789Z", "99999-01-01"),
    *("PUT", "put", "é", {"name": "ETag", "value": '"q"'}),
)


def mutate_text(text: str, others: list[str], pick: random.Random) -> str:
    for _ in range(pick.choice((1, 1, 2, 3, 8))):
        at, lines = pick.randrange(len(text) + 1), text.split("\n")
        line = pick.randrange(len(lines))
        other = pick.choice(others)
        start = pick.randrange(len(other))
        text = pick.choice(
            (
                text[:at] + pick.choice(PIECES) + text[at:],
                text[:at] + text[at + pick.choice((1, 2, 5, 50)) :],
                text[:at] + other[start : start + pick.randrange(200)] + text[at:],
                text[:at],
                text.replace("\n", "\r\n"),
                re.sub(r"HTTP/1\.[01]", "HTTP/2", text),
                "\n".join([*lines[:line], *lines[line + 1 :]]),
                "\n".join([*lines[:line], lines[line].swapcase(), *lines[line + 1 :]]),
                "\n".join([*lines, lines[line]]),
            )
        )
    return text


def mutate_json(text: str, pick: random.Random) -> str:
    document = json.loads(text)
    for _ in range(pick.choice((1, 2, 4))):
        holder, key = pick.choice(list(_places(document)))
        if pick.random() < 0.2:
            del holder[key]
        else:
            holder[key] = pick.choice(VALUES)
        if not list(_places(document)):
            break
    return json.dumps(document, ensure_ascii=pick.random() < 0.5)


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    keys = list(value) if isinstance(value, dict) else range(len(value))
    for key in keys:
        yield value, key
        if isinstance(value[key], dict | list):
            yield from _places(value[key])


def mutated(texts: list[str], count: int, seed: int) -> list[str]:
    """Give so many mutations of texts, each of which can be sent as UTF-8."""
    pick = random.Random(seed)
    found: list[str] = []
    while len(found) < count:
        text = pick.choice(texts)
        is_har = text.lstrip().startswith("{") and pick.random() < 0.8
        made = mutate_json(text, pick) if is_har else mutate_text(text, texts, pick)
        found.append(made.encode(errors="replace").decode())
    return found


if __name__ == "__main__":
    from .test_inspector import differences
    from .test_inspector import recorded_texts

    count, seed = int(sys.argv[1]), int(sys.argv[2])
    found = list(differences(mutated(recorded_texts(), count, seed)))
    sys.stdout.write(
        "\n".join([f"{count} mutations, {len(found)} judged in two ways", *found[:3], ""])
    )
    sys.exit(bool(found))
