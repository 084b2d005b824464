"""The facts of the reference: fact boxes, tables, the contract, the choice of a status."""

from collections.abc import Sequence
from typing import TypeVar

from ..sources.errors import BlockError
from ..sources.facts import Advice
from ..sources.facts import Choice
from ..sources.facts import Edition
from ..sources.facts import Grammar
from ..sources.facts import Misuse
from ..sources.facts import Promise
from .highlight import highlight
from .slot import Slot
from .slot import Sources

T = TypeVar("T")


def facts(sources: Sources, name: str) -> Slot:
    """Show a fact box."""
    boxes = sources.facts.boxes
    if name not in boxes:
        raise BlockError(f"no facts '{name}'; data/facts.toml has: {', '.join(boxes)}")
    return Slot("facts", {"facts": boxes[name], "source": sources.facts.path("facts")})


def contract(sources: Sources) -> Slot:
    """Show what a client may rely on, and what it may not."""
    source = sources.facts.path("contract")
    return Slot("contract", {"contract": sources.facts.contract, "source": source})


def promises(sources: Sources, part: str) -> Slot:
    """Show another part of the contract: ``retry``, ``watch`` or ``server``."""
    parts: dict[str, Sequence[Promise | Advice]] = {
        "retry": sources.facts.contract.retry,
        "watch": sources.facts.contract.watch,
        "server": sources.facts.contract.server,
    }
    if part not in parts:
        raise BlockError(f"the contract has no part '{part}'; it has: {', '.join(parts)}")
    source = sources.facts.path("contract")
    return Slot("promises", {"promises": parts[part], "source": source})


def decision_table(sources: Sources, *statuses: int) -> Slot:
    """Show which status fits which finding.

    :param statuses: which of them, in this order; all by default.
    """
    choices = [_choice(sources, status) for status in statuses] or sources.facts.choices
    source = sources.facts.path("decision")
    return Slot("decision_table", {"choices": choices, "source": source})


def choice(sources: Sources, status: int) -> Slot:
    """Show one status: when it fits, what the client does, and a wrong use."""
    source = sources.facts.path("decision")
    return Slot("choice", {"choice": _choice(sources, status), "source": source})


def misuses(sources: Sources, name: str) -> Slot:
    """Show wrong uses of a status, each with what is right instead."""
    rows = _entry(sources, "misuses", name, dict[str, list[Misuse]])
    return Slot("misuses", {"misuses": rows, "source": sources.facts.path("misuses")})


def history(sources: Sources, name: str) -> Slot:
    """Show how a status came about."""
    rows = _entry(sources, "history", name, dict[str, list[Edition]])
    return Slot("history", {"editions": rows, "source": sources.facts.path("history")})


def grammar(sources: Sources, name: str) -> Slot:
    """Show the grammar of a field as its specification has it."""
    found = _entry(sources, "grammar", name, dict[str, Grammar])
    rules = highlight(found.rules, "text")
    return Slot("grammar", {"rules": rules, "clauses": found.clauses})


def headers(sources: Sources) -> Slot:
    """Show the headers around a 412."""
    source = sources.facts.path("headers")
    return Slot("headers", {"headers": sources.facts.headers, "source": source})


def clause(sources: Sources, name: str) -> Slot:
    """Link a clause of a specification."""
    return Slot("clause", {"clause": sources.facts.clause(name)}, inline=True)


def _choice(sources: Sources, status: int) -> Choice:
    by_status = {choice.status: choice for choice in sources.facts.choices}
    if status not in by_status:
        known = ", ".join(map(str, by_status))
        raise BlockError(f"no choice {status}; data/decision.toml has: {known}")
    return by_status[status]


def _entry(sources: Sources, file: str, name: str, type_: type[dict[str, T]]) -> T:
    entries = sources.facts.read(file, type_)
    if name not in entries:
        raise BlockError(f"no '{name}'; data/{file}.toml has: {', '.join(entries)}")
    return entries[name]
