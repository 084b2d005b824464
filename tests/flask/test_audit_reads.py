"""The tags that a GET tells are those that the write at its URL compares, or the audit says so."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import scoped_session
from sqlalchemy.orm import sessionmaker

from flask_preconditions import Policy
from flask_preconditions import Preconditions
from flask_preconditions import conditional
from flask_preconditions import precondition
from flask_preconditions import require_match
from flask_preconditions.audit import audit

from .faults import Counted
from .faults import add
from .faults import load
from .faults import make_app
from .faults import view


@pytest.fixture
def app() -> Flask:
    return make_app()


def load_too() -> dict[str, str]:
    return load()


def rev(target: dict[str, str]) -> str:
    return target["rev"]


def digest(target: dict[str, str]) -> str:
    return str(hash(target["rev"]))


def severities(app: Flask, read: Any, write: Any) -> list[str]:
    add(app, "GET", "/both", read(view))
    add(app, "PUT", "/both", write(view))
    found = audit(app).findings
    assert {finding.rule.id for finding in found} <= {"unlike-guards"}
    return [finding.severity.value for finding in found]


@pytest.mark.parametrize(
    ("read", "write", "found"),
    [
        ({"etag": "rev"}, {"etag": "rev"}, []),
        ({"etag": "rev"}, {"etag": "hash"}, ["error"]),
        ({"etag": "rev"}, {"last_modified": "saved"}, ["error"]),
        ({"last_modified": "saved"}, {"etag": "rev"}, ["error"]),
        ({"last_modified": "saved"}, {"last_modified": "changed"}, ["error"]),
        ({"etag": "rev", "last_modified": "saved"}, {"etag": "rev"}, []),
        ({"etag": rev}, {"etag": rev}, []),
        ({"etag": rev}, {"etag": digest}, ["warning"]),
        ({"etag": "rev"}, {"etag": digest}, ["warning"]),
        ({"etag": "rev", "vary": ["Accept"]}, {"etag": "rev", "vary": ["accept"]}, []),
        ({"etag": "rev", "vary": ["Accept"]}, {"etag": "rev"}, ["error"]),
        ({"etag": "rev"}, {"etag": "rev", "vary": ["Accept-Language"]}, ["error"]),
    ],
)
def test_a_write_that_compares_other_tags_than_the_read_tells_is_found(
    app: Flask, read: dict[str, Any], write: dict[str, Any], found: list[str]
) -> None:
    assert severities(app, conditional(load, **read), require_match(load, **write)) == found


def test_one_lambda_written_twice_is_the_same(app: Flask) -> None:
    read = conditional(load, etag=lambda target: target["rev"])
    write = require_match(load, etag=lambda target: target["rev"])
    assert severities(app, read, write) == []


def test_lambdas_that_keep_something_else_differ(app: Flask) -> None:
    def by(key: str) -> Any:
        return lambda target: target[key]

    read, write = conditional(load, etag=by("rev")), require_match(load, etag=by("hash"))
    assert severities(app, read, write) == ["warning"]


def test_two_loaders_may_load_the_same_and_are_worth_knowing(app: Flask) -> None:
    read, write = conditional(load, etag="rev"), require_match(load_too, etag="rev")
    assert severities(app, read, write) == ["info"]


def test_a_bound_method_is_the_same_loader_each_time(app: Flask) -> None:
    store = {"1": {"rev": "1"}}
    add(app, "GET", "/docs/<id>", conditional(store.get, etag="rev")(view))
    add(app, "PUT", "/docs/<id>", require_match(store.get, etag="rev")(view))
    assert audit(app).findings == ()


@pytest.mark.parametrize(
    ("options", "found"),
    [({}, []), ({"etag": "version"}, []), ({"etag": "id"}, ["unlike-guards"])],
)
def test_a_model_tells_its_version(app: Flask, options: dict[str, Any], found: list[str]) -> None:
    Preconditions(app, session=scoped_session(sessionmaker()))
    add(app, "GET", "/counted/<int:id>", conditional(Counted)(view))
    add(app, "PUT", "/counted/<int:id>", require_match(Counted, **options)(view))
    assert [finding.rule.id for finding in audit(app).findings] == found


def test_one_read_that_agrees_is_enough(app: Flask) -> None:
    add(app, "GET", "/both", conditional(load, etag="rev")(view), "old")
    add(app, "GET", "/both", conditional(load, etag="hash")(view), "new")
    add(app, "PUT", "/both", require_match(load, etag="hash")(view))
    assert "unlike-guards" not in {finding.rule.id for finding in audit(app).findings}


def test_the_message_names_both_views_and_their_options(app: Flask) -> None:
    severities(app, conditional(load, etag="rev"), require_match(load, etag=digest))
    [finding] = audit(app).findings
    assert finding.message == (
        "get /both tells tags of etag='rev', and put /both compares them with those of etag=digest"
    )


def test_a_read_and_a_write_may_get_their_policy_in_different_ways() -> None:
    app = Flask(__name__)
    Preconditions(app, policy=Policy(vary=["Accept"]))
    reads = require_match(load, etag="rev", vary=["accept"])
    assert severities(app, reads, require_match(load, etag="rev")) == []


@pytest.mark.parametrize(
    ("guard", "method", "fix"),
    [
        (
            require_match(Counted),
            "PUT",
            '@app.get("/counted/<int:id>")  # and below it @require_match(Counted)',
        ),
        (
            require_match(load, etag="rev"),
            "PATCH",
            '@app.get("/counted/<int:id>")  # and below it @require_match(load, etag="rev")',
        ),
        (
            require_match(load, etag=digest),
            "PUT",
            '@app.get("/counted/<int:id>")  # and below it @require_match(load, etag=…)',
        ),
        (
            require_match("find", etag="rev"),
            "PUT",
            '@app.get("/counted/<int:id>")  # and below it @require_match("find", etag="rev")',
        ),
        (
            require_match(Counted),
            "POST",
            'resource="show"  # at the guard: the endpoint that reads the target',
        ),
    ],
)
def test_a_write_that_nobody_can_read_is_told_the_guard_to_read_it_by(
    guard: Any, method: str, fix: str
) -> None:
    app = Flask(__name__)
    Preconditions(app, session=scoped_session(sessionmaker()))
    add(app, method, "/counted/<int:id>", guard(lambda id: precondition.confirm(True)))
    [finding] = audit(app).findings
    assert (finding.rule.id, finding.fix) == ("unreadable-target", fix)


def test_a_read_without_a_tag_is_told_the_guard_of_its_write() -> None:
    app = Flask(__name__)
    Preconditions(app, session=scoped_session(sessionmaker()))
    add(app, "GET", "/counted/<int:id>", view, "show")
    add(app, "PUT", "/counted/<int:id>", require_match(Counted)(view))
    [finding] = audit(app).findings
    assert (finding.rule.id, finding.fix) == (
        "silent-read",
        "@require_match(Counted)  # on show too",
    )


def test_a_shadowed_read_is_told_its_own_route() -> None:
    app = Flask(__name__)
    add(app, "GET", "/docs/<id>", require_match(load, etag="rev")(lambda id: id), "first")
    add(app, "GET", "/docs/<name>", require_match(load, etag="rev")(lambda name: name), "second")
    [finding] = audit(app).findings
    assert finding.message == "first answers GET here, and second never does"
    assert finding.fix == '@app.get("/docs/<name>")  # at one of the two views only'
    assert "overwrites" not in finding.rule.why
