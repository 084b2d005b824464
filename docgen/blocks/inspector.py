"""The inspector: recorded exchanges, judged in the browser by the table of the extension."""

import msgspec

from flask_preconditions.inspector.table import as_data
from flask_preconditions.inspector.table import find_rule
from flask_preconditions.inspector.table import load_rules

from .slot import Slot
from .slot import Sources

_EXAMPLES = (
    ("A 412 though the tag is the current one", "412-though-true"),
    ("A write under a tag that was replaced", "stale-performed"),
    ("A write without a condition", "write-unguarded"),
    ("A 304 that drops a field", "304-drops-fields"),
    ("A page of another origin", "cors-lost"),
    ("Nothing to find", ""),
)
_RIGHT = "write-unguarded"


def inspector(sources: Sources) -> Slot:
    """Paste an exchange, and see what is wrong with it and by which clause."""
    examples = [(title, _text(id)) for title, id in _EXAMPLES]
    known = {"table": as_data(), "examples": [text for _, text in examples]}
    data = {
        "titles": [title for title, _ in examples],
        "known": msgspec.json.encode(known).decode(),
    }
    return Slot("inspector", data)


def inspector_rules(sources: Sources) -> Slot:
    """Show every rule of the inspector, with an exchange that passes it and one that fails."""
    return Slot("inspector_rules", {"rules": load_rules()})


def _text(id: str) -> str:
    rule = find_rule(id or _RIGHT)
    assert rule is not None
    return (rule.fails if id else rule.passes).strip()
