"""The table of vectors, and what plays it."""

from .table import STATES as STATES
from .table import Expectation as Expectation
from .table import Kind as Kind
from .table import Vector as Vector
from .table import VectorError as VectorError
from .table import load_vectors as load_vectors
from .table import resolve as resolve
