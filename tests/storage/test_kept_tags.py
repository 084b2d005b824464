"""A guarded write that changes its row moves the tag of it: the next one could not be refused."""

from datetime import UTC
from datetime import datetime
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column

from flask_preconditions import SetupError
from flask_preconditions.sqlalchemy import cas
from flask_preconditions.sqlalchemy import locked

from .conftest import Database
from .conftest import Send
from .models import Article
from .models import Base
from .models import BlogPage

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


class Opaque(sa.types.TypeDecorator[Any]):
    """Values that cannot be compared: of no class with equality, or as arrays are."""

    impl = sa.String(80)
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: sa.Dialect) -> str:
        return "x"

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> Any:
        return self.kind()

    def __init__(self, kind: Any = object) -> None:
        super().__init__()
        self.kind = kind

    def compare_values(self, x: Any, y: Any) -> bool:
        return x is y


class Array:
    def __eq__(self, other: object) -> Any:
        raise ValueError("the truth value of an array is ambiguous")

    __hash__ = object.__hash__


class Page(Base):
    """A row with a tag that its views have to move."""

    __tablename__ = "kept_pages"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    notes: Mapped[dict[str, str]] = mapped_column(sa.JSON)
    rev: Mapped[int] = mapped_column(default=1)
    share: Mapped[Any] = mapped_column(Opaque(lambda: float("nan")), default="x")
    shape: Mapped[Any] = mapped_column(Opaque(), default="x")
    array: Mapped[Any] = mapped_column(Opaque(Array), default="x")
    kept: Mapped[Any] = mapped_column(sa.PickleType, default=lambda: {"a": 1})
    written_at: Mapped[datetime] = mapped_column(default=lambda: NOON.replace(tzinfo=None))
    seen: Mapped[int] = mapped_column(default=0, onupdate=lambda context: 1)


@pytest.fixture(autouse=True)
def page(db: Database) -> None:
    with sa.orm.Session(db.rivals) as session:
        session.add(Page(id=1, title="first", notes={"a": "b"}))
        session.commit()


PAGE: dict[str, Any] = {"load": Page, "rule": "/pages/<int:id>", "path": "/pages/1"}


def retitle(id: int, page: Page) -> str:
    page.title = "mine"
    return "saved"


def annotate(id: int, page: Page) -> str:
    page.notes["a"] = "mine"
    sa.orm.attributes.flag_modified(page, "notes")
    return "saved"


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
@pytest.mark.parametrize("view", [retitle, annotate])
@pytest.mark.parametrize(
    ("etag", "tag", "remedy"),
    [
        ("rev", "1", "move rev in the same write"),
        (("id", "rev"), "1-1", "move id or rev in the same write"),
        (lambda page: page.written_at.isoformat(), "2026-01-01T12:00:00", "make the tag of that"),
    ],
    ids=["name", "names", "time"],
)
def test_a_lock_refuses_a_write_that_leaves_the_tag(
    etag: Any, tag: str, remedy: str, view: Any, method: str, db: Database, send: Send
) -> None:
    with pytest.raises(SetupError, match=rf"changes (title|notes) and leaves \"{tag}\".*{remedy}"):
        send(view, method, {"If-Match": f'"{tag}"'}, **PAGE, etag=etag)
    assert db.rows("SELECT title, seen FROM kept_pages") == [("first", 0)]


@pytest.mark.parametrize(
    "load",
    [
        lambda db: lambda id: db.session.get(Page, id),
        lambda db: lambda id: db.session.execute(sa.select(Page.id, Page.title, Page.rev)).first(),
    ],
    ids=["object", "row"],
)
def test_a_lock_sees_what_sql_writes_of_what_a_function_loads(
    load: Any, db: Database, send: Send
) -> None:
    def view(id: int) -> str:
        db.session.execute(sa.text("UPDATE kept_pages SET title = 'mine'"))
        return "saved"

    with pytest.raises(SetupError, match="changes title and leaves"):
        send(view, **(PAGE | {"load": load(db)}), etag="rev", guard=locked(db.session))
    assert db.rows("SELECT title FROM kept_pages") == [("first",)]


def test_a_lock_sees_what_changes_in_a_list(db: Database, send: Send) -> None:
    def load() -> Any:
        return db.session.scalars(sa.select(Page).order_by(Page.id)).all()

    def view(pages: list[Page]) -> str:
        pages[0].title = "mine"
        return "saved"

    def keys(pages: list[Page]) -> str:
        return "-".join(str(page.id) for page in pages)

    options: dict[str, Any] = {"rule": "/pages", "path": "/pages", "load": load, "into": "pages"}
    with pytest.raises(SetupError, match='changes title of Page 1 and leaves "1"'):
        send(view, **options, etag=keys, guard=locked(db.session))
    assert db.rows("SELECT title FROM kept_pages") == [("first",)]


def test_a_column_that_is_no_version_is_moved_by_the_view_under_cas(
    db: Database, send: Send
) -> None:
    db.rival("UPDATE articles SET slug = 'one'")

    def load(id: int) -> Article | None:
        return db.session.get(Article, id, populate_existing=True)

    def view(id: int, article: Article, slug: str = "one") -> str:
        article.title, article.slug = "mine", slug
        return "saved"

    options: dict[str, Any] = {"headers": {"If-Match": '"one"'}, "load": load, "into": "article"}
    options |= {"etag": "slug", "guard": cas(db.session)}
    with pytest.raises(SetupError, match="move slug in the same write"):
        send(view, **options)
    assert db.article == ("first", 1, 0)
    response = send(lambda id, article: view(id, article, "two"), **options)
    assert (response.status_code, response.headers["ETag"]) == (200, '"two"')


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_a_hash_stays_where_the_content_does(method: str, db: Database, send: Send) -> None:
    def view(id: int, page: Page) -> str:
        db.session.execute(sa.update(Page).values(written_at=datetime(2027, 1, 1)))  # noqa: DTZ001
        page.title = "first"
        return "saved"

    headers = {"If-Match": '"first"'}
    assert send(view, method, headers, **PAGE, etag="title").status_code == 200
    assert db.rows("SELECT seen FROM kept_pages") == [(1,)]


def test_a_write_that_moves_the_tag_is_let_through(db: Database, send: Send) -> None:
    def view(id: int, page: Page) -> str:
        page.title, page.rev = "mine", 2
        return "saved"

    assert send(view, **PAGE, etag="rev").headers["ETag"] == '"2"'
    assert db.rows("SELECT title FROM kept_pages") == [("mine",)]


def test_what_is_deleted_or_only_read_has_no_tag_to_move(db: Database, send: Send) -> None:
    def remove(id: int, page: Page) -> str:
        db.session.delete(page)
        return "gone"

    assert send(lambda id: "read", **PAGE, etag="rev").status_code == 200
    assert send(remove, "DELETE", **PAGE, etag="rev").status_code == 200
    assert db.rows("SELECT id FROM kept_pages") == []


def test_a_write_without_a_condition_is_not_asked_for_another_tag(db: Database, send: Send) -> None:
    assert send(retitle, headers={}, **PAGE, etag="rev", require="none").status_code == 200
    assert db.rows("SELECT title FROM kept_pages") == [("mine",)]


def test_other_rows_may_change_under_the_tag_of_one(db: Database, send: Send) -> None:
    def view(id: int, page: Page) -> str:
        db.session.add(BlogPage(body="beside it"))
        return "saved"

    assert send(view, **PAGE, etag="rev").status_code == 200
    assert db.rows("SELECT body FROM blog_pages") == [("beside it",)]
