"""The facts of the reference: fact boxes, tables, the contract, the order of evaluation."""

from flask_preconditions.core import PRECEDENCE
from flask_preconditions.core import READ_METHODS
from flask_preconditions.core import Rule

from ..errors import BlockError
from .slot import Slot
from .slot import Sources


def facts(sources: Sources, name: str) -> Slot:
    """Show a fact box."""
    boxes = sources.facts.boxes
    if name not in boxes:
        raise BlockError(f"no facts '{name}'; data/facts.toml has: {', '.join(boxes)}")
    return Slot("facts", {"facts": boxes[name], "source": sources.facts.path("facts")})


def contract(sources: Sources) -> Slot:
    """Show what each side may rely on."""
    source = sources.facts.path("contract")
    return Slot("contract", {"contract": sources.facts.contract, "source": source})


def decision_table(sources: Sources) -> Slot:
    """Show which status fits which finding."""
    source = sources.facts.path("decision")
    return Slot("decision_table", {"choices": sources.facts.choices, "source": source})


def headers(sources: Sources) -> Slot:
    """Show the headers around a 412."""
    source = sources.facts.path("headers")
    return Slot("headers", {"headers": sources.facts.headers, "source": source})


def evaluation_order(sources: Sources) -> Slot:
    """Show the order of RFC 9110 §13.2.2, drawn from the core's own table."""
    words = sources.facts.evaluation
    return Slot(
        "evaluation_order",
        {
            "words": words,
            "steps": [(rule, words.steps[rule.field], _exits(rule)) for rule in PRECEDENCE],
            "last": PRECEDENCE[-1].number + 1,
            "source": sources.facts.path("evaluation"),
        },
    )


def clause(sources: Sources, name: str) -> Slot:
    """Link a clause of a specification."""
    return Slot("clause", {"clause": sources.facts.clause(name)}, inline=True)


def _exits(rule: Rule) -> list[tuple[int, str]]:
    """List where a false condition leaves the evaluation: a status and its methods."""
    on_read = rule.if_false_on_read and rule.if_false_on_read.status
    on_write = rule.if_false and rule.if_false.status
    reads = ", ".join(sorted(READ_METHODS))
    if on_read and on_read == on_write:
        return [(on_read, "any method")]
    exits = [(on_read, reads), (on_write, "other methods")]
    return [(status, methods) for status, methods in exits if status]
