"""What tools make of these statuses: observed here, or cited."""

import json
from dataclasses import dataclass
from typing import Literal

import msgspec

from ..sources.data import Record
from ..sources.data import Text
from ..sources.errors import BlockError
from .slot import Slot
from .slot import Sources

Value = str | int | float | bool | None | list[str] | dict[str, str | int | bool]


class Reply(msgspec.Struct, frozen=True):
    """How a client gave a response to its caller.

    :param named: the exception, where it raised one.
    :param strict: what its own check of the status did.
    """

    gives: Literal["response", "exception"]
    named: str | None = None
    strict: str | None = None


class Client(msgspec.Struct, frozen=True):
    """What a client did in a run.

    :param adds: the fields for caches that it added to a conditional GET.
    :param compression: whether it asks for a compressed response by itself.
    :param requests: how often it sent a write that was answered 412.
    """

    version: str
    failed: Reply = msgspec.field(name="412")
    required: Reply = msgspec.field(name="428")
    not_modified: Reply = msgspec.field(name="304")
    adds: dict[str, str]
    compression: bool
    requests: int


class Observation(msgspec.Struct, frozen=True):
    """What was seen of a claim, and with which tool."""

    tool: str
    version: str
    seen: dict[str, Value]


class Measured(msgspec.Struct, frozen=True):
    """The record of ``tests/live/tools``."""

    clients: dict[str, Client]
    claims: dict[str, Observation]


class ClientText(Record, frozen=True):
    """A client in words."""

    name: Text
    note: Text


class Claim(Record, frozen=True):
    """A sentence that an observation supports."""

    text: Text


class Sdk(Record, frozen=True):
    """What a library sends again by itself."""

    name: Text
    version: Text
    retries: Text
    source: Text


class Hop(Record, frozen=True):
    """What a proxy or CDN does to tags."""

    name: Text
    what: Text
    todo: Text
    source: Text


class Watcher(Record, frozen=True):
    """How a crawler or monitor takes a status."""

    name: Text
    what: Text
    source: Text


class Tools(Record, frozen=True):
    """The file ``data/tools.toml``."""

    clients: dict[str, ClientText]
    claims: dict[str, Claim]
    sdks: list[Sdk]
    hops: list[Hop]
    watchers: list[Watcher]


@dataclass(frozen=True, slots=True)
class ClientRow:
    """A client, in words and as it was seen."""

    text: ClientText
    seen: Client


@dataclass(frozen=True, slots=True)
class ClaimRow:
    """A claim and what was seen of it."""

    text: str
    seen: str


def client_matrix(sources: Sources) -> Slot:
    """Show what each HTTP client gives its caller for 412, 428 and 304."""
    tools, measured = _read(sources)
    unknown = set(tools.clients) ^ set(measured.clients)
    if unknown:
        raise BlockError(f"measured.json and tools.toml differ in: {', '.join(sorted(unknown))}")
    rows = [ClientRow(text, measured.clients[name]) for name, text in tools.clients.items()]
    return Slot("client_matrix", {"rows": rows, "source": sources.facts.path("tools")})


def claims(sources: Sources, *names: str) -> Slot:
    """Show claims with what was seen of each; all of them with the same tool."""
    tools, measured = _read(sources)
    for name in names:
        for where, known in (("tools.toml", tools.claims), ("measured.json", measured.claims)):
            if name not in known:
                raise BlockError(f"no claim '{name}' in {where}; it has: {', '.join(known)}")
    rows = [ClaimRow(tools.claims[name].text, _tell(measured.claims[name].seen)) for name in names]
    seen_with = {f"{seen.tool} {seen.version}" for seen in map(measured.claims.get, names) if seen}
    if len(seen_with) != 1:
        raise BlockError(f"these claims were not seen with one tool: {', '.join(names)}")
    data = {"rows": rows, "tool": seen_with.pop(), "source": sources.facts.path("tools")}
    return Slot("claims", data)


def sdks(sources: Sources) -> Slot:
    """Show what libraries send again by themselves."""
    tools, _ = _read(sources)
    return Slot("sdks", {"sdks": tools.sdks, "source": sources.facts.path("tools")})


def hops(sources: Sources) -> Slot:
    """Show what proxies and CDNs do to tags, by their own documentation."""
    tools, _ = _read(sources)
    return Slot("hops", {"hops": tools.hops, "source": sources.facts.path("tools")})


def watchers(sources: Sources) -> Slot:
    """Show how crawlers and monitors take a status."""
    tools, _ = _read(sources)
    return Slot("watchers", {"watchers": tools.watchers, "source": sources.facts.path("tools")})


def _read(sources: Sources) -> tuple[Tools, Measured]:
    return sources.facts.read("tools", Tools), sources.facts.read("measured.json", Measured)


def _tell(seen: dict[str, Value]) -> str:
    """Write an observation down: ``ok false, status 412``."""
    told = []
    for name, value in seen.items():
        words = name.replace("_", " ")
        if isinstance(value, dict):
            told.append(f"{words}: {_tell(dict(value))}")
        else:
            told.append(f"{words} {_tell_value(value)}")
    return ("; " if any(isinstance(value, dict) for value in seen.values()) else ", ").join(told)


def _tell_value(value: Value) -> str:
    if isinstance(value, list):
        return " then ".join(value)
    return value if isinstance(value, str) else json.dumps(value)
