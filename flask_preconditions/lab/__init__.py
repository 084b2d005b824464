"""Lessons about preconditions: told, watched and judged while the learner uses a client.

``flask preconditions lab`` is the terminal's side of it. The lessons are data
(``lessons/*.toml``), in the rule language of :mod:`.rules`.
"""

from .engine import Judgement as Judgement
from .engine import Run as Run
from .lessons import Lesson as Lesson
from .lessons import load_lessons as load_lessons
