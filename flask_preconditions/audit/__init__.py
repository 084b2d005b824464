"""What is wrong with how an application guards its writes, read off the application.

Nothing is requested and nothing loaded: the audit looks at routes, decorators and settings.
What only a request can show it leaves to ``flask preconditions explain``: the tag that a
loader's target really has, and whether a view closes the race after its check.
"""

from .checks import audit as audit
from .findings import AuditReport as AuditReport
from .findings import Finding as Finding
from .formats import FORMATS as FORMATS
from .rules import RULES as RULES
from .rules import Rule as Rule
from .rules import Severity as Severity
from .setup import find_mistakes as find_mistakes
from .unguarded import UnguardedRoute as UnguardedRoute
from .unguarded import compared_routes as compared_routes
from .unguarded import unguarded_routes as unguarded_routes
