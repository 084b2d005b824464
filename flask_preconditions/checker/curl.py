"""The line of ``curl`` that shows what a check has seen."""

import re
import shlex

from .fields import ASKED_FOR
from .findings import Defect
from .symptoms import CONNECTION
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
    shown = finding.results[0].vector
    if shown in ASKED_FOR:  # it shows no octet after an answer that has no content
        return None
    exchange = finding.exchanges[0]
    template = finding.results[0].vector.fields
    own = len(exchange.fields) - len(template) - bool(exchange.body)
    fields = [*exchange.fields]
    for place, (name, value) in enumerate(template, max(own, 0)):
        is_sent = place < len(fields) and fields[place][0] == name
        is_lasting = value == "{date:older}" and name != "If-Modified-Since"
        if is_sent and not is_lasting and len(value) <= LONGEST and (live := _live(value)):
            fields[place] = (name, live)
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
        # An escape of the content and one of what does not print look alike.
        is_told = len(content) <= LONGEST and MASK not in content
        data = content if is_told and not re.search(r"\\[xuU]", content) else "@FILE"
        words += ["--data-binary", _quote(data)]
    sent = " ".join(value for _, value in fields if isinstance(value, _Live))
    masked = [_header(name, value) for name, value in exchange.fields if value == MASK]
    read = " ".join(["curl", "-sS", "-D-", "-o/dev/null", *masked, url])
    lines = []
    if shown.group == CONNECTION:  # one command is one connection
        words = ["curl", "-sS", "-o/dev/null", *masked, url, "--next", *words[1:]]
    if re.search(r"\$\{?tag|\$opaque", sent):
        lines.append(f"tag=$({read} | tr -d '\\r' | sed -n 's/^etag: *//Ip')")
    if "$opaque" in sent:
        lines.append('opaque=${tag#*\\"}; opaque=${opaque%\\"}')
    if re.search(r"\$date|\$older|\$newer", sent):
        lines.append(f"date=$({read} | tr -d '\\r' | sed -n 's/^last-modified: *//Ip')")
    for name, shift in (("older", "1 second ago"), ("newer", "1 second")):
        if f"${name}" in sent:
            form = "'+%a, %d %b %Y %T GMT'"
            lines.append(f'{name}=$(LC_ALL=C date -ud "$date {shift}" {form})')
    return "\n".join([*lines, " ".join([*words, url])])


class _Live(str):
    """A value between double quotes, in which the shell puts what is current."""


# Other dates, and the tag of before, are as true later on as they were.
_CURRENT = {
    "{etag}": "$tag",
    "{etag:weak}": "W/${tag#W/}",
    "{etag:strong}": "${tag#W/}",
    "{etag:opaque}": "$opaque",
    "{etag:lower}": 'w/\\"$opaque\\"',
    "{etag:gzip}": '\\"$opaque-gzip\\"',
    "{etag:stale}": '\\"stale\\"',
    "{date}": "$date",
    "{date:older}": "$older",
    "{date:newer}": "$newer",
}
_PART = re.compile("|".join(map(re.escape, _CURRENT)))


def _live(template: str) -> _Live | None:
    """Give a value that has the current tag and date, where there is one in it."""
    live = set(_PART.findall(template)) - {"{etag:stale}"}
    if not live or "{" in _PART.sub("", template):
        return None
    text, end = "", 0
    for found in _PART.finditer(template):
        text += re.sub(r'(["$`\\])', r"\\\1", template[end : found.start()]) + _CURRENT[found[0]]
        end = found.end()
    return _Live(text + re.sub(r'(["$`\\])', r"\\\1", template[end:]))


def _header(name: str, value: str) -> str:
    if value == MASK:
        variable = re.sub(r"\W", "_", name).upper()
        return f'-H "{name}: ${variable}"'
    if isinstance(value, _Live):
        return f'-H "{name}: {value}"'
    return f"-H {_quote(f'{name}: {value}' if value.strip() else f'{name};')}"


def _quote(text: str) -> str:
    if re.search(r"\\x|\\u", text):  # an escape of what does not print
        return "$" + shlex.quote(text)
    return shlex.quote(text)
