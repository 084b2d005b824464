"""Every vector of the table, decided in process."""

from datetime import UTC
from datetime import datetime

import pytest

from flask_preconditions.conformance import Vector
from flask_preconditions.conformance import load_vectors
from flask_preconditions.core import ABSENT
from flask_preconditions.core import evaluate

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize("vector", load_vectors(), ids=lambda vector: vector.id)
def test_vector(vector: Vector) -> None:
    fields = vector.resolve_fields(vector.current)
    decision = evaluate(vector.method, fields, vector.current, required=vector.required, now=NOW)
    expect = vector.expect
    got = (decision.outcome, decision.decided_by, decision.reason, decision.honours_range)
    wanted = (expect.outcome, expect.decided_by, expect.reason, expect.honours_range)
    sent = "\n".join(f"{name}: {value[:200]}" for name, value in fields)
    assert got == wanted, (
        f"{vector.id}: {vector.title} ({vector.clause})\n"
        f"{vector.method} on {vector.current}\n{sent}\n{decision.explain()}"
    )
    if decision.status is not None:
        # POST on a document is 405, which comes before any condition (§13.2.1).
        assert expect.accepts_status(decision.status)
    elif vector.current is ABSENT and vector.method != "PUT":
        assert expect.accepts_status(404)
    else:
        assert expect.accepts_status(200)
