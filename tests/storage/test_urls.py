"""Every value of a URL takes part in finding the row, in one spelling only."""

from collections.abc import Iterator
from datetime import date
from datetime import timedelta
from functools import wraps
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask import Flask
from flask import request
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import Session
from sqlalchemy.orm import mapped_column
from sqlalchemy.orm import synonym
from werkzeug.routing import BaseConverter

from flask_preconditions import SetupError
from flask_preconditions import require_match
from flask_preconditions.sqlalchemy import ModelSource
from flask_preconditions.sqlalchemy import cas

from .conftest import CURRENT
from .conftest import Database
from .conftest import make_app


class Base(DeclarativeBase):
    type_annotation_map = {str: sa.String(80)}  # noqa: RUF012


class Bill(Base):
    __tablename__ = "bills"
    id: Mapped[int] = mapped_column(primary_key=True)
    payer_id: Mapped[int]
    _number: Mapped[int] = mapped_column("number")
    number = synonym("_number")
    version: Mapped[int] = mapped_column()
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012

    @hybrid_property
    def half(self) -> int:
        return self._number / 2  # type: ignore[return-value]


class Project(Base):
    __tablename__ = "projects"
    id: Mapped[int] = mapped_column(primary_key=True)


class Day(Base):
    __tablename__ = "days"
    day: Mapped[date] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column()
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012


class Step(Base):
    __tablename__ = "steps"
    span: Mapped[timedelta] = mapped_column(primary_key=True)
    done: Mapped[bool] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column()
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012


class Token(Base):
    __tablename__ = "tokens"
    id: Mapped[UUID] = mapped_column(sa.Uuid, primary_key=True)
    version: Mapped[int] = mapped_column()
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012


class Key(Base):
    """A row whose key is a UUID in the database and a text in Python."""

    __tablename__ = "api_keys"
    id: Mapped[str] = mapped_column(sa.Uuid(as_uuid=False), primary_key=True)
    version: Mapped[int] = mapped_column()
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012


class Member(Base):
    __tablename__ = "members"
    name: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column()
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012


class OtherBase(DeclarativeBase):
    pass


class Paper(OtherBase):
    __tablename__ = "papers"
    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column()
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012


class Receipt(Paper):
    __tablename__ = "receipts"
    id: Mapped[int] = mapped_column(primary_key=True)
    __mapper_args__ = {"concrete": True}  # noqa: RUF012


class Folded(sa.TypeDecorator[str]):
    impl = sa.String(80)
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: sa.Dialect) -> str | None:
        return value and value.lower()


class Nick(Base):
    """A row whose name is stored in lower case, whatever the view gives."""

    __tablename__ = "nicks"
    name: Mapped[str] = mapped_column(Folded, primary_key=True)
    version: Mapped[int] = mapped_column()
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012


class Packed(sa.TypeDecorator[UUID]):
    """A UUID in sixteen bytes, as before databases had a type for it."""

    impl = sa.LargeBinary(16)
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> Any:
        return sa.BINARY(16) if dialect.name == "mysql" else self.impl

    def process_bind_param(self, value: Any, dialect: sa.Dialect) -> bytes:
        return UUID(str(value)).bytes

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> UUID:
        return UUID(bytes=bytes(value))


class Parcel(Base):
    __tablename__ = "parcels"
    id: Mapped[UUID] = mapped_column(Packed, primary_key=True)
    version: Mapped[int] = mapped_column()
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012


TOKEN = UUID("00000000-0000-0000-0000-00000000000a")


@pytest.fixture(autouse=True)
def contents(db: Database) -> Iterator[None]:
    Base.metadata.drop_all(db.engine)
    Base.metadata.create_all(db.engine)
    with Session(db.engine) as session:
        session.add_all([Bill(id=10, payer_id=2, number=4), Bill(id=4, payer_id=1, number=10)])
        session.add_all([Day(day=date(2026, 1, 2)), Token(id=TOKEN), Member(name="ada")])
        session.add_all([Key(id=str(TOKEN)), Step(span=timedelta(seconds=90), done=True)])
        session.commit()
    yield
    db.session.remove()
    Base.metadata.drop_all(db.engine)


def app_with(db: Database, load: Any, rule: str) -> Flask:
    app = make_app(db.session)
    view = require_match(load)(lambda **_: "found")
    app.add_url_rule(rule, "view", view, methods=["GET", "PATCH", "DELETE"])
    return app


@pytest.mark.parametrize(
    "rule",
    [
        "/projects/<project_id>/bills/<int:bill_id>",
        "/<lang>/bills/<int:id>",
        "/projects/<int:project_id>/bill",
        "/projects/<int:project>/bill",
        "/bills/<int:versions>/<int:id>",
    ],
)
@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_a_value_that_is_no_column_is_refused(rule: str, method: str, db: Database) -> None:
    client = app_with(db, Bill, rule).test_client()
    path = rule.replace("<project_id>", "other").replace("<lang>", "en")
    for name in (
        "<int:bill_id>",
        "<int:id>",
        "<int:project_id>",
        "<int:project>",
        "<int:versions>",
    ):
        path = path.replace(name, "10")
    with pytest.raises(SetupError, match=r'no column.*@require_match\(load_bill, etag="version"'):
        client.open(path, method=method, headers=CURRENT)


def test_the_line_to_write_is_told_before_any_request() -> None:
    with pytest.raises(SetupError, match="project_id is no column of Bill"):
        ModelSource(Bill).check_route(frozenset({"project_id", "bill_id"}), frozenset())
    ModelSource(Bill).check_route(frozenset({"payer_id", "bill_id"}), frozenset())


@pytest.mark.parametrize(
    ("constants", "status"),
    [({"lang": "en"}, 200), ({"payer_id": 2}, 200), ({"payer_id": 1}, 404)],
    ids=["no column", "column", "another's"],
)
def test_a_constant_of_the_route_is_compared_where_it_is_a_column(
    constants: dict[str, Any], status: int, db: Database
) -> None:
    app = make_app(db.session)
    view = require_match(Bill)(lambda **_: "found")
    app.add_url_rule("/bills/<int:id>", "view", view, defaults=constants, methods=["GET", "PATCH"])
    client = app.test_client()
    assert client.get("/bills/10").status_code == status
    assert client.patch("/bills/10", headers=CURRENT).status_code == status


def test_a_value_that_a_decorator_takes_out_is_compared(db: Database) -> None:
    app = make_app(db.session)

    def for_payer(view: Any) -> Any:
        @wraps(view)
        def checked(payer_id: int, **others: Any) -> Any:
            return view(**others)

        return checked

    @app.get("/payers/<int:payer_id>/bills/<int:id>")
    @for_payer
    @require_match(Bill)
    def view(id: int) -> str:
        return "found"

    client = app.test_client()
    assert client.get("/payers/2/bills/10").status_code == 200
    assert client.get("/payers/1/bills/10").status_code == 404


def test_a_value_that_a_preprocessor_takes_out_is_compared(db: Database) -> None:
    app = app_with(db, Bill, "/payers/<int:payer_id>/bills/<int:id>")

    @app.url_value_preprocessor
    def pop(endpoint: str | None, values: dict[str, Any] | None) -> None:
        if values:
            values.pop("payer_id", None)

    client = app.test_client()
    assert client.get("/payers/2/bills/10").status_code == 200
    assert client.get("/payers/1/bills/10").status_code == 404


@pytest.mark.parametrize("name", ["number", "_number", "half"])
def test_a_synonym_or_hybrid_is_what_it_says(name: str, db: Database) -> None:
    app = make_app(db.session)
    view = require_match(Bill)(lambda bill, **_: str(bill.id))
    app.add_url_rule(f"/<int:{name}>", "view", view)
    path = "/2" if name == "half" else "/4"
    assert app.test_client().get(path).text == "10"


@pytest.mark.parametrize(
    "spelled", ["1_0", "+10", " 10", "１0", "10%0a", "010", "10.0", "1e1", "0xa"]
)
def test_a_number_has_one_spelling(spelled: str, db: Database) -> None:
    client = app_with(db, Bill, "/bills/<id>").test_client()
    assert client.get("/bills/10").status_code == 200
    assert client.get(f"/bills/{spelled}").status_code == 404


@pytest.mark.parametrize("model", [Token, Key])
@pytest.mark.parametrize(
    "spelled", [f"urn:uuid:{TOKEN}", f"{{{TOKEN}}}", TOKEN.hex, str(TOKEN).upper(), f"{TOKEN}-"]
)
def test_a_uuid_has_one_spelling(spelled: str, model: Any, db: Database) -> None:
    client = app_with(db, model, "/tokens/<id>").test_client()
    assert client.get(f"/tokens/{TOKEN}").status_code == 200
    for method in ("GET", "PATCH", "DELETE"):
        response = client.open(f"/tokens/{spelled}", method=method, headers=CURRENT)
        assert response.status_code == 404


def creating(db: Database, model: Any, rule: str) -> Flask:
    app = make_app(db.session)

    @require_match(model, create=True, into="row")
    def view(row: Any, **key: Any) -> Any:
        if request.method == "PUT":
            db.session.add(model(**key))
            if "commit" in request.args:
                db.session.commit()
            return "", 201
        return "found"

    app.add_url_rule(rule, "view", view, methods=["GET", "PUT"])
    return app


@pytest.mark.parametrize("model", [Token, Key])
def test_nothing_is_created_under_another_spelling(model: Any, db: Database) -> None:
    client = creating(db, model, "/tokens/<id>").test_client()
    new = str(UUID(int=TOKEN.int + 1))
    for spelled in (new.upper(), new.replace("-", ""), f"urn:uuid:{new}", f"{new}-", "new"):
        response = client.put(f"/tokens/{spelled}", headers={"If-None-Match": "*"})
        assert (response.status_code, spelled) == (404, spelled)
        assert client.get(f"/tokens/{new}").status_code == 404
    assert db.rows(f"SELECT count(*) FROM {model.__tablename__}") == [(1,)]


@pytest.mark.parametrize("commit", ["", "?commit"])
def test_what_is_stored_under_another_spelling_is_not_created(commit: str, db: Database) -> None:
    client = creating(db, Nick, "/nicks/<name>").test_client()
    with pytest.raises(SetupError, match="no Nick with name='Ada'; create it under the key"):
        client.put(f"/nicks/Ada{commit}", headers={"If-None-Match": "*"})
    if not commit:
        assert db.rows("SELECT name FROM nicks") == []
    assert client.put("/nicks/bo", headers={"If-None-Match": "*"}).status_code == 201
    assert client.get("/nicks/bo").status_code == 200


def test_a_key_of_a_type_of_ones_own_is_created_and_found(db: Database) -> None:
    app = make_app(db.session)

    @app.route("/<id>", methods=["GET", "PUT"])
    @require_match(Parcel, create=True)
    def view(id: str, parcel: Parcel | None) -> tuple[str, int]:
        if parcel is None:
            db.session.add(Parcel(id=UUID(id)))
            db.session.flush()
        return id, 201

    client = app.test_client()
    create = {"If-None-Match": "*"}
    assert client.get("/nothing-of-the-kind").status_code == 404
    assert client.put(f"/{TOKEN}", headers=create).status_code == 201
    assert client.put(f"/{TOKEN}", headers=create).status_code == 412
    assert client.get(f"/{TOKEN}").headers["ETag"] == '"1"'
    assert client.get(f"/{str(TOKEN).upper()}").status_code == 404


@pytest.mark.parametrize("spelled", ["20260102", "2026-W01-5", "2026-1-2", "today"])
def test_a_date_has_one_spelling(spelled: str, db: Database) -> None:
    client = app_with(db, Day, "/days/<day>").test_client()
    assert client.get("/days/2026-01-02").status_code == 200
    assert client.get(f"/days/{spelled}").status_code == 404


class SpanConverter(BaseConverter):
    regex = r"\d+s"

    def to_python(self, value: str) -> timedelta:
        return timedelta(seconds=int(value[:-1]))


def test_a_span_or_a_truth_is_what_a_converter_makes_of_it(db: Database) -> None:
    app = make_app(db.session)
    app.url_map.converters["span"] = SpanConverter
    view = require_match(Step)(lambda **_: "found")
    app.add_url_rule("/<span:span>/<int:done>", "view", view)
    app.add_url_rule("/<span>/<done>", "text", view)
    client = app.test_client()
    assert client.get("/90s/1").status_code == 200
    for path in ("/90s/0", "/90s/2", "/90s/true", "/90/1", "/0:01:30/1", "/00:01:30/t"):
        assert client.get(path).status_code == 404


@pytest.mark.parametrize("spelled", ["ADA", "Ada", "ada%20", "ad%C3%A0"])
def test_a_collation_makes_no_second_name(spelled: str, db: Database) -> None:
    client = app_with(db, Member, "/members/<name>").test_client()
    assert client.get("/members/ada").status_code == 200
    assert client.get(f"/members/{spelled}").status_code == 404


def test_a_concrete_subclass_without_its_version_is_told_so() -> None:
    with pytest.raises(SetupError, match="concrete class"):
        require_match(Receipt, guard=cas())
