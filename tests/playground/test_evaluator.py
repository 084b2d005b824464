"""The evaluator of the browser decides as the extension does, step by step."""

from itertools import chain
from itertools import islice
from pathlib import Path

import pytest

from flask_preconditions.conformance import load_vectors
from tests.needs import need

from .evaluators import SCRIPT
from .evaluators import Case
from .evaluators import centuries
from .evaluators import differences
from .evaluators import seconds
from .evaluators import some_cases
from .evaluators import table

pytestmark = pytest.mark.external


@pytest.fixture(autouse=True)
def _node() -> None:
    need("node")


def test_every_vector_is_decided_alike() -> None:
    cases = [
        Case(vector.method, tuple(vector.resolve_fields(vector.current)), vector.current, required)
        for vector in load_vectors()
        for required in (False, True)
    ]
    assert len(cases) > 500
    assert list(differences(cases)) == []


def test_a_sample_of_the_exhaustive_table_is_decided_alike() -> None:
    assert list(differences(islice(table(), 0, None, 97))) == []


@pytest.mark.parametrize("seed", [1, 2])
def test_random_requests_are_decided_alike(seed: int) -> None:
    assert list(differences(some_cases(4000, seed))) == []


def test_a_date_of_a_second_that_lasts_is_decided_alike() -> None:
    assert list(differences(seconds())) == []


def test_two_digit_years_are_of_the_same_century() -> None:
    assert list(differences(centuries())) == []


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("!each.weak) && !tag.weak", "!each.weak)"),
        ("state.lastModified <= date.seconds", "state.lastModified < date.seconds"),
        ("digits >= 69", "digits >= 70"),
        ("year - 100 : year", "year : year"),
        ("c <= 0x7e", "c <= 0x7f"),
        ("step.ifFalseOnRead : step.ifFalse;", "step.ifFalse : step.ifFalse;"),
        ('["GET", "HEAD", "QUERY"]', '["GET", "HEAD"]'),
        ('"If-None-Match"]?.any === true', '"If-None-Match"] !== undefined'),
    ],
)
def test_a_wrong_rule_is_noticed(tmp_path: Path, right: str, wrong: str) -> None:
    rules = SCRIPT.read_text(encoding="utf-8")
    assert right in rules
    script = tmp_path / "evaluator.js"
    script.write_text(rules.replace(right, wrong), encoding="utf-8")
    cases = chain(centuries(), islice(table(), 0, None, 97), some_cases(4000, 3))
    assert next(differences(cases, script, batch_size=1500), None)
