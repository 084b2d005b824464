"""Every vector of the table, decided in process."""

from datetime import UTC
from datetime import datetime

import pytest

from flask_preconditions.conformance import Vector
from flask_preconditions.conformance import load_vectors
from flask_preconditions.core import ABSENT
from flask_preconditions.core import SAFE_METHODS
from flask_preconditions.core import Outcome
from flask_preconditions.core import evaluate

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize("vector", load_vectors(), ids=lambda vector: vector.id)
def test_vector(vector: Vector) -> None:
    fields = vector.resolve_fields(vector.current)
    decision = evaluate(vector.method, fields, vector.current, required=vector.required, now=NOW)
    expect = vector.expect
    got = (decision.outcome, decision.decided_by, decision.reason, decision.honours_range)
    wanted = (expect.outcome, expect.decided_by, expect.reason, expect.honours_range)
    status = decision.status
    if status is None:  # what a server answers that has nothing else against the request
        status = 404 if vector.current is ABSENT and vector.method != "PUT" else 200
    sent = "\n".join(f"{name}: {value[:200]}" for name, value in fields)
    shown = (
        f"{vector.id}: {vector.title} ({vector.clause})\n"
        f"{vector.method} on {vector.current}\n{sent}\n\n"
        f"expected {wanted}, status {expect.status}\n"
        f"got {got}, status {status}\n\n{decision.explain()}"
    )
    assert got == wanted, shown
    assert expect.accepts_status(status), shown
    # A read changes nothing, nor does a refusal; no document offers POST or CONNECT.
    writes = decision.outcome is Outcome.PERFORM and status == 200
    is_write = vector.method not in SAFE_METHODS | {"CONNECT", "POST"}
    assert expect.unchanged is not (writes and is_write), shown
