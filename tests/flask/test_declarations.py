"""What is told of a guard that is declared wrongly, at the line where it is written."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from flask import Blueprint
from flask import Flask
from flask.views import MethodView

from flask_preconditions import SetupError
from flask_preconditions import check
from flask_preconditions import conditional
from flask_preconditions import etag_for
from flask_preconditions import precondition
from flask_preconditions import require_match
from flask_preconditions import set_defaults

from .faults import Counted

HERE = Path(__file__).read_text().splitlines()
DOC = {"rev": "1", "text": "first"}


def load(id: str) -> dict[str, str]:
    return DOC


def line(code: str) -> int:
    """The one line of this file that holds the code."""
    [found] = [n for n, text in enumerate(HERE, 1) if code in text and "told(" not in text]
    return found


def told(error: pytest.ExceptionInfo[SetupError], code: str) -> str:
    """The text of an error without its place, which must be the line that holds the code."""
    place = f"tests/flask/test_declarations.py:{line(code)}: "
    assert str(error.value).startswith(place)
    return str(error.value).removeprefix(place)


def row() -> sqlite3.Row:
    with closing(sqlite3.connect(":memory:")) as db:
        db.row_factory = sqlite3.Row
        found: sqlite3.Row = db.execute("SELECT 1 AS rev").fetchone()
        return found


@pytest.mark.parametrize("target", [DOC, row(), 7, [DOC]])
def test_a_target_in_place_of_its_loader_is_named(target: Any) -> None:
    with pytest.raises(SetupError) as error:
        require_match(target, etag="rev")  # a target
    assert told(error, "  # a target").startswith(
        f"require_match() got a {type(target).__name__}, and needs what loads it; "
        'write the function without calling it: @require_match(get_doc, etag="rev")'
    )


def test_an_object_of_a_model_in_place_of_the_model_is_named() -> None:
    with pytest.raises(SetupError) as error:
        require_match(Counted(id=1, version=1))
    assert told(error, "require_match(Counted(id=1") == (
        "require_match() got a Counted, and needs what loads it; write the class: "
        "@require_match(Counted)"
    )


def test_a_guard_without_parentheses_is_told_what_it_takes() -> None:
    def decorate() -> None:
        @require_match  # bare
        def save(id: str) -> str:
            return id

    with pytest.raises(SetupError) as error:
        decorate()
    assert told(error, "@require_match  # bare") == (
        "@require_match stands without its parentheses; say what loads the target: "
        '@require_match(get_doc, etag="rev")'
    )


def test_a_guard_on_a_class_is_told_where_it_goes() -> None:
    with pytest.raises(SetupError) as error:

        @require_match(load, etag="rev")  # on a class
        class Doc(MethodView):
            pass

    assert told(error, '@require_match(load, etag="rev")  # on a class') == (
        "a class is no view: put the guard on the methods of Doc, or on all of them with "
        "decorators = [require_match(…)] in its body"
    )


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (
            lambda: require_match(load, etga="rev"),  # type: ignore[call-arg]
            "require_match() takes no etga=; did you mean etag=?",
        ),
        (
            lambda: conditional(load, etag="rev", vray=["Accept"]),  # type: ignore[call-arg]
            "conditional() takes no vray=; did you mean vary=?",
        ),
        (
            lambda: conditional(load, etag="rev", require="none"),  # type: ignore[call-arg]
            "conditional() asks for no condition, and takes no require=; write @require_match(…)",
        ),
        (
            lambda: set_defaults(Blueprint("a", __name__), requier="none"),  # type: ignore[call-arg]
            "set_defaults() takes no requier=; did you mean require=?",
        ),
        (
            lambda: set_defaults(Blueprint("a", __name__), vary=["Accept"]),  # type: ignore[call-arg]
            "vary= is an option of one view, and no default",
        ),
    ],
)
def test_a_misspelt_option_is_told_the_nearest_name(make: Callable[[], Any], text: str) -> None:
    with pytest.raises(SetupError) as error:
        make()
    assert str(error.value).endswith(f": {text}")
    assert str(error.value).startswith("tests/flask/test_declarations.py:")


def test_a_misspelt_option_of_a_check_is_told_the_nearest_name() -> None:
    with Flask(__name__).test_request_context(), pytest.raises(SetupError) as error:
        check(DOC, etag="rev", disclsoe="none")  # type: ignore[call-arg]
    assert told(error, 'disclsoe="none")') == (
        "check() takes no disclsoe=; did you mean disclose=?"
    )


@pytest.mark.parametrize(
    ("option", "function", "text"),
    [
        ("etag", lambda: "1", "etag= is called with the target, and <lambda>() takes no argument"),
        (
            "last_modified",
            lambda target, zone: None,
            "last_modified= is called with the target, and <lambda>() takes target, zone",
        ),
        (
            "allow",
            lambda: True,
            "allow= is called with the target, and <lambda>() takes no argument",
        ),
        (
            "already_applied",
            lambda: True,
            "already_applied= is called with the target, and <lambda>() takes no argument",
        ),
        (
            "resource",
            lambda: "/",
            "resource= is called with the target, and <lambda>() takes no argument",
        ),
        (
            "headers",
            lambda: {"a": "b"},
            "headers= is called with the target, and <lambda>() takes no argument",
        ),
        (
            "disclose",
            lambda: {"a": "b"},
            "disclose= is called with the target, and <lambda>() takes no argument",
        ),
        (
            "require",
            lambda: True,
            "require= is called with the request, and <lambda>() takes no argument",
        ),
    ],
)
def test_a_function_of_another_arity_is_told_what_it_gets(
    option: str, function: Any, text: str
) -> None:
    options: Any = {"etag": "rev", option: function}
    with pytest.raises(SetupError) as error:
        require_match(load, **options)
    assert told(error, "require_match(load, **options)") == text


def test_functions_that_take_one_argument_are_let_through() -> None:
    for function in (len, lambda target, zone=None: "1", lambda *args: "1", str):
        require_match(load, etag=function)


@pytest.fixture
def app() -> Flask:
    app = Flask(__name__)
    app.testing = True
    return app


def outer(view: Callable[..., Any]) -> Callable[..., Any]:
    """A decorator of the application's own, which is not the line to change."""

    def decorated(**kwargs: Any) -> Any:
        return view(**kwargs)

    decorated.__name__ = view.__name__
    return decorated


def test_what_the_guard_gets_wrong_is_told_at_the_guard(app: Flask) -> None:
    @app.get("/docs/<id>")
    @outer
    @require_match(load, etag="revision")  # misspelt
    def read(id: str) -> str:
        return id

    with pytest.raises(SetupError) as error:
        app.test_client().get("/docs/1")
    assert told(error, 'etag="revision")  # misspelt') == (
        "etag='revision', but the loaded dict has no 'revision'; name one of its keys or "
        "attributes, or pass a function: etag=lambda target: …"
    )


def test_a_quoted_tag_is_told_at_the_guard(app: Flask) -> None:
    @app.get("/docs/<id>")
    @require_match(load, etag=lambda doc: '"1"')
    def read(id: str) -> str:
        return id

    with pytest.raises(SetupError) as error:
        app.test_client().get("/docs/1")
    assert told(error, """etag=lambda doc: '"1"')""").startswith(
        """etag: '"1"' cannot be an entity tag"""
    )


def test_a_loader_that_asks_for_another_name_is_told_at_the_guard(app: Flask) -> None:
    @app.get("/docs/<name>")
    @require_match(load, etag="rev")  # asks for id
    def read(name: str) -> str:
        return name

    with pytest.raises(SetupError) as error:
        app.test_client().get("/docs/1")
    assert told(error, 'etag="rev")  # asks for id') == (
        "the loader load() asks for 'id', but the URL gives name; call the parameter as the URL "
        "does, or let a decorator above the guard add it"
    )


def test_a_write_that_nothing_confirms_is_told_at_the_view(app: Flask) -> None:
    @app.put("/docs/<id>")  # confirms nothing
    @require_match(load, etag="rev")
    def save(id: str) -> str:
        return id

    with pytest.raises(SetupError) as error:
        app.test_client().put("/docs/1", headers={"If-Match": '"1"'})
    assert told(error, "# confirms nothing").startswith("nothing says that the write of save")


def test_a_confirmation_of_nothing_is_told_at_its_line(app: Flask) -> None:
    @app.put("/docs/<id>")
    @outer
    @require_match(load, etag="rev")
    def save(id: str) -> str:
        precondition.confirm(None)  # type: ignore[call-overload]
        return id

    with pytest.raises(SetupError) as error:
        app.test_client().put("/docs/1", headers={"If-Match": '"1"'})
    told(error, "precondition.confirm(None)  # type")


def test_an_item_without_a_tag_is_told_at_its_line(app: Flask) -> None:
    @app.get("/docs")
    def listing() -> dict[str, str]:
        return {"etag": etag_for(DOC, "version")}

    with pytest.raises(SetupError) as error:
        app.test_client().get("/docs")
    told(error, 'etag_for(DOC, "version")')


def test_outside_of_any_function_the_line_is_that_of_the_mistake() -> None:
    with pytest.raises(SetupError) as error:
        bool(precondition.decision)
    told(error, "bool(precondition.decision)")


def test_a_file_that_is_not_below_the_working_directory_is_named_whole(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SetupError, match=f"^{Path(__file__).as_posix()}:"):
        require_match(None)


def test_a_loader_that_is_a_method_is_told_to_be_named(app: Flask) -> None:
    class Doc(MethodView):
        def load(self, id: str) -> dict[str, str]:
            return DOC

        @require_match(load, etag="rev")  # a method
        def get(self, id: str) -> str:
            return id

    app.add_url_rule("/docs/<id>", view_func=Doc.as_view("doc"))
    with pytest.raises(SetupError) as error:
        app.test_client().get("/docs/1")
    assert told(error, "# a method") == (
        "the loader load() is a method, and of no object here; name it, and it is called on the "
        'view: @require_match("load", …)'
    )


def test_a_target_without_validators_says_so_where_its_write_is_refused(
    app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    @app.put("/docs/<id>")
    @require_match(lambda id: {"rev": None}, etag="rev")  # nothing in it
    def save(id: str) -> str:
        precondition.confirm(True)
        return id

    client = app.test_client()
    assert client.put("/docs/1", headers={"If-Match": "*"}).status_code == 200
    assert caplog.records == []
    assert client.put("/docs/1", headers={"If-Match": '"1"'}).status_code == 412
    place, _, text = caplog.records[0].getMessage().partition(": ")
    assert HERE[int(place.rpartition(":")[2]) - 1].endswith("# nothing in it")
    assert text == (
        "the target of save has neither tag nor date, so no condition but * can hold (etag=rev "
        "gave None); fill it once where it is stored"
    )
