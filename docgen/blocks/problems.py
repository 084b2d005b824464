"""What the problem documents say."""

from flask_preconditions.core import Reason

from ..sources.errors import BlockError
from .slot import Slot
from .slot import Sources


def members(sources: Sources) -> Slot:
    """Show the members of the problem documents."""
    source = sources.facts.path("problems")
    return Slot("members", {"members": sources.facts.problems.members, "source": source})


def reasons(sources: Sources, *names: str) -> Slot:
    """Show values of ``reason`` and what to do about each."""
    by_name = {row.reason: row for row in sources.facts.problems.reasons}
    for name in names:
        if name not in by_name or name not in list(Reason):
            raise BlockError(f"no reason '{name}'; there are: {', '.join(by_name)}")
    rows = [by_name[name] for name in names]
    return Slot("reasons", {"reasons": rows, "source": sources.facts.path("problems")})
