"""Servers that take more tags than one, or another condition than If-Match, and are right."""

import json
from typing import Any

import pytest

from flask_preconditions.checker import Unusable
from flask_preconditions.checker import check
from tests.samples import sample

from .misbehaviour import Compressing
from .misbehaviour import comparing
from .resource import FIRST
from .resource import Fields
from .resource import Handler
from .resource import Resource
from .resource import field_of
from .resource import serving
from .test_conforming import assert_conforms


@pytest.mark.parametrize("suffix", ["-gzip", ";gzip"])
@pytest.mark.parametrize("is_told", [True, False])
def test_a_write_may_name_the_tag_of_either_coding(suffix: str, is_told: bool) -> None:
    class Coded(Compressing):
        def send(self, status: int, body: bytes = b"", **more: str) -> None:
            if not is_told:  # too short to be compressed
                del self.headers["Accept-Encoding"]
            super().send(status, body, **more)

    Coded.suffix = suffix
    both = comparing(lambda told, current: told in (current, current + suffix))
    with serving(both, handling=Coded) as server:
        report = check(server.url, write=True, field="text", rounds=2)
        assert json.loads(server.text) == FIRST
    assert_conforms(report)


def asks_for(name: str, is_asked: Any, status: int = 428) -> Any:
    """Refuse writes without a field, where that is asked for."""

    def decide(resource: Resource, handler: Handler, fields: Fields) -> int | None:
        is_write = handler.command in ("PUT", "PATCH", "DELETE")
        is_there = handler.path in resource.docs
        is_refused = is_write and is_asked(is_there) and field_of(fields, name) is None
        return status if is_refused else None

    return decide


@pytest.mark.parametrize("status", [428, 409])
def test_a_server_may_ask_for_if_none_match_to_create(status: int) -> None:
    decide = asks_for("If-None-Match", lambda is_there: not is_there, status)
    with serving(Resource(decide=decide)) as server:
        report = check(server.url, write=True, field="text", absent="/none", rounds=2)
        assert set(server.docs) == {"/thing"}
    assert_conforms(report)
    judged = {result.vector.id for result in report.judged}
    assert "if-none-match-star-put-absent" in judged


def test_a_server_that_asks_for_a_date_cannot_be_checked() -> None:
    decide = asks_for("If-Unmodified-Since", lambda is_there: is_there)
    with (
        serving(Resource(decide=decide)) as server,
        pytest.raises(Unusable, match="asks for another condition than If-Match"),
    ):
        check(server.url, write=True, field="text")
    assert json.loads(server.text) == FIRST


def test_a_server_may_ask_for_one_tag_and_take_no_star() -> None:
    def decide(resource: Resource, handler: Handler, fields: Fields) -> int | None:
        is_there = handler.command in ("PUT", "PATCH") and handler.path in resource.docs
        is_refused = is_there and (field_of(fields, "If-Match") or "*").strip() == "*"
        return 428 if is_refused else None

    with serving(Resource(decide=decide)) as server:
        report = check(server.url, write=True, field="text", rounds=2)
    assert_conforms(report)


@pytest.mark.parametrize("status", sample([400, 401, 403, 409, 422], every=2))
def test_a_server_may_ask_for_a_tag_in_a_status_of_its_own(status: int) -> None:
    def decide(resource: Resource, handler: Handler, fields: Fields) -> int | None:
        is_write = handler.command in ("PUT", "PATCH", "DELETE")
        is_there = is_write and handler.path in resource.docs
        is_refused = is_there and (field_of(fields, "If-Match") or "*").strip() == "*"
        return status if is_refused else None

    with serving(Resource(decide=decide)) as server:
        report = check(server.url, write=True, field="text", absent="/none", rounds=1)
        assert set(server.docs) == {"/thing"}
    assert_conforms(report)


def test_a_star_that_is_412_like_a_write_without_a_condition_is_a_finding() -> None:
    def decide(resource: Resource, handler: Handler, fields: Fields) -> int | None:
        is_there = handler.command == "PUT" and handler.path in resource.docs
        is_refused = is_there and (field_of(fields, "If-Match") or "*").strip() == "*"
        return 412 if is_refused else None

    with serving(Resource(decide=decide, methods=("GET", "PUT"))) as server:
        report = check(server.url, write=True, field="text", rounds=0)
    titles = [finding.title for finding in report.findings]
    assert titles == ["PUT answers a true If-Match: * with 412"]


def test_a_428_to_a_false_tag_where_a_true_one_is_taken_is_a_finding() -> None:
    def decide(resource: Resource, handler: Handler, fields: Fields) -> int | None:
        if handler.command not in ("PUT", "PATCH") or handler.path not in resource.docs:
            return None
        return None if field_of(fields, "If-Match") == resource.tag(resource.text) else 428

    with serving(Resource(decide=decide)) as server:
        report = check(server.url, write=True, field="text", rounds=0)
    assert "PUT and PATCH answer a false If-Match with 428" in [f.title for f in report.findings]
