"""Lint exchanges that are about preconditions: of a URL, a HAR, or a transcript of curl.

``flask preconditions inspect`` is :func:`open_source` and :func:`inspect` with a format of
:data:`FORMATS`. The rules are data (``rules.toml``).
"""

from .formats import FORMATS as FORMATS
from .inspection import Capture as Capture
from .inspection import inspect as inspect
from .report import InspectReport as InspectReport
from .report import Remark as Remark
from .sources import open_source as open_source
from .table import Rule as Rule
from .table import Severity as Severity
from .table import find_rule as find_rule
from .table import load_rules as load_rules
