"""The facts of the site, which pages show in several shapes: ``content/data/*.toml``."""

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated
from typing import Literal
from typing import TypeVar
from typing import cast

import msgspec

from flask_preconditions.core import CLAUSES
from flask_preconditions.core import Clause
from flask_preconditions.core import Field

from .data import Names
from .data import Record
from .data import Text
from .data import read_json
from .data import read_toml
from .errors import BlockError
from .errors import BuildError
from .layers import Content

T = TypeVar("T")

Status = Annotated[int, msgspec.Meta(ge=100, le=599)]


class Fact(Record, frozen=True):
    """A row of a fact box; a text that no clause backs links what does."""

    label: Text
    text: Text
    clauses: Names | None = None


class Promise(Record, frozen=True):
    """A sentence of the contract between client and server."""

    text: Text
    clauses: Names


class Advice(Record, frozen=True):
    """A sentence that follows from the contract; a clause where one says the same."""

    text: Text
    clauses: tuple[Text, ...] = ()


class Contract(Record, frozen=True):
    """What each side may rely on, and what it may not.

    :param retry: how a client goes on after a refusal.
    :param watch: what to measure.
    :param server: what a server owes its clients.
    """

    holds: list[Promise]
    does_not_hold: list[Promise]
    retry: tuple[Advice, ...] = ()
    watch: tuple[Advice, ...] = ()
    server: tuple[Promise, ...] = ()


class Choice(Record, frozen=True):
    """A row of the decision table.

    :param when: what the server found.
    :param then: what the client does with it.
    :param wrong: a use that looks right and is not.
    :param href: the page about it, where there is one.
    """

    status: Status
    phrase: Text
    when: Text
    then: Text
    clauses: Names
    wrong: Text | None = None
    href: str | None = None


class Answer(Record, frozen=True):
    """A way out of the decision tree.

    :param status: a status of the table; ``None`` for what the table leaves out.
    :param text: what stands in its place, such as ``401, 403, 404``.
    """

    status: Status | None = None
    text: Text | None = None


class Question(Record, frozen=True):
    """A question of the decision tree; where the answer is no, the next one follows.

    :param short: its two lines in the drawing.
    :param answers: what to send where the answer is yes.
    """

    text: Text
    short: tuple[Text, Text]
    answers: Annotated[list[Answer], msgspec.Meta(min_length=1)]
    clauses: tuple[Text, ...] = ()


class Decision(Record, frozen=True):
    """The file ``data/decision.toml``.

    :param question: the questions that lead to the choices, in their order.
    """

    choice: list[Choice]
    question: tuple[Question, ...] = ()


class Misuse(Record, frozen=True):
    """A wrong use of a status.

    :param instead: what is right.
    :param status: the status that is right, where it is another one.
    """

    wrong: Text
    instead: Text
    clauses: Names
    status: Status | None = None


class Edition(Record, frozen=True):
    """What a specification said."""

    year: Annotated[int, msgspec.Meta(ge=1989)]
    text: Text
    clauses: Names


class Grammar(Record, frozen=True):
    """The rules of a field, in the notation of RFC 5234."""

    rules: Text
    clauses: Names


class StepText(Record, frozen=True):
    """A step of the evaluation in words; everything else about it comes from the core.

    :param if_false: what a false condition does, where it does not end the evaluation.
    :param short: the same in two words, for the drawing.
    """

    question: Text
    if_false: str | None = None
    short: str | None = None


class Before(Record, frozen=True):
    """What goes before all steps.

    :param short: its condition in a line, for the drawing.
    """

    text: Text
    short: Text
    clauses: Names


class Evaluation(Record, frozen=True):
    """The words of the evaluation order."""

    before: Before
    end: Text
    steps: dict[Field, StepText]


class Header(Record, frozen=True):
    """A header and its part in an exchange.

    :param href: the page about it, where there is one.
    """

    name: Text
    sent_in: Literal["request", "response"]
    role: Text
    clauses: Names
    href: str | None = None


class Headers(Record, frozen=True):
    """The file ``data/headers.toml``."""

    header: list[Header]


class ReasonText(Record, frozen=True):
    """A value of the member ``reason``, and what to do about it."""

    reason: Text
    meaning: Text
    todo: Text


class Member(Record, frozen=True):
    """A member of the problem documents."""

    name: Text
    text: Text


class Problems(Record, frozen=True):
    """What the problem documents say, and what their readers do."""

    members: list[Member]
    reasons: list[ReasonText]


class ExtraClause(Record, frozen=True):
    """A clause that only the site cites."""

    rfc: int
    section: Text
    title: Text


class ExtraClauses(Record, frozen=True):
    """The file ``data/clauses.toml``."""

    clause: list[ExtraClause]


class Facts:
    """The data files of a site, each read when a page first needs it."""

    def __init__(self, content: Content) -> None:
        self._content = content
        self._read: dict[tuple[str, object], object] = {}

    def path(self, name: str) -> Path:
        """Give the data file of a name; one in TOML, unless the name has an ending."""
        return self._content.path(f"data/{name}" if "." in name else f"data/{name}.toml")

    def read(self, name: str, type_: type[T]) -> T:
        """Read a data file, in TOML or JSON, as a type: once per build.

        :raises BuildError: with file and line, when it does not fit.
        """
        if (name, type_) not in self._read:
            read = read_json if name.endswith(".json") else read_toml
            self._read[name, type_] = read(self.path(name), type_)
        return cast(T, self._read[name, type_])

    @cached_property
    def boxes(self) -> dict[str, list[Fact]]:
        """The fact boxes by name."""
        return self.read("facts", dict[str, list[Fact]])

    @cached_property
    def contract(self) -> Contract:
        """The contract of a 412."""
        return self.read("contract", Contract)

    @cached_property
    def choices(self) -> list[Choice]:
        """The rows of the decision table."""
        return self.read("decision", Decision).choice

    @cached_property
    def questions(self) -> tuple[Question, ...]:
        """The questions that lead to those rows."""
        return self.read("decision", Decision).question

    @cached_property
    def headers(self) -> list[Header]:
        """The headers around a 412."""
        return self.read("headers", Headers).header

    @cached_property
    def evaluation(self) -> Evaluation:
        """The words of the evaluation order."""
        found = self.read("evaluation", Evaluation)
        missing = [str(name) for name in Field if name not in found.steps]
        if missing:
            path = self.path("evaluation")
            raise BuildError(path, None, f"no [steps.{missing[0]}] for a step of the core")
        return found

    @cached_property
    def problems(self) -> Problems:
        """The members and reasons of the problem documents."""
        return self.read("problems", Problems)

    @cached_property
    def clauses(self) -> Mapping[str, Clause]:
        """Every clause by its id: the core's, and those that only the site cites."""
        path = self.path("clauses")
        if not path.exists():
            return CLAUSES
        found = dict(CLAUSES)
        for extra in self.read("clauses", ExtraClauses).clause:
            clause = Clause(extra.rfc, extra.section, extra.title)
            if clause.id in CLAUSES:
                raise BuildError(path, None, f"the core has {clause.id}; remove it here")
            found[clause.id] = clause
        return found

    def clause(self, name: str) -> Clause:
        """Give a clause by its id, such as ``9110 13.1.1``.

        :raises BlockError: when nobody has noted its title.
        """
        try:
            return self.clauses[name]
        except KeyError:
            where = "flask_preconditions.core.CLAUSES or data/clauses.toml"
            raise BlockError(f"no clause '{name}' in {where}") from None
