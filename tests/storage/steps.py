"""The steps that a program may take, and what they make it accountable for."""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from flask_preconditions import precondition

from .sheets import Line
from .sheets import Sheet
from .sheets import World


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
