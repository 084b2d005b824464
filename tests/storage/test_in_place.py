"""What a view changes in place, which SQLAlchemy does not see: no success of what is not stored."""

from collections.abc import Callable
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.mutable import MutableDict
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import Session
from sqlalchemy.orm import composite
from sqlalchemy.orm import mapped_column
from sqlalchemy.orm.attributes import flag_modified

from flask_preconditions import SetupError

from .conftest import Database
from .conftest import Send
from .test_failures import GUARDS
from .test_failures import guards
from .test_failures import methods


class Base(DeclarativeBase):
    pass


@dataclass
class Look:
    theme: str


class LookType(sa.TypeDecorator[Look]):
    impl = sa.String(80)
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: object) -> str:
        return str(value.theme)

    def process_result_value(self, value: Any, dialect: object) -> Look:
        return Look(value)


@dataclass
class Place:
    x: int
    y: int


class Form(Base):
    __tablename__ = "forms"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str | None] = mapped_column(sa.String(80))
    answers: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    tracked: Mapped[dict[str, Any]] = mapped_column(MutableDict.as_mutable(sa.JSON()))
    look: Mapped[Look] = mapped_column(LookType)
    x: Mapped[int] = mapped_column(default=1)
    y: Mapped[int] = mapped_column(default=1)
    place: Mapped[Place] = composite(Place, "x", "y")
    version: Mapped[int] = mapped_column()
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012


@pytest.fixture
def forms(db: Database) -> Iterator[dict[str, Any]]:
    Base.metadata.drop_all(db.engine)
    Base.metadata.create_all(db.engine)
    with Session(db.engine) as session:
        session.add(Form(id=1, answers={"a": [1]}, tracked={"a": [1]}, look=Look("light")))
        session.commit()
    yield {"load": Form, "rule": "/<int:id>", "path": "/1"}
    db.session.remove()
    Base.metadata.drop_all(db.engine)


def stored_forms(db: Database) -> tuple[Any, ...]:
    with Session(db.engine) as session:
        form = session.get(Form, 1)
        assert form is not None
        return form.answers, form.tracked, form.version


def item(form: Form) -> None:
    form.answers["a"] = [2]


def nested(form: Form) -> None:
    form.title = "mine"
    form.answers["a"].append(2)


def nested_below_what_tracks(form: Form) -> None:
    form.tracked["a"].append(2)


def member(form: Form) -> None:
    form.look.theme = "dark"


def part(form: Form) -> None:
    form.place.x = 2


@guards
@methods
@pytest.mark.parametrize("change", [item, nested, nested_below_what_tracks, member, part])
def test_what_is_changed_in_place_and_not_stored_is_no_success(
    change: Callable[[Form], None],
    method: str,
    guard: str,
    forms: dict[str, Any],
    db: Database,
    send: Send,
) -> None:
    def view(id: int, form: Form) -> Any:
        change(form)
        return "", 204

    with pytest.raises(SetupError, match=r"in place, which SQLAlchemy.*(flag_mod|MutableC)"):
        send(view, method, **forms, **GUARDS[guard])
    assert stored_forms(db) == ({"a": [1]}, {"a": [1]}, 1)
    assert db.rows("SELECT look, x FROM forms") == [("light", 1)]


def assigned(form: Form) -> None:
    form.answers = {**form.answers, "a": [2]}
    form.tracked["a"] = [2]


def flagged(form: Form) -> None:
    form.answers["a"].append(2)
    form.tracked["a"].append(2)
    flag_modified(form, "answers")
    form.tracked.changed()  # type: ignore[attr-defined]


def flagged_by_number(form: Form) -> None:
    form.answers[1] = 2  # type: ignore[index]
    flag_modified(form, "answers")


def put_back(form: Form) -> None:
    form.answers["a"].append(2)
    form.answers["a"].pop()


def beside_what_was_read(form: Form) -> None:
    assert form.place.x == 1
    form.x = 2


def put_in_place(form: Form) -> None:
    form.look, form.place = Look("dark"), Place(2, 1)


@methods
@pytest.mark.parametrize(
    "change", [assigned, flagged, flagged_by_number, put_back, beside_what_was_read, put_in_place]
)
def test_what_is_changed_so_that_it_is_stored_is_a_success(
    change: Callable[[Form], None],
    method: str,
    forms: dict[str, Any],
    db: Database,
    send: Send,
) -> None:
    def view(id: int, form: Form) -> Any:
        change(form)
        return "", 204

    assert send(view, method, **forms).status_code == 204
    stored: dict[Callable[[Form], None], Any] = {
        assigned: ({"a": [2]}, {"a": [2]}, 2),
        flagged: ({"a": [1, 2]}, {"a": [1, 2]}, 2),
        flagged_by_number: ({"a": [1], "1": 2}, {"a": [1]}, 2),
    }
    unchanged = ({"a": [1]}, {"a": [1]}, 2)
    assert stored_forms(db) == stored.get(change, unchanged)
    assert db.rows("SELECT x FROM forms") == [
        (2 if change in (beside_what_was_read, put_in_place) else 1,)
    ]
