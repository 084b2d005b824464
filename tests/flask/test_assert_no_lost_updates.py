import re
import threading
from collections.abc import Callable
from functools import wraps
from itertools import count
from pathlib import Path
from socket import SHUT_RDWR
from typing import Any

import pytest
from flask import Flask
from flask import request

from flask_preconditions import SetupError
from flask_preconditions.testing import assert_conformant
from flask_preconditions.testing import assert_no_lost_updates
from flask_preconditions.testing import meetings
from flask_preconditions.testing.clients import serving

from .notes import Notes
from .notes import guarded
from .notes import handwritten

NAMED = r"client (\d)'s write 0 was acknowledged with 204 and is not in the final document\n"


@pytest.fixture
def notes(tmp_path: Path) -> Notes:
    return Notes(tmp_path)


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_a_guarded_resource_keeps_every_acknowledged_write(notes: Notes, method: str) -> None:
    report = assert_no_lost_updates(guarded(notes), "/notes/1", method=method, clients=4, rounds=10)
    assert len(report.acknowledged) == len(report.present) == 40
    assert set(report.answers) == {204, 412}
    note = notes.find(1)
    assert note
    assert note["rev"] == 1 + 1 + 40


def test_the_first_writes_all_race_for_one_state(notes: Notes) -> None:
    report = assert_no_lost_updates(guarded(notes), "/notes/1", clients=5, rounds=1)
    assert report.answers[204] == 5
    assert report.answers[412] >= 4


def meets_after_the_first(parties: int) -> Callable[[], object]:
    """Let the write that is made alone pass, and bring the later ones together."""
    calls, barrier = count(), threading.Barrier(parties)
    return lambda: next(calls) and barrier.wait()


def test_a_check_apart_from_its_write_fails_and_the_lost_write_is_named(notes: Notes) -> None:
    # Both stand between check and write at once: one of the two is overwritten.
    app = handwritten(notes, meets_after_the_first(2))
    with pytest.raises(AssertionError) as caught:
        assert_no_lost_updates(app, "/notes/1", clients=2, rounds=1)
    report = str(caught.value)
    assert re.match(NAMED, report), report
    assert "2 acknowledged, 1 present, 1 lost (204: 2)" in report
    assert "UPDATE … WHERE id = ? AND rev = ?" in report


def test_a_made_up_confirmation_fails_without_any_help_of_the_application(notes: Notes) -> None:
    app = guarded(notes, closes_race=False)
    with pytest.raises(AssertionError, match=NAMED) as caught:
        assert_no_lost_updates(app, "/notes/1", clients=2, rounds=1)
    assert "1 lost" in str(caught.value)


def test_many_lost_writes_are_counted_and_some_are_named(notes: Notes) -> None:
    app = guarded(notes, closes_race=False)
    with pytest.raises(AssertionError) as caught:
        assert_no_lost_updates(app, "/notes/1", clients=8, rounds=1)
    report = str(caught.value)
    assert report.count("was acknowledged with 204") == 5
    assert "\nand 2 more\n8 acknowledged, 1 present, 7 lost (204: 8)" in report


def test_a_lost_race_that_is_409_fails(notes: Notes) -> None:
    app = handwritten(notes, stale_status=409)
    lock = threading.Lock()
    compare = app.view_functions["view"]
    app.view_functions["view"] = under(lock, compare)
    with pytest.raises(AssertionError, match=r"a PUT was answered 409 .*\n> PUT /notes/1\n"):
        assert_no_lost_updates(app, "/notes/1", clients=2, rounds=1)


def under(lock: threading.Lock, view: Callable[..., Any]) -> Callable[..., Any]:
    """Make a view one that nobody else runs at the same time."""

    @wraps(view)
    def alone(*args: Any, **kwargs: Any) -> Any:
        with lock:
            return view(*args, **kwargs)

    return alone


def test_a_check_under_a_lock_of_its_own_passes_although_nobody_can_meet_there(
    notes: Notes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(meetings, "PATIENCE_SECONDS", 0.1)
    app = guarded(notes, closes_race=False)
    app.view_functions["view"] = under(threading.Lock(), app.view_functions["view"])
    report = assert_no_lost_updates(app, "/notes/1", clients=4, rounds=5)
    assert len(report.present) == 20


def test_a_running_server_is_raced_over_the_wire(notes: Notes) -> None:
    with serving(guarded(notes)) as url:
        report = assert_no_lost_updates(url, "/notes/1", clients=3, rounds=5)
    assert len(report.present) == 15
    unguarded = handwritten(notes, meets_after_the_first(2))
    with serving(unguarded) as url, pytest.raises(AssertionError, match=NAMED):
        assert_no_lost_updates(url, "/notes/1", clients=2, rounds=1)


def test_headers_tell_who_is_asking(notes: Notes) -> None:
    app = guarded(notes)

    @app.before_request
    def ask() -> Any:
        return None if request.headers.get("Authorization") == "Bearer mine" else ("", 401)

    with pytest.raises(AssertionError, match="headers= due"):
        assert_no_lost_updates(app, "/notes/1")
    mine = {"Authorization": "Bearer mine"}
    assert_no_lost_updates(app, "/notes/1", headers=mine, clients=2, rounds=2)


def test_a_resource_that_is_no_json_is_read_and_written_by_functions() -> None:
    app = Flask(__name__)
    text, lock = ["1 first"], threading.Lock()

    @app.get("/")
    def read() -> Any:
        return text[0], 200, {"ETag": f'"{text[0].partition(" ")[0]}"'}

    @app.put("/")
    def write() -> Any:
        with lock:
            number = int(text[0].partition(" ")[0])
            if request.headers.get("If-Match") != f'"{number}"':
                return "", 412
            assert request.mimetype == "text/plain"
            text[0] = f"{number + 1} {request.get_data(as_text=True)}"
        return "", 204

    report = assert_no_lost_updates(
        app,
        "/",
        read=lambda body: body.decode().partition(" ")[2],
        write=str.encode,
        content_type="text/plain",
        clients=3,
        rounds=4,
    )
    assert len(report.present) == 12


def answering(method: str, *answer: Any) -> Callable[[], Any]:
    def answer_for_the_application() -> Any:
        return answer if request.method == method else None

    return answer_for_the_application


@pytest.mark.parametrize(
    ("method", "answer", "message"),
    [
        ("PUT", ("no", 422), "one client alone cannot save .* give read= and write="),
        ("PUT", ("", 204), "did not save its text; the resource has 'first'"),
        ("GET", ('{"text": "first"}', 200), "GET tells no ETag"),
    ],
)
def test_what_already_fails_alone_is_told_before_any_race(
    notes: Notes, method: str, answer: Any, message: str
) -> None:
    app = guarded(notes)
    app.before_request(answering(method, *answer))
    with pytest.raises(AssertionError, match=message):
        assert_no_lost_updates(app, "/notes/1")


@pytest.mark.parametrize(
    ("after", "said"),
    [
        (0, r'PUT changed the text, and the tag is "1" as before.* rev = rev \+ 1'),
        (3, "refused 3 times in a row"),
    ],
)
def test_a_tag_that_stays_ends_the_trial_instead_of_going_on_for_ever(
    notes: Notes, after: int, said: str
) -> None:
    app = guarded(notes)
    reads = count()

    @app.after_request
    def freeze(response: Any) -> Any:
        if request.method == "GET" and next(reads) >= after:
            response.headers["ETag"] = '"2"' if after else '"1"'
        return response

    with pytest.raises(AssertionError, match=said):
        assert_no_lost_updates(app, "/notes/1", clients=2, rounds=1)


def test_a_resource_that_goes_away_meanwhile_fails_with_the_answer(notes: Notes) -> None:
    app = guarded(notes)
    writes = count()

    @app.after_request
    def delete(response: Any) -> Any:
        if request.method == "PUT" and next(writes) == 2:
            notes.execute("DELETE FROM notes")
        return response

    with pytest.raises(AssertionError, match=r"a (GET|PUT) was answered 404"):
        assert_no_lost_updates(app, "/notes/1", clients=2, rounds=5)


def test_a_client_that_cannot_even_read_lets_nobody_wait_for_it(notes: Notes) -> None:
    app = guarded(notes)
    reads = count()

    @app.before_request
    def fail() -> Any:
        # Three reads are made alone; the next one is the first of the race.
        return ("", 500) if request.method == "GET" and next(reads) == 3 else None

    with pytest.raises(AssertionError, match="a GET was answered 500"):
        assert_no_lost_updates(app, "/notes/1", clients=3, rounds=1)


@pytest.mark.parametrize("is_served", [True, False])
def test_a_credential_that_the_server_sends_back_is_not_shown(is_served: bool) -> None:
    app = Flask(__name__)

    @app.get("/note")
    def read() -> Any:
        return {"text": "x", "you sent": request.headers["Authorization"]}, {
            "Set-Cookie": "session=s3cret"
        }

    headers = {"Authorization": "Bearer s3cret"}
    check: Any = assert_no_lost_updates if is_served else assert_conformant
    with pytest.raises(AssertionError) as caught:
        check(app, "/note", headers=headers)
    report = str(caught.value)
    assert "s3cret" not in report
    assert '"you sent":"Bearer …"' in report or '"you sent":"…"' in report
    assert "< Set-Cookie: …" in report


def test_before_there_is_any_guard_it_says_what_to_do() -> None:
    app = Flask(__name__)
    app.get("/note", endpoint="read")(lambda: {"text": "x"})
    with pytest.raises(AssertionError, match=r"guard it and the write: @require_match\(load, etag"):
        assert_no_lost_updates(app, "/note")


def test_a_write_that_is_503_is_tried_again(notes: Notes) -> None:
    app = guarded(notes)
    writes = count()

    @app.before_request
    def be_busy() -> Any:
        return ("", 503) if request.method == "PUT" and next(writes) == 2 else None

    report = assert_no_lost_updates(app, "/notes/1", clients=2, rounds=2)
    assert report.answers[503] == 1
    assert len(report.present) == 4


@pytest.mark.parametrize("broken", ["", "1-"], ids=["on all", "on the second"])
def test_a_server_that_breaks_off_is_no_failed_check(notes: Notes, broken: str) -> None:
    app = guarded(notes)

    @app.before_request
    def break_off() -> None:
        mark = request.headers.get("Precondition-Trial")
        if mark and mark.startswith(broken):
            request.environ["werkzeug.socket"].shutdown(SHUT_RDWR)

    with pytest.raises(ConnectionError, match="PUT /notes/1"):
        assert_no_lost_updates(app, "/notes/1", clients=2, rounds=1)


def test_a_server_that_is_not_there_is_no_failed_check() -> None:
    with serving(Flask(__name__)) as url:
        pass
    with pytest.raises(ConnectionRefusedError):
        assert_no_lost_updates(url, "/")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"clients": 1}, "two clients"),
        ({"rounds": 0}, "a round"),
        ({"method": "POST"}, "'PUT' or 'PATCH'"),
    ],
)
def test_an_argument_that_is_off_is_named(
    notes: Notes, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(SetupError, match=message):
        assert_no_lost_updates(guarded(notes), "/notes/1", **options)
