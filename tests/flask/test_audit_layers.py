"""What the audit finds in models, in Flask-CORS and in Flask-Compress, each one real."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Blueprint
from flask import Flask
from flask.views import MethodView
from flask_compress import Compress
from flask_cors import CORS
from flask_cors import cross_origin
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column
from sqlalchemy.orm import scoped_session
from sqlalchemy.orm import sessionmaker

from flask_preconditions import Preconditions
from flask_preconditions import precondition
from flask_preconditions import require_match
from flask_preconditions import set_defaults
from flask_preconditions.audit import audit

from .faults import Base
from .faults import Counted
from .faults import Plain
from .faults import add
from .faults import guarded
from .faults import load
from .faults import load_counted
from .faults import load_plain
from .faults import make_app
from .faults import view


@pytest.fixture
def app() -> Flask:
    return make_app()


class Named(Base):
    __tablename__ = "named"
    key: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column()
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012


def found_in(app: Flask) -> list[str]:
    return [finding.rule.id for finding in audit(app).findings]


def load_unannotated(id):  # type: ignore[no-untyped-def]
    return Plain(id=id, stamp="1")


@pytest.mark.parametrize(
    ("loader", "found"),
    [
        (load_plain, ["model-without-version"]),
        (load_unannotated, ["model-without-version"]),
        (load_counted, []),
        (load, []),
    ],
)
def test_a_loader_of_rows_without_versions_is_found(
    app: Flask, loader: Callable[..., Any], found: list[str]
) -> None:
    guard = require_match(loader, etag="stamp")
    add(app, "GET", "/rows/<id>", guard(view))
    add(app, "PUT", "/rows/<id>", guard(view))
    assert found_in(app) == found


def test_a_view_that_confirms_its_write_needs_no_version_column(app: Flask) -> None:
    def save(id: int) -> str:
        precondition.confirm(1)
        return "saved"

    add(app, "GET", "/rows/<id>", require_match(load_plain, etag="stamp")(view))
    add(app, "PUT", "/rows/<id>", require_match(load_plain, etag="stamp")(save))
    assert found_in(app) == []


def test_a_loader_that_is_a_method_is_looked_at_too(app: Flask) -> None:
    class Row(MethodView):
        def find(self, id: int) -> Plain | None:
            return Plain(id=id, stamp="1")

        @require_match("find", etag="stamp")
        def get(self, id: int) -> str:
            return "read"

        @require_match("find", etag="stamp")
        def put(self, id: int) -> str:
            return "saved"

    app.add_url_rule("/rows/<id>", view_func=Row.as_view("row"))
    assert found_in(app) == ["model-without-version"]


def test_suffixes_that_a_blueprint_knows_are_known() -> None:
    app = Flask(__name__)
    shop = Blueprint("shop", __name__, url_prefix="/shop")
    set_defaults(shop, etag_suffixes=[":gzip"])
    shop.get("/doc")(guarded(view))
    app.register_blueprint(shop)
    app.config["COMPRESS_ALGORITHM"] = ["gzip"]
    Compress(app)
    assert found_in(app) == []


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ({}, ["cors-hidden-etag"]),
        ({"expose_headers": ["ETag"]}, []),
        ({"expose_headers": "etag, Location"}, []),
        ({"expose_headers": ["*"]}, []),
        ({"expose_headers": ["ETag"], "allow_headers": ["If-*"]}, []),
        ({"expose_headers": ["ETag"], "allow_headers": "If-Match"}, []),
        ({"expose_headers": ["ETag"], "allow_headers": ["X-A"]}, ["cors-blocked-condition"]),
        ({"expose_headers": ["ETag"], "allow_headers": ["X-A"], "methods": ["GET"]}, []),
        ({"origins": ["https://a.example"]}, ["cors-hidden-etag"]),
        ({"supports_credentials": True}, ["cors-hidden-etag"]),
        ({"resources": {"/fine": {}}}, ["cors-hidden-etag"]),
        ({"resources": {"/other": {}}}, []),
    ],
)
def test_what_cors_keeps_from_other_origins_is_found(
    app: Flask, options: dict[str, Any], found: list[str]
) -> None:
    CORS(app, **options)
    assert found_in(app) == found


def test_cors_of_a_blueprint_is_asked_for_its_routes_only(app: Flask) -> None:
    api = Blueprint("api", __name__)
    CORS(api)
    app.register_blueprint(api, url_prefix="/api")
    assert found_in(app) == []
    other = Blueprint("other", __name__)
    CORS(other)
    other.add_url_rule("/", "read", guarded(view))
    app.register_blueprint(other, url_prefix="/other")
    assert found_in(app) == ["cors-hidden-etag"]


def test_compression_is_fine_once_its_suffixes_are_known(app: Flask) -> None:
    app.config["COMPRESS_ALGORITHM"] = ["br", "gzip"]
    app.config["PRECONDITIONS_ETAG_SUFFIXES"] = ["-gzip"]
    Compress(app)
    [finding] = audit(app).findings
    assert finding.fix == "PRECONDITIONS_ETAG_SUFFIXES = ['-gzip', ':br', ':gzip']"
    del app.extensions["preconditions"]
    app.config["PRECONDITIONS_ETAG_SUFFIXES"] = ["-gzip", ":br", ":gzip"]
    assert found_in(app) == []


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ({}, ["cors-hidden-etag"]),
        ({"expose_headers": ["ETag"]}, []),
        ({"expose_headers": ["ETag"], "allow_headers": ["X-A"]}, ["cors-blocked-condition"]),
        ({"allow_headers": ["X-A"]}, ["cors-hidden-etag", "cors-blocked-condition"]),
        ({"expose_headers": ["ETag"], "allow_headers": ["X-A"], "methods": ["GET"]}, []),
        ({"origins": ["https://a.example"]}, ["cors-hidden-etag"]),
    ],
)
def test_what_cross_origin_keeps_from_other_origins_is_found_at_its_view(
    app: Flask, options: dict[str, Any], found: list[str]
) -> None:
    add(app, "PATCH", "/fine", cross_origin(**options)(guarded(view)))
    findings = audit(app).findings
    assert [finding.rule.id for finding in findings] == found
    assert {finding.route for finding in findings} <= {"PATCH /fine"}


def test_cross_origin_of_a_view_counts_before_that_of_the_application(app: Flask) -> None:
    CORS(app, expose_headers=["ETag"])
    add(app, "PATCH", "/fine", cross_origin()(guarded(view)))
    assert found_in(app) == ["cors-hidden-etag"]


def test_the_settings_of_the_application_count_for_cross_origin_too(app: Flask) -> None:
    app.config["CORS_EXPOSE_HEADERS"] = "ETag"
    add(app, "PATCH", "/fine", cross_origin()(guarded(view)))
    assert found_in(app) == []


@pytest.mark.parametrize(
    ("rule", "found"),
    [
        ("/counted/<slug>", ["unfit-url-value"]),
        ("/counted/<int:number>", []),
        ("/counted/<id>", []),
        ("/counted/<counted_id>", []),
        ("/counted/<counted>", []),
        ("/counted/<version>", []),
    ],
)
def test_a_text_in_the_url_is_no_integer_key(app: Flask, rule: str, found: list[str]) -> None:
    Preconditions(app, session=scoped_session(sessionmaker()))
    add(app, "GET", rule, require_match(Counted)(view))
    assert found_in(app) == found


def test_a_text_in_the_url_is_compared_with_a_key_of_text(app: Flask) -> None:
    Preconditions(app, session=scoped_session(sessionmaker()))
    add(app, "GET", "/named/<slug>", require_match(Named)(view))
    assert found_in(app) == []
