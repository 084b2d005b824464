"""Random views: what they do, what must become of it, and what did.

A program is a list of steps that a view takes: it writes in every way that SQLAlchemy has, commits,
rolls back, loses its session. Somebody else writes to the same row at a random point. Each step
writes a mark into a column of its own, so that it can be told afterwards which of them are stored.
"""

import random
from contextlib import suppress

import sqlalchemy as sa

from .sheets import MOST_STEPS
from .sheets import Account
from .sheets import Program
from .sheets import World

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
    if world.engine.pool.checkedout():  # type: ignore[attr-defined]
        faults.append("a connection is still in use after the request")
    if status == 503:
        faults.append("503, and nobody was in the way")
    with suppress(sa.exc.SQLAlchemyError):
        world.session.registry.registry.clear()  # type: ignore[attr-defined]
    return status, [f"{program}: {status}: {fault}" for fault in faults]
