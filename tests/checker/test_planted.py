"""Each rule broken alone: the check finds it, and names the cause."""

import itertools
import re

import pytest

from flask_preconditions.checker import check
from tests.samples import sample

from .faults import READ_FAULTS
from .resource import Fields
from .resource import Resource
from .resource import serving
from .write_faults import WRITE_FAULTS

FAULTS = {**READ_FAULTS, **WRITE_FAULTS}


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


def every(number: int, *methods: str) -> Resource:
    """Look at no condition of each so many requests."""
    count = itertools.count(1)

    def read(method: str, fields: Fields) -> Fields:
        is_unguarded = method in methods and next(count) % number == 0
        return [f for f in fields if not (is_unguarded and f[0].lower().startswith("if-"))]

    return Resource(read=read)


@pytest.mark.parametrize(
    ("number", "method", "title"),
    [
        (7, "PUT", "Sometimes PUT ignores preconditions"),
        (3, "GET", "Sometimes GET ignores (If-None-Match|preconditions)"),
    ],
)
def test_a_fault_that_is_there_now_and_then_is_called_so_and_counted(
    number: int, method: str, title: str
) -> None:
    with serving(every(number, method)) as server:
        is_write = method == "PUT"
        report = check(server.url, write=is_write, field="text" if is_write else None, rounds=0)
    titles = [finding.title for finding in report.findings]
    assert re.fullmatch(rf"{title} \(\d+ of \d+ times\)", titles[0]), titles
    assert all(each.startswith("Sometimes ") for each in titles)
