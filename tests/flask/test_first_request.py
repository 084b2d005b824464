"""A mistake in the set-up is told at the first request, with the line to change."""

import logging
from collections.abc import Callable
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Blueprint
from flask import Flask
from flask import request_started
from sqlalchemy.orm import scoped_session
from sqlalchemy.orm import sessionmaker

from flask_preconditions import Preconditions
from flask_preconditions import SetupError
from flask_preconditions import require_match
from flask_preconditions.first_request import FirstRequests
from flask_preconditions.request.targets import LoaderSource

from .faults import Counted
from .faults import guarded
from .faults import make_app
from .faults import view

Mistake = Callable[[Flask], object]

HERE = Path(__file__).read_text().splitlines()
SAVE_LINE = HERE.index("    @guarded") + 1
DOK_LINE = HERE.index("    def edit(doc: object) -> str:") + 4
VIEW_LINE = view.__code__.co_firstlineno


def guard_above_the_route(app: Flask) -> None:
    @guarded
    @app.route("/docs/<id>", methods=["GET", "PUT"])
    def save(id: str) -> str:
        return "saved"


def no_session(app: Flask) -> None:
    Preconditions(app)
    app.patch("/counted/<int:id>")(require_match(Counted)(view))


def late_setting(app: Flask) -> None:
    Preconditions(app)
    app.config["PRECONDITIONS_REQUIRE"] = "none"


def misspelt_setting(app: Flask) -> None:
    app.config["PRECONDITION_REQUIRE"] = "none"


def slug_for_a_number(app: Flask) -> None:
    Preconditions(app, session=scoped_session(sessionmaker()))
    app.get("/counted/<slug>")(require_match(Counted)(view))


def misspelt_into(app: Flask) -> None:
    def edit(doc: object) -> str:
        return "edited"

    app.patch("/docs")(require_match(lambda: {"rev": "1"}, etag="rev", into="dok")(edit))


TEXTS: list[tuple[Mistake, str]] = [
    (
        guard_above_the_route,
        f"tests/flask/test_first_request.py:{SAVE_LINE}: the guard of save never runs: move "
        f"@guarded (test_first_request.py:{SAVE_LINE}) below @app.route\n"
        '    @app.route("/docs/<id>")  # move @guarded below this line',
    ),
    (
        no_session,
        f"tests/flask/faults.py:{VIEW_LINE}: nobody said which session loads the models of "
        "PATCH /counted/<int:id>\n"
        "    Preconditions(app, session=db_session)  # a scoped_session, or lambda: db.session",
    ),
    (
        late_setting,
        "PRECONDITIONS_REQUIRE was set after Preconditions(app), which did not see it\n"
        "    Preconditions(app)  # below the last line that changes app.config",
    ),
    (
        misspelt_setting,
        "PRECONDITION_REQUIRE is read by nobody; did you mean PRECONDITIONS_REQUIRE?\n"
        "    app.config[\"PRECONDITIONS_REQUIRE\"] = 'none'",
    ),
    (
        slug_for_a_number,
        f"tests/flask/faults.py:{VIEW_LINE}: Counted has no slug, so <slug> is compared with "
        "the integer id\n"
        '    "/counted/<int:id>"  # or a column slug',
    ),
    (
        misspelt_into,
        f"tests/flask/test_first_request.py:{DOK_LINE}: into='dok', but edit() takes no dok\n"
        "    into='doc'",
    ),
]


@pytest.mark.parametrize(("make", "text"), TEXTS, ids=[make.__name__ for make, _ in TEXTS])
@pytest.mark.parametrize("mode", ["DEBUG", "TESTING"])
def test_a_mistake_is_an_error_in_debug_and_test_mode(make: Mistake, text: str, mode: str) -> None:
    app = make_app()
    make(app)
    app.config[mode] = True
    with pytest.raises(SetupError) as raised:
        app.test_client().get("/fine")
    assert str(raised.value) == f"the set-up of this app has a mistake:\n{text}"


@pytest.mark.parametrize(("make", "text"), TEXTS, ids=[make.__name__ for make, _ in TEXTS])
def test_a_mistake_is_logged_once_in_production(
    make: Mistake, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    app = make_app()
    make(app)
    client = app.test_client()
    assert [client.get("/fine").status_code for _ in range(3)] == [200, 200, 200]
    assert [(r.levelno, r.getMessage()) for r in caplog.records] == [
        (logging.ERROR, f"the set-up of this app has a mistake:\n{text}")
    ]


def test_in_debug_mode_every_request_fails_until_the_mistake_is_mended() -> None:
    app = make_app()
    app.testing = True
    misspelt_setting(app)
    for _ in range(2):
        with pytest.raises(SetupError):
            app.test_client().get("/fine")
    del app.config["PRECONDITION_REQUIRE"]
    assert app.test_client().get("/fine").status_code == 200


def test_several_mistakes_are_told_together() -> None:
    app = make_app()
    app.testing = True
    misspelt_setting(app)
    late_setting(app)
    with pytest.raises(SetupError, match=r"^the set-up of this app has 2 mistakes:\n") as raised:
        app.test_client().get("/fine")
    assert str(raised.value).count("\n    ") == 2


def test_a_write_whose_guard_is_above_its_route_is_refused_in_production(
    caplog: pytest.LogCaptureFixture,
) -> None:
    app = make_app()
    guard_above_the_route(app)
    client = app.test_client()
    assert client.put("/docs/1", headers={"If-Match": '"0"'}).status_code == 500
    assert client.get("/docs/1").status_code == 200
    assert client.get("/fine").status_code == 200


def test_the_only_guard_of_an_app_is_looked_at_though_it_never_runs() -> None:
    app = Flask(__name__)
    app.testing = True
    guard_above_the_route(app)
    with pytest.raises(SetupError, match="the guard of save never runs"):
        app.test_client().put("/docs/1")


@pytest.fixture
def waiting() -> Iterator[FirstRequests]:
    waiting = FirstRequests()
    yield waiting
    request_started.disconnect(waiting._arrive)


def test_after_the_first_request_nobody_listens(waiting: FirstRequests) -> None:

    def is_listening(app: Flask) -> bool:
        return any(heard == waiting._arrive for heard in request_started.receivers_for(app))

    app, other = make_app(), make_app()
    waiting.expect(app)
    other.test_client().get("/fine")
    assert is_listening(app)
    app.test_client().get("/fine")
    assert not is_listening(app)


def test_who_only_guards_a_view_waits_for_an_app_that_has_it(waiting: FirstRequests) -> None:
    waiting.expect()
    Flask(__name__).test_client().get("/")  # another one, of somebody else
    app = make_app()
    misspelt_setting(app)
    app.testing = True
    with pytest.raises(SetupError):
        app.test_client().get("/fine")


def test_each_app_is_looked_at_though_a_blueprint_is_shared() -> None:
    for key in ("PRECONDITIONS_REQUIRE", "PRECONDITIONS_DISCLOSE"):
        app = Flask(__name__)
        app.testing = True
        Preconditions(app)
        app.config[key] = "none"
        app.get("/fine")(guarded(view))
        with pytest.raises(SetupError, match=key):
            app.test_client().get("/fine")


def test_an_app_that_cannot_be_looked_at_still_answers_in_production(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Broken(LoaderSource):
        def check_route(self, arguments: frozenset[str], constants: frozenset[str]) -> None:
            raise RuntimeError("broken")

    app = make_app()
    app.get("/broken")(require_match(Broken(lambda: None, "rev"))(view))
    client = app.test_client()
    assert [client.get("/fine").status_code for _ in range(2)] == [200, 200]
    told = [r.getMessage() for r in caplog.records]
    assert told == ["the set-up of this app cannot be looked at"]


@pytest.mark.parametrize("scope", ["app", "blueprint"])
@pytest.mark.parametrize("mistake", [misspelt_setting, None])
def test_no_handler_of_the_application_swallows_a_mistake(
    scope: str, mistake: Mistake | None, caplog: pytest.LogCaptureFixture
) -> None:
    app = make_app()
    shop = Blueprint("shop", __name__, url_prefix="/shop")

    @shop.get("/doc")
    @require_match(lambda: {"rev": "1"}, etag="revision")
    def read() -> str:
        return "read"

    def answer(error: Exception) -> tuple[dict[str, str], int]:
        return {"error": type(error).__name__}, 500

    (app if scope == "app" else shop).register_error_handler(Exception, answer)
    app.register_blueprint(shop)
    if mistake:
        mistake(app)
    app.testing = True
    with pytest.raises(SetupError):
        app.test_client().get("/shop/doc")
    app.testing = False
    response = app.test_client().get("/shop/doc")
    assert (response.status_code, response.json) == (500, {"error": "InternalServerError"})
    [record] = [r for r in caplog.records if r.exc_info]
    assert record.levelno == logging.ERROR
    assert record.exc_info
    assert "revision" in str(record.exc_info[1])


def test_a_handler_of_its_own_for_mistakes_stays(caplog: pytest.LogCaptureFixture) -> None:
    app = make_app()
    app.testing = True
    misspelt_setting(app)
    app.register_error_handler(Exception, lambda error: ("other", 500))
    app.register_error_handler(SetupError, lambda error: ("mistake", 500))
    assert app.test_client().get("/fine").text == "mistake"
