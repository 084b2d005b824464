"""The line of ``curl`` that shows what a check has seen."""

import re
import shlex

from .findings import Defect
from .text import MASK

LONGEST = 200
"""Characters of a field or of a content that a line to be copied may have."""


def line_for(finding: Defect, origin: str) -> str | None:
    """Give a line that sends the request of a finding again.

    A current tag is read first, for every write makes another one. A masked field is left to
    a variable of the shell with the field's name.

    :param origin: scheme and place of the server.
    :return: ``None`` where the request is too long, or there is none.
    """
    if not finding.exchanges or not finding.results:  # a race takes two
        return None
    exchange = finding.exchanges[0]
    template = finding.results[0].vector.fields
    own = len(exchange.fields) - len(template) - bool(exchange.body)
    fields = [*exchange.fields]
    needs_tag = False
    for place, (name, value) in enumerate(template, max(own, 0)):
        is_sent = place < len(fields) and fields[place][0] == name
        if value in ("{etag}", "{etag:weak}") and is_sent:
            weak = "W/" if value == "{etag:weak}" else ""
            fields[place] = (name, f"{weak}$tag")
            needs_tag = True
    if any(len(value) > LONGEST for _, value in fields):
        return None
    url = _quote(origin + exchange.target)
    words = ["curl", "-sS", "-i"]
    if exchange.method == "HEAD":
        words.append("--head")
    elif exchange.method != "GET":
        words += ["-X", exchange.method]
    words += [_header(name, value) for name, value in fields]
    if exchange.body:
        content = exchange.body.decode()
        data = "@FILE" if len(content) > LONGEST or MASK in content else content
        words += ["--data-binary", _quote(data)]
    line = " ".join([*words, url])
    if not needs_tag:
        return line
    masked = [_header(name, value) for name, value in exchange.fields if value == MASK]
    read = " ".join(["curl", "-sS", "-D-", "-o/dev/null", *masked, url])
    return f"tag=$({read} | tr -d '\\r' | sed -n 's/^etag: *//Ip')\n{line}"


def _header(name: str, value: str) -> str:
    if value == MASK:
        variable = re.sub(r"\W", "_", name).upper()
        return f'-H "{name}: ${variable}"'
    if "$tag" in value:
        return f'-H "{name}: {value}"'
    return f"-H {_quote(f'{name}: {value}' if value.strip() else f'{name};')}"


def _quote(text: str) -> str:
    if re.search(r"\\x|\\u", text):  # an escape of what does not print
        return "$" + shlex.quote(text)
    return shlex.quote(text)
