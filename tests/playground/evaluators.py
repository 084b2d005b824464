"""The evaluator of the browser beside that of the extension.

``python -m tests.playground.evaluators`` compares both on the whole exhaustive table and on
random requests: ``python -m tests.playground.evaluators 200000 7`` for so many, from that seed.
"""

import json
import random
import subprocess
import sys
from collections.abc import Iterable
from collections.abc import Iterator
from datetime import UTC
from datetime import datetime
from datetime import timedelta
from itertools import chain
from itertools import islice
from itertools import product
from pathlib import Path
from typing import Any
from typing import NamedTuple

from werkzeug.http import http_date

from flask_preconditions.core import ABSENT
from flask_preconditions.core import Decision
from flask_preconditions.core import EntityTag
from flask_preconditions.core import Field
from flask_preconditions.core import State
from flask_preconditions.core import Validators
from flask_preconditions.core import evaluate

SCRIPT = Path(__file__).parent.parent.parent / "docgen/content/files/try/evaluator.js"
DRIVER = Path(__file__).parent / "evaluate.mjs"
SAVED_AT = datetime(1994, 11, 15, 12, 45, 26, tzinfo=UTC)
NOW = datetime(2026, 11, 23, tzinfo=UTC)

Fields = tuple[tuple[str, str], ...]


class Case(NamedTuple):
    """A request on a state, for both."""

    method: str
    fields: Fields
    state: State
    required: bool = False
    creates: bool | None = None
    now: datetime | None = NOW

    def line(self) -> str:
        """Give the arguments of the function in the browser."""
        options: dict[str, Any] = {"required": self.required}
        if self.creates is not None:
            options["creates"] = self.creates
        if self.now is not None:
            options["now"] = int(self.now.timestamp())
        return json.dumps([self.method, self.fields, target(self.state), options])

    def decide(self) -> dict[str, Any]:
        """Give the decision of the extension, in the shape that the browser's has."""
        method, fields, state, required, creates, now = self
        return shape(evaluate(method, fields, state, required=required, creates=creates, now=now))


def target(state: State) -> dict[str, Any] | None:
    if state is ABSENT:
        return None
    date = state.last_modified
    return {
        "etag": state.etag and str(state.etag),
        "lastModified": date and int(date.timestamp()),
        "strongDate": state.strong_date,
    }


def shape(decision: Decision) -> dict[str, Any]:
    unread = decision.malformed
    return {
        "outcome": decision.outcome,
        "status": decision.status,
        "decidedBy": decision.decided_by,
        "reason": decision.reason,
        "malformed": unread
        and {"field": unread.field, "value": unread.value, "problem": unread.problem},
        "honoursRange": decision.honours_range,
        "trace": [
            {
                "number": step.number,
                "clause": str(step.clause),
                "field": step.field,
                "truth": step.evaluation.truth.value,
                "note": step.evaluation.note,
                "reason": step.evaluation.reason,
            }
            for step in decision.trace
        ],
    }


def differences(
    cases: Iterable[Case], script: Path = SCRIPT, batch_size: int = 20_000
) -> Iterator[str]:
    """Tell each case that the two decide differently."""
    left = iter(cases)
    while batch := list(islice(left, batch_size)):
        lines = "".join(f"{case.line()}\n" for case in batch)
        done = subprocess.run(
            ["node", str(DRIVER), str(script)],
            input=lines,
            capture_output=True,
            text=True,
            check=True,
        )
        answers = done.stdout.splitlines()
        for case, answer in zip(batch, answers, strict=True):
            ours, theirs = case.decide(), json.loads(answer)
            if ours != theirs:
                yield f"{case}\nextension {json.dumps(ours)}\nbrowser   {json.dumps(theirs)}"


# --- Every value of the five fields with every other ---

TAGS = (None, '"v0", "v1"', '"v0"', 'W/"v1"', "v1", "*")
NO_TAGS = (None, '"v0"', '"v0", "v1"', 'W/"v1"', '"v1', " * ")
LATER, EQUAL = "Wed, 16 Nov 1994 12:45:26 GMT", "Tuesday, 15-Nov-94 12:45:26 GMT"
EARLIER = "Tue Nov 15 12:45:25 1994"
DATES = (None, LATER, EARLIER, EQUAL, "Tue, 15 Nov 1994 12:45:26 UTC", "*")
RANGES = (None, '"v1"', '"v0"', 'W/"v1"', '"v1', EQUAL, EARLIER, "*")
METHODS = ("GET", "HEAD", "QUERY", "PUT", "PATCH", "OPTIONS")
STATES: tuple[State, ...] = (
    Validators(EntityTag("v1"), SAVED_AT, strong_date=True),
    Validators(EntityTag("v1", weak=True), SAVED_AT),
    Validators(None, SAVED_AT, strong_date=True),
    Validators(EntityTag("v1")),
    Validators(),
    ABSENT,
)


def table() -> Iterator[Case]:
    """Give every request of the exhaustive table, each write also where one is required."""
    for method, state, required in product(METHODS, STATES, (False, True)):
        if required and method not in ("PUT", "PATCH"):
            continue
        for values in product(TAGS, DATES, NO_TAGS, DATES, RANGES):
            yield Case(method, name_fields(values), state, required)


def name_fields(values: Iterable[str | None], has_range: bool = True) -> Fields:
    named = [(str(f), text) for f, text in zip(Field, values, strict=True) if text is not None]
    return (*named, ("Range", "bytes=0-9")) if has_range else tuple(named)


def centuries() -> Iterator[Case]:
    """Give every two-digit year, as years pass."""
    state = Validators(EntityTag("v1"), SAVED_AT)
    moments = (None, NOW, datetime(2049, 6, 30, tzinfo=UTC), datetime(2000, 2, 29, tzinfo=UTC))
    for year, day, now in product(range(100), ("01-Jan", "29-Feb", "31-Dec"), moments):
        sent = f"Sunday, {day}-{year:02} 00:00:00 GMT"
        yield Case("PUT", (("If-Unmodified-Since", sent),), state, now=now)


def seconds() -> Iterator[Case]:
    """Give writes and reads by the date of a change that is old, of this second, or to come."""
    for second, sent, is_strong in product((-1, 0, 1), (-1, 0, 1), (False, True)):
        saved_at = NOW + timedelta(seconds=second)
        fields = (("If-Unmodified-Since", http_date(saved_at + timedelta(seconds=sent))),)
        state = Validators(None, saved_at, strong_date=is_strong)
        for method, now in product(("PUT", "GET"), (NOW, None)):
            yield Case(method, fields, state, required=True, now=now)


# --- Random requests ---

PIECES = ('"v1"', 'W/"v1"', 'w/"v1"', '","', '",W/"', '""', '"*"', "*", ",", " ", "\t", '"')
PIECES += ("W/", "v1", "'", "\x7f", "é", "ÿ", "\xa0", "\xad", "…", "€", "\x1b", "\\")
DATE_PIECES = ("Tue", "Tuesday", "Sun", ", ", " ", "  ", "15", "05", " 5", "29", "31", "00")
DATE_PIECES += ("Nov", "Feb", "1994", "0094", "2000", "0000", "9999", "94", "15-Nov-94")
DATE_PIECES += ("29-Feb-00", "23:59:60", "12:45:26", "12:45:60", "24:00:00", "GMT", "UTC")
MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
FORMS = (
    *("Tue, {0:02} {1} {2:04} {3:02}:{4:02}:{5:02} GMT", "Sun {1} {0:2} 12:00:00 {2:04}"),
    *("Monday, {0:02}-{1}-{6:02} {3:02}:{4:02}:{5:02} GMT", "Sun {1} {0:02} 23:59:60 {2:04}"),
)


def some_tags(pick: random.Random) -> str:
    return "".join(pick.choices(PIECES, k=pick.randrange(7)))


def some_date(pick: random.Random) -> str:
    if pick.random() < 0.3:
        return "".join(pick.choices(DATE_PIECES, k=pick.randrange(8)))
    return pick.choice(FORMS).format(
        pick.randrange(33),
        pick.choice(MONTHS),
        pick.choice((pick.randrange(10_000), 1994, 1996, 0, 1, 9999)),
        pick.choice((12, 23, pick.randrange(26))),
        pick.choice((45, 59, pick.randrange(62))),
        pick.choice((26, 59, 60, pick.randrange(62))),
        pick.randrange(100),
    )


def some_validator(pick: random.Random) -> str:
    return some_tags(pick) if pick.random() < 0.5 else some_date(pick)


def some_state(pick: random.Random) -> State:
    if pick.random() < 0.15:
        return ABSENT
    opaque = pick.choice(("v1", "v1", "", ",", ",W/", "*", "é"))
    tag = EntityTag(opaque, weak=pick.random() < 0.2) if pick.random() < 0.8 else None
    date = pick.choice((None, SAVED_AT, NOW, datetime(2, 1, 1, tzinfo=UTC)))
    return Validators(tag, date, strong_date=pick.random() < 0.5)


def some_cases(count: int, seed: int) -> Iterator[Case]:
    """Give random requests, the same for the same seed."""
    pick = random.Random(seed)
    methods = (*METHODS, "POST", "DELETE", "TRACE", "CONNECT", "get")
    make = (
        some_tags,
        some_date,
        some_tags,
        some_date,
        lambda p: (some_tags, some_date)[p.random() < 0.5](p),
    )
    for _ in range(count):
        values = [one(pick) if pick.random() < 0.45 else None for one in make]
        fields = name_fields(values, has_range=pick.random() < 0.5)
        if pick.random() < 0.1:
            fields += ((pick.choice(("if-match", "IF-NONE-MATCH")), some_tags(pick)),)
        required, creates = pick.random() < 0.4, pick.choice((None, False, True))
        now = pick.choice(
            (NOW, None, datetime(2020, 2, 29, tzinfo=UTC), datetime(1999, 12, 31, tzinfo=UTC))
        )
        yield Case(pick.choice(methods), fields, some_state(pick), required, creates, now)


def main() -> int:
    count, seed = (int(word) for word in (*sys.argv[1:], *("100000", "1")[len(sys.argv) - 1 :]))
    told = list(islice(differences(chain(table(), some_cases(count, seed))), 5))
    print("\n".join(told) or f"The whole table and {count:,} random requests: 0 differences.")
    return bool(told)


if __name__ == "__main__":
    sys.exit(main())
