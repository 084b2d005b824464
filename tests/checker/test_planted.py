"""Each rule broken alone: the check finds it, and names the cause."""

import pytest

from flask_preconditions.checker import check
from tests.samples import sample

from .faults import FAULTS
from .resource import serving


@pytest.mark.parametrize("name", sample(FAULTS, every=12))
def test_a_planted_fault_is_found_and_named_by_its_cause(name: str) -> None:
    planted = FAULTS[name]
    with serving(planted.make()) as server:
        options = {"field": "text", **planted.options} if planted.write else planted.options
        report = check(server.url, write=planted.write, rounds=2, **options)
        assert server.docs == {"/thing": server.text}
    titles = [finding.title for finding in report.findings]
    shown = "\n".join(f"{f.title}: {[r.vector.id for r in f.results]}" for f in report.findings)
    assert planted.cause in titles, shown
    assert set(titles) <= {planted.cause, *planted.also}, shown
    assert report.not_restored is None


def test_a_server_that_ignores_if_match_is_not_taken_for_a_lenient_one() -> None:
    with serving(FAULTS["im-put"].make()) as server:
        report = check(server.url, write=True, field="text", rounds=0)
    assert "if-match-weak-form" in {result.vector.id for result in report.failed}
