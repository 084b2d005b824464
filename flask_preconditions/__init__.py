"""HTTP preconditions for Flask: If-Match done right (RFC 9110 §13)."""

from .checking import check as check
from .checking import check_validators as check_validators
from .config import Policy as Policy
from .config import set_defaults as set_defaults
from .core import ABSENT as ABSENT
from .core import Decision as Decision
from .core import EntityTag as EntityTag
from .core import Outcome as Outcome
from .core import Reason as Reason
from .core import Validators as Validators
from .core import evaluate as evaluate
from .decorators import conditional as conditional
from .decorators import etag_for as etag_for
from .decorators import precondition as precondition
from .decorators import require_match as require_match
from .exceptions import HTTPPrecondition as HTTPPrecondition
from .exceptions import InvalidField as InvalidField
from .exceptions import MalformedCondition as MalformedCondition
from .exceptions import NotModified as NotModified
from .exceptions import OutcomeUnknown as OutcomeUnknown
from .exceptions import PreconditionFailed as PreconditionFailed
from .exceptions import PreconditionRequired as PreconditionRequired
from .exceptions import PreconditionsError as PreconditionsError
from .exceptions import SetupError as SetupError
from .exempt import unguarded as unguarded
from .extension import GuardedRoute as GuardedRoute
from .extension import Preconditions as Preconditions
from .extension import guarded_routes as guarded_routes
from .handlers import as_problem as as_problem
from .request.inquiry import Inquiry as Inquiry
from .request.match import Match as Match
from .signals import not_modified as not_modified
from .signals import precondition_failed as precondition_failed
from .signals import precondition_malformed as precondition_malformed
from .signals import precondition_passed as precondition_passed
from .signals import precondition_required as precondition_required

__version__ = "0.1.0"

# Without it, a star would bring the package `request` over the one of Flask.
__all__ = [
    "ABSENT",
    "Decision",
    "EntityTag",
    "GuardedRoute",
    "HTTPPrecondition",
    "Inquiry",
    "InvalidField",
    "MalformedCondition",
    "Match",
    "NotModified",
    "Outcome",
    "OutcomeUnknown",
    "Policy",
    "PreconditionFailed",
    "PreconditionRequired",
    "Preconditions",
    "PreconditionsError",
    "Reason",
    "SetupError",
    "Validators",
    "as_problem",
    "check",
    "check_validators",
    "conditional",
    "etag_for",
    "evaluate",
    "guarded_routes",
    "not_modified",
    "precondition",
    "precondition_failed",
    "precondition_malformed",
    "precondition_passed",
    "precondition_required",
    "require_match",
    "set_defaults",
    "unguarded",
]
