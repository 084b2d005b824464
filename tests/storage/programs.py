"""Random views: what they do, what must become of it, and what did.

A program is a list of steps that a view takes: it writes in every way that SQLAlchemy has, commits,
rolls back, loses its session. Somebody else writes to the same row at a random point. Each step
writes a mark into a column of its own, so that it can be told afterwards which of them are stored.
"""

import random
from collections.abc import Callable
from contextlib import suppress
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
from flask_preconditions import precondition
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


STEPS = {
    "assign": 5,
    "flush": 2,
    "commit": 3,
    "rollback": 1,
    "keep_savepoint": 1,
    "drop_savepoint": 1,
    "dml": 2,
    "sql": 2,
    "merge": 1,
    "child": 2,
    "new_session": 1,
    "connection": 1,
    "remove": 1,
    "expunge": 1,
    "nested_context": 1,
    "read": 1,
    "bare_connection": 1,
}


def draw(seed: int) -> Program:
    """Draw a program; the same one for the same seed."""
    chance = random.Random(seed)
    guard = chance.choice(["cas", "cas", "locked", "confirm"])
    count = chance.randint(1, MOST_STEPS)
    if guard == "confirm":
        before = chance.choices(["read", "child", "flush"], k=count - 1)
        steps = (*before, chance.choice(["confirm", "confirm_sql"]))
    else:
        steps = tuple(chance.choices([*STEPS], [*STEPS.values()], k=count))
        if chance.random() < 0.1:
            steps = (*steps[:-1], "delete")
    rival_at = chance.randint(0, len(steps)) if chance.random() < 0.7 else None
    rival = "delete" if chance.random() < 0.1 else "update"
    ending = chance.choices(["200", "204", "422", "abort"], [6, 2, 1, 1])[0]
    return Program(guard, steps, rival_at, rival, ending)


class World:
    """An application on an engine, and somebody else's connection to the same database."""

    def __init__(self, engine: sa.Engine, rivals: sa.Engine) -> None:
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
            STEP_OF[step](self, COLUMNS[number])
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


def step(function: Callable[[World, str], None]) -> Callable[[World, str], None]:
    STEP_OF[function.__name__] = function
    return function


STEP_OF: dict[str, Callable[[World, str], None]] = {}


@step
def read(world: World, column: str) -> None:
    world.session.execute(sa.select(Sheet.theirs)).first()


@step
def assign(world: World, column: str) -> None:
    world.write(lambda session, sheet: setattr(sheet, column, column), column)


@step
def flush(world: World, column: str) -> None:
    world.session.flush()


@step
def commit(world: World, column: str) -> None:
    world.session.commit()
    world.account.commit()


@step
def rollback(world: World, column: str) -> None:
    world.session.rollback()
    world.account.pending = set()


@step
def keep_savepoint(world: World, column: str) -> None:
    with world.session.begin_nested():
        assign(world, column)


@step
def drop_savepoint(world: World, column: str) -> None:
    nested = world.session.begin_nested()
    sheet = world.session.get(Sheet, 1)
    if sheet is not None:
        setattr(sheet, column, "dropped")
    world.session.flush()
    nested.rollback()


def update(column: str) -> Any:
    return sa.update(Sheet).where(Sheet.id == 1).values({column: column})


@step
def dml(world: World, column: str) -> None:
    if world.session.execute(update(column)).rowcount:  # type: ignore[attr-defined]
        world.account.pending.add(column)


@step
def sql(world: World, column: str) -> None:
    statement = sa.text(f"UPDATE sheets SET {column} = '{column}' WHERE id = 1")
    if world.session.connection().execute(statement).rowcount:
        world.account.pending.add(column)


@step
def merge(world: World, column: str) -> None:
    world.write(lambda session, _: session.merge(Sheet(**{"id": 1, column: column})), column)


@step
def child(world: World, column: str) -> None:
    world.write(lambda _, sheet: sheet.lines.append(Line(mark=column)), column)


@step
def new_session(world: World, column: str) -> None:
    with Session(world.engine) as session:
        sheet = session.get(Sheet, 1)
        if sheet is not None:
            setattr(sheet, column, column)
            session.commit()
            world.account.commit({column})


@step
def connection(world: World, column: str) -> None:
    with world.engine.begin() as connection:
        count = connection.execute(update(column)).rowcount
    if count:
        world.account.commit({column})


@step
def bare_connection(world: World, column: str) -> None:
    with world.engine.connect() as connection:
        count = connection.execute(update(column)).rowcount
        if count:
            connection.rollback() if column == "c1" else connection.commit()
            world.account.commit(set() if column == "c1" else {column})


@step
def remove(world: World, column: str) -> None:
    world.session.remove()
    world.account.pending = set()


@step
def expunge(world: World, column: str) -> None:
    world.session.flush()
    world.session.expunge_all()


@step
def nested_context(world: World, column: str) -> None:
    with world.app.app_context():
        sheet = world.session.get(Sheet, 1)
        if sheet is not None:
            setattr(sheet, column, column)
            world.session.commit()
            world.account.commit({column})


@step
def delete(world: World, column: str) -> None:
    world.session.flush()  # a child that is still to be inserted would not be deleted with it
    sheet = world.session.get(Sheet, 1)
    if sheet is not None:
        world.session.delete(sheet)
        world.account.deleted = True


def _confirm(world: World, statement: Any, column: str) -> None:
    rows = world.session.execute(statement).rowcount  # type: ignore[attr-defined]
    if rows == 0:  # without a guard, what is to be rolled back is the view's own affair
        world.session.rollback()
        world.account.pending = set()
    precondition.confirm(rows)
    world.account.pending.add(column)


@step
def confirm(world: World, column: str) -> None:
    compared = int(precondition.validators.etag.opaque)  # type: ignore[union-attr]
    changed = update(column).where(Sheet.version == compared).values(version=compared + 1)
    _confirm(world, changed.execution_options(synchronize_session=False), column)


@step
def confirm_sql(world: World, column: str) -> None:
    compared = int(precondition.validators.etag.opaque)  # type: ignore[union-attr]
    changes = f"{column} = '{column}', version = {compared + 1}"
    _confirm(
        world, sa.text(f"UPDATE sheets SET {changes} WHERE id = 1 AND version = {compared}"), column
    )


def run(world: World, program: Program) -> tuple[int, list[str]]:
    """Run a program, and say what is wrong with what became of it."""
    world.reset()
    world.program, world.account, world.error = program, Account(), None
    client = world.app.test_client()
    url = f"/{program.guard}/1"
    compared = client.get(url).headers["ETag"]
    response = client.patch(url, headers={"If-Match": compared})
    account = world.account
    stored = world.stored()
    after = client.get(url)
    status = response.status_code
    faults = []
    is_success = status < 400
    if is_success:
        account.commit()
    is_deleted = is_success and account.deleted
    # Without a guard, a child of what was deleted is the view's own affair.
    is_orphan = isinstance(world.error, sa.exc.IntegrityError) and account.rival_deleted
    if world.error is not None and not (program.guard == "confirm" and is_orphan):
        faults.append(f"{type(world.error).__name__}: {world.error}")
    if account.rival_wrote:
        if account.rival_deleted and stored is not None:
            faults.append("the rival's deletion is undone")
        if not account.rival_deleted and not world.theirs():
            faults.append("the rival's write is lost")
        if account.late:
            faults.append(f"{sorted(account.late)} were written over the rival's state")
        if is_success and not account.stored and not is_deleted:
            faults.append("a success, and nothing of it was there before the rival")
        if is_success and response.headers.get("ETag") == after.headers.get("ETag") is not None:
            faults.append("the rival's tag was told as one's own")
    elif status == 412:
        faults.append("412, and nobody else wrote")
    elif is_deleted != (stored is None):
        faults.append(f"deleted: {stored is None}, and told {status}")
    if stored is not None and stored != account.stored:
        faults.append(f"stored is {sorted(stored)} and not {sorted(account.stored)}")
    told = response.headers.get("ETag")
    if told and not (is_success and account.rival_wrote) and told != after.headers.get("ETag"):
        faults.append(f"told {told}, and GET tells {after.headers.get('ETag')}")
    if (
        is_success
        and stored is not None
        and (account.stored or program.guard != "locked")
        and after.headers["ETag"] == compared
    ):
        faults.append("the tag did not move")
    if status == 503:
        faults.append("503, and nobody was in the way")
    with suppress(sa.exc.SQLAlchemyError):
        world.session.registry.registry.clear()  # type: ignore[attr-defined]
    return status, [f"{program}: {status}: {fault}" for fault in faults]
