"""The parsers and the evaluator against the one that was written apart, guided by coverage.

``python -m tests.fuzz.evaluation -runs=1000000 tests/fuzz/corpus`` (libFuzzer's options).
An input is five values, one a line, behind a byte that chooses method and state.
"""

import sys
from datetime import UTC
from datetime import datetime

import atheris

with atheris.instrument_imports(include=["flask_preconditions.core"]):
    from flask_preconditions.core import ABSENT
    from flask_preconditions.core import EntityTag
    from flask_preconditions.core import Sent
    from flask_preconditions.core import State
    from flask_preconditions.core import Validators
    from flask_preconditions.core import decide

from tests import rfc9110

# The last second of a year: the evaluator that was written apart tells centuries by years.
NOW = datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC)
SAVED_AT = datetime(1994, 11, 15, 12, 45, 26, tzinfo=UTC)
METHODS = ("GET", "HEAD", "QUERY", "PUT", "PATCH", "DELETE")
TAGS = (None, (False, "v1"), (True, "v1"), (False, ","), (False, ",W/"), (False, ""))


def check(data: bytes) -> None:
    """Decide one request in both ways; a difference is an error."""
    chosen, *lines = data.decode("latin-1").split("\n")
    choice = ord(chosen[0]) if chosen else 0
    method = METHODS[choice % 6]
    plain = TAGS[choice // 6 % 6]
    is_absent, has_date, required = choice % 7 == 6, choice % 5 < 3, choice % 2 == 0
    date = SAVED_AT if has_date else None
    values = [line or None for line in (*lines, *[""] * 5)[:5]]
    sent = Sent(*values, has_range=True)
    tag = EntityTag(plain[1], plain[0]) if plain else None
    state: State = ABSENT if is_absent else Validators(tag, date, strong_date=has_date)
    creates = method == "PUT"
    decision = decide(method, sent, state, required, creates, NOW)
    wanted = rfc9110.answer(
        method,
        rfc9110.Request(*sent),
        rfc9110.Target(not is_absent, plain, date, has_date),
        creates=creates,
        required=required,
        this_year=NOW.year,
    )
    got = rfc9110.Answer(decision.status, decision.honours_range or decision.status is not None)
    if got != wanted:
        raise AssertionError(f"{method} {sent} on {state}: {wanted}\n{decision.explain()}")
    decision.explain()


if __name__ == "__main__":
    atheris.Setup(sys.argv, check)
    atheris.Fuzz()
