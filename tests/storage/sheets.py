"""A sheet with a column for every step, an application that guards it, and somebody else."""

from collections.abc import Callable
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field
from typing import Any

import sqlalchemy as sa
from flask import Flask
from flask import abort
from flask import g
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import Session
from sqlalchemy.orm import mapped_column
from sqlalchemy.orm import relationship
from sqlalchemy.orm import scoped_session
from sqlalchemy.orm import sessionmaker

from flask_preconditions import Preconditions
from flask_preconditions import SetupError
from flask_preconditions import require_match
from flask_preconditions.sqlalchemy import locked

MOST_STEPS = 8
COLUMNS = [f"c{number}" for number in range(MOST_STEPS)]


class Base(DeclarativeBase):
    type_annotation_map = {str: sa.String(40)}  # noqa: RUF012


class Sheet(Base):
    __tablename__ = "sheets"
    id: Mapped[int] = mapped_column(primary_key=True)
    theirs: Mapped[str] = mapped_column(default="")
    version: Mapped[int] = mapped_column()
    lines: Mapped[list["Line"]] = relationship(cascade="all, delete-orphan")
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012


for name in COLUMNS:
    setattr(Sheet, name, mapped_column(name, sa.String(40), default=""))


class Line(Base):
    __tablename__ = "sheet_lines"
    id: Mapped[int] = mapped_column(primary_key=True)
    sheet_id: Mapped[int] = mapped_column(sa.ForeignKey("sheets.id"))
    mark: Mapped[str]


def digest(sheet: Sheet) -> str:
    return "-".join([str(len(sheet.lines)), *(getattr(sheet, c) for c in [*COLUMNS, "theirs"])])


@dataclass
class Account:
    """What a program has done so far, and what of it must be stored.

    :param pending: the marks of the open transaction.
    :param stored: the marks that are committed.
    :param late: those that were committed after somebody else had written.
    """

    pending: set[str] = field(default_factory=set)
    stored: set[str] = field(default_factory=set)
    late: set[str] = field(default_factory=set)
    rival_wrote: bool = False
    rival_deleted: bool = False
    deleted: bool = False

    def commit(self, marks: set[str] | None = None) -> None:
        marks = self.pending if marks is None else marks
        self.stored |= marks
        if self.rival_wrote:
            self.late |= marks
        if marks is self.pending:
            self.pending = set()


@dataclass(frozen=True)
class Program:
    """A view as data.

    :param rival_at: the step before which somebody else writes; ``None`` for nobody.
    """

    guard: str
    steps: tuple[str, ...]
    rival_at: int | None
    rival: str
    ending: str

    def __str__(self) -> str:
        steps = list(self.steps)
        if self.rival_at is not None:
            steps.insert(self.rival_at, f"<{self.rival}>")
        return f"{self.guard}: {' '.join(steps)} -> {self.ending}"


Steps = Mapping[str, Callable[["World", str], None]]


class World:
    """An application on an engine, and somebody else's connection to the same database."""

    def __init__(self, engine: sa.Engine, rivals: sa.Engine, steps: Steps) -> None:
        self.steps = steps
        self.engine = engine
        self.rivals = rivals
        self.session = scoped_session(
            sessionmaker(engine), scopefunc=lambda: id(g._get_current_object())
        )
        self.program: Program
        self.account: Account
        self.error: BaseException | None = None
        self.app = self._make_app()

    def _make_app(self) -> Flask:
        app = Flask(__name__)
        app.config["PROPAGATE_EXCEPTIONS"] = False
        Preconditions(app, session=self.session)

        @app.teardown_appcontext
        def remove(_: object) -> None:
            self.session.remove()

        @app.errorhandler(Exception)
        def note(error: Exception) -> Any:
            if not isinstance(error, SetupError) and not hasattr(error, "get_response"):
                self.error = error
            return error if hasattr(error, "get_response") else (type(error).__name__, 500)

        def load(id: int) -> Sheet | None:
            return self.session.get(Sheet, id, populate_existing=True)

        methods = ["GET", "PATCH"]
        for guard, options in {
            "cas": (Sheet, {}),
            "locked": (Sheet, {"etag": digest, "guard": locked()}),
            "confirm": (load, {"etag": "version", "into": "sheet"}),
        }.items():
            view: Callable[..., Any] = require_match(options[0], **options[1])(self._view)  # type: ignore[arg-type]
            app.add_url_rule(f"/{guard}/<int:id>", guard, view, methods=methods)
        return app

    def _view(self, id: int, sheet: Sheet) -> Any:
        from flask import request

        if request.method == "GET":
            return {"marks": [getattr(sheet, c) for c in COLUMNS]}
        program, account = self.program, self.account
        for number, step in enumerate(program.steps):
            if program.rival_at == number:
                self._let_rival_write()
            self.steps[step](self, COLUMNS[number])
        if program.rival_at == len(program.steps):
            self._let_rival_write()
        if program.guard == "confirm":
            self.session.commit()
            account.commit()
        if program.ending == "abort":
            abort(409)
        return "", int(program.ending)

    def _let_rival_write(self) -> None:
        """Let somebody else write, unless a lock is in the way."""
        statements = ["UPDATE sheets SET theirs = 'theirs', version = version + 100"]
        if self.program.rival == "delete":
            statements = ["DELETE FROM sheet_lines", "DELETE FROM sheets"]
        try:
            with self.rivals.begin() as connection:
                counts = [connection.exec_driver_sql(s).rowcount for s in statements]
        except sa.exc.DBAPIError:
            return
        if counts[-1]:
            self.account.rival_wrote = True
            self.account.rival_deleted = self.program.rival == "delete"

    def reset(self) -> None:
        with self.engine.begin() as connection:
            connection.exec_driver_sql("DELETE FROM sheet_lines")
            connection.exec_driver_sql("DELETE FROM sheets")
            connection.execute(sa.insert(Sheet), [{"id": 1, "version": 1}])

    def stored(self) -> set[str] | None:
        """Give the marks that are in the database; ``None`` when the row is not."""
        with self.rivals.connect() as connection:
            row = connection.execute(sa.select(*(getattr(Sheet, c) for c in COLUMNS))).first()
            lines = connection.scalars(sa.select(Line.mark)).all()
        return None if row is None else {*row, *lines} - {""}

    def theirs(self) -> bool:
        with self.rivals.connect() as connection:
            return connection.scalar(sa.select(Sheet.theirs)) == "theirs"

    # The steps

    def write(self, change: Callable[[Session, Sheet], object], column: str) -> None:
        session = self.session()
        sheet = session.get(Sheet, 1)
        if sheet is not None:
            change(session, sheet)
            self.account.pending.add(column)
