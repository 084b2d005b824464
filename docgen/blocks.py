"""What content calls between ``{{`` and ``}}``.

Each function gives a :class:`Slot`: the data of a block and the name of its template. The
HTML comes from ``templates/blocks/<name>.html``.
"""

import inspect
import json
import shlex
from collections.abc import Callable
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field
from functools import partial
from pathlib import Path

from jinja2 import Environment
from markupsafe import Markup

from flask_preconditions.core import PRECEDENCE
from flask_preconditions.core import READ_METHODS
from flask_preconditions.core import Reason
from flask_preconditions.core import Rule

from .errors import BlockError
from .facts import Facts
from .highlight import highlight
from .highlight import language_of
from .links import Links
from .markdown import Markdown
from .markdown import Marks
from .reference import describe_name
from .servers import Exchange
from .servers import Message
from .servers import Request
from .servers import Server
from .servers import Servers

_EXAMPLE_HOST = "https://api.example"
_TRANSPORT_FIELDS = {"connection", "content-length", "date", "server"}


@dataclass(frozen=True, slots=True)
class Slot:
    """A block of a page, not yet rendered.

    :param name: the name of its template.
    :param data: what the template gets.
    :param inline: whether it stands within a sentence.
    """

    name: str
    data: Mapping[str, object] = field(default_factory=dict)
    inline: bool = False

    def to_html(self, templates: Environment, tools: Mapping[str, object]) -> Markup:
        """Render it for a page."""
        html = templates.get_template(f"blocks/{self.name}.html").render({**tools, **self.data})
        return Markup(html.strip())


@dataclass(slots=True)
class Panel:
    """The code of one server."""

    server: Server
    file: str
    code: Markup


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


class Blocks:
    """The blocks that content can call, for the whole site."""

    def __init__(self, facts: Facts, servers: Servers) -> None:
        self._facts = facts
        self._servers = servers

    def snippet(self, server: str, region: str) -> Slot:
        """Show a region of one server."""
        return Slot("snippet", {"panel": self._panel(self._servers.get(server), region)})

    def tabs(self, region: str, servers: list[str] | None = None) -> Slot:
        """Show a region of several servers, all of them by default, one tab each."""
        names = list(self._servers.by_name) if servers is None else servers
        panels = [self._panel(self._servers.get(name), region) for name in names]
        return Slot("tabs", {"panels": panels, "region": region})

    def exchange(
        self,
        name: str,
        *,
        server: str | None = None,
        steps: list[int] | None = None,
        captions: list[str] | None = None,
    ) -> Slot:
        """Show what a server really sent and got.

        :param name: the name of the transcript.
        :param server: the server that recorded it, the first one by default.
        :param steps: which requests of it, from 1; all by default.
        :param captions: a sentence above each of them.
        """
        recorder = self._servers.get(server)
        if recorder.results is None:
            return Slot("missing_exchange", {"server": recorder})
        transcript = recorder.results.transcript(name)
        numbers = steps or list(range(1, len(transcript) + 1))
        if captions and len(captions) != len(numbers):
            raise BlockError(f"{len(captions)} captions stand against {len(numbers)} steps")
        # Equal tags get an equal colour, so that one sees which state each message means.
        states: dict[str, int] = {}
        shown = [
            _show(
                recorder.results.step(name, number), captions[place] if captions else None, states
            )
            for place, number in enumerate(numbers)
        ]
        return Slot("exchange", {"server": recorder, "shown": shown, "name": name})

    def curl(self, name: str, step: int, *, server: str | None = None) -> Slot:
        """Show a request of a transcript as a command for the shell.

        :param step: which request of it, from 1.
        """
        recorder = self._servers.get(server)
        if recorder.results is None:
            return Slot("missing_exchange", {"server": recorder})
        command = _curl(recorder.results.step(name, step).request)
        return Slot("command", {"command": highlight(command, "sh")})

    def facts(self, name: str) -> Slot:
        """Show a fact box."""
        boxes = self._facts.boxes
        if name not in boxes:
            raise BlockError(f"no facts '{name}'; data/facts.toml has: {', '.join(boxes)}")
        return Slot("facts", {"facts": boxes[name], "source": self._facts.path("facts")})

    def contract(self) -> Slot:
        """Show what each side may rely on."""
        source = self._facts.path("contract")
        return Slot("contract", {"contract": self._facts.contract, "source": source})

    def decision_table(self) -> Slot:
        """Show which status fits which finding."""
        source = self._facts.path("decision")
        return Slot("decision_table", {"choices": self._facts.choices, "source": source})

    def headers(self) -> Slot:
        """Show the headers around a 412."""
        source = self._facts.path("headers")
        return Slot("headers", {"headers": self._facts.headers, "source": source})

    def evaluation_order(self) -> Slot:
        """Show the order of RFC 9110 §13.2.2, drawn from the core's own table."""
        words = self._facts.evaluation
        return Slot(
            "evaluation_order",
            {
                "words": words,
                "steps": [(rule, words.steps[rule.field], _exits(rule)) for rule in PRECEDENCE],
                "last": PRECEDENCE[-1].number + 1,
                "source": self._facts.path("evaluation"),
            },
        )

    def members(self) -> Slot:
        """Show the members of the problem documents."""
        source = self._facts.path("problems")
        return Slot("members", {"members": self._facts.problems.members, "source": source})

    def reasons(self, *names: str) -> Slot:
        """Show values of ``reason`` and what to do about each."""
        by_name = {row.reason: row for row in self._facts.problems.reasons}
        for name in names:
            if name not in by_name or name not in list(Reason):
                raise BlockError(f"no reason '{name}'; there are: {', '.join(by_name)}")
        rows = [by_name[name] for name in names]
        return Slot("reasons", {"reasons": rows, "source": self._facts.path("problems")})

    def clause(self, name: str) -> Slot:
        """Link a clause of a specification."""
        return Slot("clause", {"clause": self._facts.clause(name)}, inline=True)

    def api(self, path: str) -> Slot:
        """Show a name of the API from its signature and docstring.

        :param path: such as ``flask_preconditions:Match.confirm``.
        """
        entry = describe_name(path)
        signature = highlight(entry.signature, "python")
        name = path.partition(":")[2]
        return Slot("api", {"entry": entry, "signature": signature, "name": name})

    def _panel(self, server: Server, name: str) -> Panel:
        region = self._servers.show(server, name)
        language = language_of(region.path.name)
        return Panel(server, region.path.name, highlight(region.text, language))


class PageBlocks:
    """The blocks as one page calls them: each call leaves a mark in the text."""

    def __init__(
        self,
        blocks: Blocks,
        templates: Environment,
        markdown: Markdown,
        links: Links,
        facts: Facts,
        url: str,
        source: Path,
    ) -> None:
        self.marks = Marks()
        self._blocks = blocks
        self._templates = templates
        self._markdown = markdown
        self._links = links
        self._source = source
        self._url = url
        self._tools: dict[str, object] = {
            "inline": self._inline,
            "clause": facts.clause,
            "link": self._link,
            "has": links.outputs.__contains__,
        }

    def functions(self) -> dict[str, Callable[..., str]]:
        """Give the functions that content can call, by name."""
        names = [name for name in vars(Blocks) if not name.startswith("_")]
        return {name: partial(self._call, getattr(self._blocks, name)) for name in names}

    def put(self, slot: Slot) -> str:
        """Render a block and give its mark."""
        html = slot.to_html(self._templates, self._tools)
        return self.marks.put(html, inline=slot.inline)

    def _call(self, function: Callable[..., Slot], *args: object, **options: object) -> str:
        try:
            inspect.signature(function).bind(*args, **options)
        except TypeError as error:
            raise BlockError(f"{function.__name__}(): {error}") from None
        return self.put(function(*args, **options))

    def _inline(self, text: str, source: Path | None = None) -> Markup:
        return self._markdown.render_inline(text, lambda target, _: self._link(target, source))

    def _link(self, target: str, source: Path | None = None) -> str:
        return self._links.resolve(target, self._url, source or self._source)


def _exits(rule: Rule) -> list[tuple[int, str]]:
    """List where a false condition leaves the evaluation: a status and its methods."""
    on_read = rule.if_false_on_read and rule.if_false_on_read.status
    on_write = rule.if_false and rule.if_false.status
    reads = ", ".join(sorted(READ_METHODS))
    if on_read and on_read == on_write:
        return [(on_read, "any method")]
    exits = [(on_read, reads), (on_write, "other methods")]
    return [(status, methods) for status, methods in exits if status]


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
    parsed = json.loads(message.body)
    flat = json.dumps(parsed, ensure_ascii=False)
    text = flat if len(flat) < 80 else json.dumps(parsed, ensure_ascii=False, indent=2)
    return highlight(text, "json")
