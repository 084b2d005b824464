"""Check any server, in any language: play the table at a resource, and tell what it breaks.

``flask preconditions check URL`` is :func:`check` with a format of :data:`FORMATS`.
"""

from .client import parse_fields as parse_fields
from .findings import Defect as Defect
from .findings import Keyword as Keyword
from .formats import FORMATS as FORMATS
from .report import CheckReport as CheckReport
from .resource import check as check
from .rounds import Race as Race
from .unusable import Unusable as Unusable
