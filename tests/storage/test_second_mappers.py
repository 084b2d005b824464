"""A second mapper of the table that is guarded, written beside the target."""

import warnings
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import polymorphic_union
from sqlalchemy.orm import registry

from flask_preconditions import SetupError

from .conftest import Database
from .conftest import Overtaking
from .conftest import Send
from .models import Article
from .models import Comment

_articles, _comments = Article.__table__, Comment.__table__


class Headline:
    """The same rows, with the same version."""


class Plain:
    """The same rows, without a version."""


class Thread:
    """An article joined with a comment."""


_mappers = registry()
_mappers.map_imperatively(Headline, _articles, version_id_col=_articles.c.version)
_mappers.map_imperatively(Plain, _articles, exclude_properties=["version"])
_mappers.map_imperatively(
    Thread,
    sa.join(_articles, _comments),
    version_id_col=_articles.c.version,
    properties={
        "id": [_articles.c.id, _comments.c.article_id],
        "comment_id": _comments.c.id,
        "comment_version": _comments.c.version,
        "version": _articles.c.version,
    },
)


@pytest.fixture(autouse=True)
def one_comment(db: Database) -> None:
    db.rival("INSERT INTO comments (id, article_id, text, version) VALUES (1, 1, 'first', 1)")


def view_of(db: Database, model: type[Any], order: str) -> Callable[..., Any]:
    def view(id: int, article: Article) -> Any:
        other: Any = db.session.scalars(sa.select(model)).one()
        if order != "first":
            other.slug = "mine"
        if order == "second":
            db.session.flush()
        article.title = "mine"
        if order == "first":
            db.session.flush()
            other.slug = "mine"
        return "", 204

    return view


ORDERS = ["first", "second", "together"]


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("model", [Headline, Thread])
def test_a_second_object_that_counts_the_same_version_is_refused(
    model: type[Any], order: str, db: Database, send: Send
) -> None:
    refused = f"{model.__name__} and Article are mapped to one row and count one version"
    with pytest.raises(SetupError, match=refused):
        send(view_of(db, model, order))
    assert db.article == ("first", 1, 1)


@pytest.mark.parametrize("order", ORDERS)
def test_a_second_object_without_a_version_writes_along(
    order: str, db: Database, send: Send
) -> None:
    response = send(view_of(db, Plain, order))
    assert (response.status_code, response.headers["ETag"]) == (204, '"2"')
    assert db.rows("SELECT title, slug, version FROM articles") == [("mine", "mine", 2)]


def test_a_second_object_of_another_row_counts_its_own(db: Database, send: Send) -> None:
    db.rival("INSERT INTO articles (id, title, version) VALUES (2, 'second', 5)")

    def view(id: int, article: Article) -> Any:
        other: Any = db.session.get(Headline, 2)
        other.title = article.title = "mine"
        return "", 204

    assert send(view).status_code == 204
    assert db.rows("SELECT title, version FROM articles ORDER BY id") == [("mine", 2), ("mine", 6)]


def test_a_row_of_a_concrete_union_is_written_in_its_own_table(db: Database, send: Send) -> None:
    mappers = registry()
    columns = [("id", sa.Integer, True), ("name", sa.String(9), False)]
    employees, managers = (
        sa.Table(
            table,
            mappers.metadata,
            *(sa.Column(name, kind, primary_key=is_key) for name, kind, is_key in columns),
            sa.Column("version", sa.Integer),
        )
        for table in ("employees", "managers")
    )

    class Employee:
        name: str

    class Manager(Employee):
        pass

    union = polymorphic_union({"employee": employees, "manager": managers}, "kind", "staff")
    base = mappers.map_imperatively(
        Employee,
        employees,
        version_id_col=employees.c.version,
        with_polymorphic=("*", union),
        polymorphic_on=union.c.kind,
        polymorphic_identity="employee",
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # SQLAlchemy would have one table count all versions
        mappers.map_imperatively(
            Manager,
            managers,
            inherits=base,
            concrete=True,
            exclude_properties=["kind"],
            version_id_col=managers.c.version,
            polymorphic_identity="manager",
        )
    mappers.metadata.drop_all(db.engine)
    mappers.metadata.create_all(db.engine)
    db.rival("INSERT INTO managers (id, name, version) VALUES (1, 'first', 1)")

    def view(id: int, employee: Employee) -> str:
        employee.name = "mine"
        return "saved"

    assert send(view, load=Employee).headers["ETag"] == '"2"'
    with Overtaking(db, "UPDATE managers SET name = 'theirs', version = 3"):
        assert send(view, load=Employee, headers={"If-Match": '"2"'}).status_code == 412
    db.session.remove()
    assert db.rows("SELECT name, version FROM managers") == [("theirs", 3)]
    mappers.metadata.drop_all(db.engine)
