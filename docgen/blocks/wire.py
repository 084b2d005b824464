"""Messages as pages show them: field by field, and as commands for the shell."""

import json
import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from ..records.server import Exchange
from ..records.server import Message
from ..records.server import Request
from .highlight import highlight

EXAMPLE_HOST = "https://api.example"
_PLAIN = re.compile(r"[^\s\"'$&();<>?\\`|~*#!\[\]]+")
_TRANSPORT_FIELDS = {"connection", "content-length", "date", "server"}


@dataclass(slots=True)
class FieldLine:
    """A field of a message.

    :param state: which state of the resource its value stands for, counted from 1 in the
        order of appearance; 0 for a field that stands for none.
    """

    name: str
    value: str
    state: int


@dataclass(slots=True)
class Shown:
    """An exchange, ready to show."""

    exchange: Exchange
    caption: str | None
    request_fields: list[FieldLine]
    response_fields: list[FieldLine]
    request_body: Markup | None
    response_body: Markup | None


def show(
    exchanges: Sequence[Exchange], captions: Sequence[str | None] | None = None
) -> list[Shown]:
    """Make exchanges ready to show.

    :param captions: a sentence above each of them.
    """
    # Equal tags get an equal colour, so that one sees which state each message means.
    states: dict[str, int] = {}
    told = captions or [None] * len(exchanges)
    return [_show(*each, states) for each in zip(exchanges, told, strict=True)]


def curl(request: Request, host: str) -> str:
    """Write a request as a command for the shell.

    :param host: the address of the server, without a slash at the end.
    """
    # With -X HEAD, curl would wait for a body.
    flags = {"GET": "-i", "HEAD": "--head"}.get(request.method, f"-i -X {request.method}")
    parts = [f"curl {flags}"]
    address = f"{host}{request.target}"
    parts[0] += f" {address if _PLAIN.fullmatch(address) else shlex.quote(address)}"
    parts += [f"-H {shlex.quote(f'{name}: {value}')}" for name, value in request.fields]
    if request.body:
        parts.append(f"-d {shlex.quote(request.body)}")
    return " \\\n  ".join(parts)


def _show(exchange: Exchange, caption: str | None, states: dict[str, int]) -> Shown:
    return Shown(
        exchange,
        caption,
        _fields(exchange.request, states),
        _fields(exchange.response, states),
        _body(exchange.request),
        _body(exchange.response),
    )


def _fields(message: Message, states: dict[str, int]) -> list[FieldLine]:
    lines = []
    for name, value in message.fields:
        if name.lower() in _TRANSPORT_FIELDS:
            continue
        tells = name.lower().startswith("if-") or name.lower() in ("etag", "last-modified")
        state = states.setdefault(value, len(states) + 1) if tells else 0
        lines.append(FieldLine(name, value, state))
    return lines


def _body(message: Message) -> Markup | None:
    if not message.body:
        return None
    if "json" not in (message.get("Content-Type") or ""):
        return highlight(message.body, "text")
    # White space between the tokens of JSON means nothing, and indented it can be read.
    try:
        parsed = json.loads(message.body)
    except ValueError:
        return highlight(message.body, "text")
    flat = json.dumps(parsed, ensure_ascii=False)
    text = flat if len(flat) < 80 else json.dumps(parsed, ensure_ascii=False, indent=2)
    return highlight(text, "json")
