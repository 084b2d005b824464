"""The rules of HTTP preconditions, without I/O, Flask or a clock.

Data in, a :class:`Decision` out. Werkzeug's own sans-I/O part parses; nothing here
knows of a request, an application or the time.
"""

from .clauses import CLAUSES as CLAUSES
from .clauses import Clause as Clause
from .conditions import Conditions as Conditions
from .conditions import Field as Field
from .conditions import Malformed as Malformed
from .conditions import Sent as Sent
from .dates import format_http_date as format_http_date
from .dates import parse_http_date as parse_http_date
from .dates import whole_seconds as whole_seconds
from .decision import Decision as Decision
from .decision import Evaluation as Evaluation
from .decision import Outcome as Outcome
from .decision import Reason as Reason
from .decision import Step as Step
from .decision import Truth as Truth
from .entity_tags import EntityTag as EntityTag
from .entity_tags import TagList as TagList
from .entity_tags import parse_tag_list as parse_tag_list
from .errors import InvalidField as InvalidField
from .errors import PreconditionsError as PreconditionsError
from .evaluation import NOTHING_SENT as NOTHING_SENT
from .evaluation import PRECEDENCE as PRECEDENCE
from .evaluation import Rule as Rule
from .evaluation import decide as decide
from .evaluation import decide_at_once as decide_at_once
from .evaluation import decide_in_full as decide_in_full
from .evaluation import evaluate as evaluate
from .evaluation import is_guarded as is_guarded
from .evaluation import lose_race as lose_race
from .methods import INDIFFERENT_METHODS as INDIFFERENT_METHODS
from .methods import READ_METHODS as READ_METHODS
from .methods import SAFE_METHODS as SAFE_METHODS
from .text import printable as printable
from .validators import ABSENT as ABSENT
from .validators import Absent as Absent
from .validators import State as State
from .validators import Validators as Validators
from .validators import is_settled as is_settled
from .values import value as value
