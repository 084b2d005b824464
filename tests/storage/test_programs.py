"""Random views, and somebody else who writes: nothing is lost, and nobody is told otherwise."""

import os
from collections import Counter
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from .programs import draw
from .programs import run
from .sheets import Base
from .sheets import World
from .steps import STEP_OF

SEED = int(os.environ.get("PROGRAMS_SEED", "9110"))
COUNT = int(os.environ.get("PROGRAMS_COUNT", "300"))

IMPATIENT = {
    "sqlite": "PRAGMA busy_timeout = 0",
    "postgresql": "SET lock_timeout = '1ms'",
    "mysql": "SET innodb_lock_wait_timeout = 0",
}


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    engine = sa.create_engine(database_url)
    rivals = sa.create_engine(database_url)

    @sa.event.listens_for(rivals, "connect")
    def hurry(driver: object, _: object) -> None:
        driver.cursor().execute(IMPATIENT[rivals.dialect.name])  # type: ignore[attr-defined]
        driver.commit()  # type: ignore[attr-defined]

    Base.metadata.drop_all(engine)
    if engine.dialect.name == "sqlite":
        with engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA journal_mode=WAL")
    Base.metadata.create_all(engine)
    yield World(engine, rivals, STEP_OF)
    Base.metadata.drop_all(rivals)
    engine.dispose()
    rivals.dispose()


@pytest.mark.timeout(0 if COUNT > 300 else 300)
def test_no_program_loses_a_write_or_tells_one_that_is_not_there(world: World) -> None:
    answers: Counter[tuple[str, int]] = Counter()
    faults: list[str] = []
    for number in range(COUNT):
        program = draw(SEED * 1_000_003 + number)
        status, found = run(world, program)
        answers[program.guard, status] += 1
        faults += found
    assert not faults, f"{len(faults)} faults:\n" + "\n".join(faults[:20])
    # Every guard met a rival, and every guard let somebody through.
    for guard in ("cas", "locked", "confirm"):
        assert answers[guard, 200]
        assert answers[guard, 412] + answers[guard, 500]
