"""What went over the wire when the servers were checked."""

import json
import shlex
from dataclasses import dataclass

from markupsafe import Markup

from ..records.server import Exchange
from ..records.server import Message
from ..records.server import Request
from ..sources.errors import BlockError
from .highlight import highlight
from .slot import Slot
from .slot import Sources

_EXAMPLE_HOST = "https://api.example"
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


def exchange(
    sources: Sources,
    name: str,
    *,
    server: str | None = None,
    steps: list[int] | None = None,
    captions: list[str] | None = None,
) -> Slot:
    """Show what a server really sent and got.

    :param name: the name of the transcript.
    :param server: the server or recorder that has it, the first server by default.
    :param steps: which requests of it, from 1; all by default.
    :param captions: a sentence above each of them.
    """
    recorder = sources.servers.find(server)
    sources.show_results(recorder)
    if recorder.results is None:
        return Slot("missing_exchange", {"server": recorder})
    transcript = recorder.results.transcript(name)
    numbers = steps or list(range(1, len(transcript) + 1))
    if captions and len(captions) != len(numbers):
        raise BlockError(f"{len(captions)} captions stand against {len(numbers)} steps")
    # Equal tags get an equal colour, so that one sees which state each message means.
    states: dict[str, int] = {}
    shown = [
        _show(recorder.results.step(name, number), captions[place] if captions else None, states)
        for place, number in enumerate(numbers)
    ]
    return Slot("exchange", {"server": recorder, "shown": shown, "host": _EXAMPLE_HOST})


def curl(sources: Sources, name: str, step: int, *, server: str | None = None) -> Slot:
    """Show a request of a transcript as a command for the shell.

    :param step: which request of it, from 1.
    """
    recorder = sources.servers.find(server)
    sources.show_results(recorder)
    if recorder.results is None:
        return Slot("missing_exchange", {"server": recorder})
    command = _curl(recorder.results.step(name, step).request)
    return Slot("command", {"command": highlight(command, "sh")})


def _curl(request: Request) -> str:
    parts = ["curl -i" if request.method == "GET" else f"curl -i -X {request.method}"]
    parts[0] += f" {_EXAMPLE_HOST}{request.target}"
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
