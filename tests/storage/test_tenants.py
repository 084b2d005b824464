"""A schema for each tenant: one key names another row in each of them."""

from collections.abc import Callable
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import Session
from sqlalchemy.orm import mapped_column

from .conftest import CURRENT
from .conftest import Database
from .conftest import Send
from .conftest import on

pytestmark = pytest.mark.parametrize("database_url", ["postgresql", "mariadb"], indirect=True)


class Base(DeclarativeBase):
    pass


class Page(Base):
    __tablename__ = "pages"
    __table_args__ = {"schema": "tenant"}  # noqa: RUF012
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(sa.String(80))
    version: Mapped[int] = mapped_column()
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012


def engine_of(engine: sa.Engine, tenant: str) -> sa.Engine:
    return engine.execution_options(schema_translate_map={"tenant": tenant})


@pytest.fixture(autouse=True)
def tenants(db: Database) -> Iterator[None]:
    for tenant in ("one", "two"):
        db.rival(f"CREATE SCHEMA {tenant}")
        Base.metadata.create_all(engine_of(db.rivals, tenant))
        db.rival(f"INSERT INTO {tenant}.pages VALUES (1, 'first', 1)")
    on(db, engine_of(db.engine, "one"))
    yield
    db.session.remove()
    for tenant in ("one", "two"):
        Base.metadata.drop_all(engine_of(db.rivals, tenant))
        db.rival(f"DROP SCHEMA {tenant}")


def copied_by_object(db: Database) -> None:
    with Session(engine_of(db.engine, "two")) as session:
        session.get_one(Page, 1).title = "copy"
        session.commit()


def copied_by_sql(db: Database) -> None:
    with engine_of(db.engine, "two").begin() as connection:
        connection.execute(sa.update(Page).values(title="copy"))


@pytest.mark.parametrize("copy", [copied_by_object, copied_by_sql])
@pytest.mark.parametrize("is_overtaken", [False, True])
def test_a_row_of_another_tenant_is_not_taken_for_the_target(
    is_overtaken: bool, copy: Callable[[Database], None], db: Database, send: Send
) -> None:
    def view(id: int, page: Page) -> Any:
        copy(db)
        if is_overtaken:
            db.rival("UPDATE one.pages SET title = 'theirs', version = version + 1")
        page.title = "mine"
        return "saved"

    response = send(view, load=Page)
    [(title, version)] = db.rows("SELECT title, version FROM one.pages")
    assert response.headers["ETag"] == f'"{version}"'
    if is_overtaken:
        assert (response.status_code, title) == (412, "theirs")
    else:
        assert (response.status_code, title) == (200, "mine")
    assert db.rows("SELECT title FROM two.pages") == [("copy",)]


def test_a_row_is_created_for_its_tenant(db: Database, send: Send) -> None:
    def view(id: int, page: Page | None) -> Any:
        db.session.merge(Page(id=id, title="mine"))
        return "", 201

    db.rival("DELETE FROM one.pages")
    response = send(view, "PUT", {"If-None-Match": "*"}, load=Page, create=True)
    assert response.status_code == 201
    assert db.rows("SELECT title FROM one.pages") == [("mine",)]
    assert send(view, "PATCH", CURRENT, load=Page).status_code == 201
