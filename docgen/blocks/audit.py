"""The faults that the audit finds."""

from .slot import Slot
from .slot import Sources


def audit_rules(sources: Sources) -> Slot:
    """Show every rule of the audit, with the line of code that mends it."""
    from flask_preconditions.audit import RULES  # one page of a site needs it

    return Slot("audit_rules", {"rules": list(RULES.values())})
