"""What a user with mypy in strict mode writes: every public name, none of it run here."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC
from datetime import datetime
from typing import TypedDict
from typing import assert_type

from flask import Blueprint
from flask import Flask
from flask import Request
from flask.typing import ResponseReturnValue

from flask_preconditions import ABSENT
from flask_preconditions import Decision
from flask_preconditions import EntityTag
from flask_preconditions import GuardedRoute
from flask_preconditions import HTTPPrecondition
from flask_preconditions import Inquiry
from flask_preconditions import InvalidField
from flask_preconditions import MalformedCondition
from flask_preconditions import Match
from flask_preconditions import NotModified
from flask_preconditions import Outcome
from flask_preconditions import OutcomeUnknown
from flask_preconditions import Policy
from flask_preconditions import PreconditionFailed
from flask_preconditions import PreconditionRequired
from flask_preconditions import Preconditions
from flask_preconditions import PreconditionsError
from flask_preconditions import Reason
from flask_preconditions import SetupError
from flask_preconditions import Validators
from flask_preconditions import as_problem
from flask_preconditions import check
from flask_preconditions import check_validators
from flask_preconditions import conditional
from flask_preconditions import etag_for
from flask_preconditions import evaluate
from flask_preconditions import guarded_routes
from flask_preconditions import not_modified
from flask_preconditions import precondition
from flask_preconditions import precondition_failed
from flask_preconditions import precondition_malformed
from flask_preconditions import precondition_passed
from flask_preconditions import precondition_required
from flask_preconditions import require_match
from flask_preconditions import set_defaults
from flask_preconditions import unguarded


class Note(TypedDict):
    rev: str
    text: str


app = Flask(__name__)
Preconditions(app, policy=Policy(require="warn"))
app.register_error_handler(HTTPPrecondition, as_problem)
api = Blueprint("api", __name__)
set_defaults(api, require="unsafe", disclose="etag")
notes: dict[str, Note] = {}


def find(name: str) -> Note | None:
    return notes.get(name)


def asks(request: Request) -> bool:
    return request.method == "PUT"


@contextmanager
def guard(inquiry: Inquiry[Note]) -> Iterator[None]:
    inquiry.recheck()
    yield


@app.get("/<name>")
@conditional(find, etag="rev", into="note", vary=["Accept"], cache_control="private")
def read(name: str, note: Note) -> ResponseReturnValue:
    return {"text": note["text"], "etag": etag_for(note, "rev")}


@app.put("/<name>")
@require_match(
    find,
    etag=lambda note: EntityTag(note["rev"]),
    last_modified=lambda note: datetime.now(UTC),
    into="note",
    create=True,
    guard=guard,
    require=asks,
    disclose=lambda note: {"text": note["text"]},
    put_etag="verbatim",
    already_applied=lambda note: bool(note["text"]),
)
def save(name: str, note: Note | None) -> tuple[str, int]:
    with precondition.lost(OSError, when=lambda error: error.errno == 412):
        precondition.confirm(1)
    precondition.confirm(note is not None)
    assert_type(precondition.confirm(True, written=Note(rev="2", text="t")), Note)
    assert_type(precondition.confirm(written=EntityTag("2")), EntityTag)
    saved = precondition.confirm([Note(rev="2", text="t")])
    assert_type(saved, Note)
    return "", 204


# The decorator keeps the signature of what it decorates.
assert_type(save("a", None), tuple[str, int])


@app.post("/log")
@unguarded("it only appends")
def log() -> str:
    match: Match[Note] = check(notes["log"], etag="rev", reload=lambda: notes["log"])
    check_validators(etag="1", require={"POST"}, vary=["Accept"])
    return str(match.target)


def decide() -> Decision:
    decision = evaluate("PUT", [("If-Match", "*")], ABSENT)
    if decision.outcome is Outcome.FAILED and decision.reason is Reason.ABSENT:
        decision = evaluate("PUT", {"If-Match": "*"}, Validators(EntityTag.parse('"1"')))
    return decision


@app.errorhandler(412)
def refused(error: PreconditionFailed) -> tuple[str, int]:
    return str(error.decision.decided_by), 412


def listen(sender: object, decision: Decision, endpoint: str) -> None:
    print(decision.explain())


for signal in (
    precondition_passed,
    precondition_failed,
    precondition_required,
    precondition_malformed,
    not_modified,
):
    signal.connect(listen)

ERRORS: tuple[type[PreconditionsError], ...] = (
    HTTPPrecondition,
    InvalidField,
    MalformedCondition,
    NotModified,
    OutcomeUnknown,
    PreconditionRequired,
    SetupError,
)
ROUTES: list[GuardedRoute] = guarded_routes(app)
