"""Models with every kind of version and key."""

# ruff: noqa: RUF012 - mapper arguments are written like this in SQLAlchemy's own pages

from datetime import UTC
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from uuid import UUID
from uuid import uuid4

from sqlalchemy import DateTime
from sqlalchemy import ForeignKey
from sqlalchemy import Numeric
from sqlalchemy import String
from sqlalchemy import Uuid
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column
from sqlalchemy.orm import relationship
from sqlalchemy.types import TypeDecorator

from flask_preconditions.sqlalchemy import xmin


class Base(DeclarativeBase):
    # MariaDB keeps no string without a length, and no fractions of a second by itself.
    type_annotation_map = {str: String(80)}


class Instant(TypeDecorator[datetime]):
    """An aware time; SQLite forgets the time zone, and it is always UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value and value.replace(tzinfo=value.tzinfo or UTC)


class Article(Base):
    __tablename__ = "articles"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    slug: Mapped[str | None] = mapped_column(unique=True)
    saved_at: Mapped[datetime | None] = mapped_column(Instant)
    comments: Mapped[list["Comment"]] = relationship(
        back_populates="article", cascade="all, delete-orphan"
    )
    version: Mapped[int] = mapped_column()
    __mapper_args__ = {"version_id_col": version}


class Comment(Base):
    __tablename__ = "comments"
    id: Mapped[int] = mapped_column(primary_key=True)
    article_id: Mapped[int] = mapped_column(ForeignKey("articles.id"))
    text: Mapped[str]
    article: Mapped[Article] = relationship(back_populates="comments")
    version: Mapped[int] = mapped_column()
    __mapper_args__ = {"version_id_col": version}

    @property
    def article_version(self) -> int:
        return self.article.version


class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    email: Mapped[str | None] = mapped_column(unique=True)
    version: Mapped[int] = mapped_column()
    __mapper_args__ = {"version_id_col": version}


class Translation(Base):
    """A row with a key of two columns and a random version."""

    __tablename__ = "translations"
    word: Mapped[str] = mapped_column(primary_key=True)
    language: Mapped[str] = mapped_column(primary_key=True)
    text: Mapped[str]
    version: Mapped[UUID] = mapped_column(Uuid)
    __mapper_args__ = {"version_id_col": version, "version_id_generator": lambda _: uuid4()}


class BlogPage(Base):
    """A row without a version."""

    __tablename__ = "blog_pages"
    id: Mapped[int] = mapped_column(primary_key=True)
    body: Mapped[str]

    @cached_property
    def digest(self) -> str:
        return self.body


class Price(Base):
    """A row whose values the database rounds, and that has no version."""

    __tablename__ = "prices"
    id: Mapped[int] = mapped_column(primary_key=True)
    amount: Mapped[Decimal] = mapped_column(Numeric(10, 2))


class Person(Base):
    """A row whose version is in the table of its base class."""

    __tablename__ = "people"
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    row_version: Mapped[int] = mapped_column("rev")
    __mapper_args__ = {
        "version_id_col": row_version,
        "polymorphic_on": "kind",
        "polymorphic_identity": "person",
    }


class Author(Person):
    __tablename__ = "authors"
    id: Mapped[int] = mapped_column(ForeignKey("people.id"), primary_key=True)
    pen_name: Mapped[str]
    __mapper_args__ = {"polymorphic_identity": "author"}


class SystemBase(DeclarativeBase):
    """For PostgreSQL only."""


class Ledger(SystemBase):
    __tablename__ = "ledgers"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    row_version = xmin()
    entries: Mapped[list["Entry"]] = relationship()
    __mapper_args__ = {"version_id_col": row_version, "version_id_generator": False}


class Entry(SystemBase):
    __tablename__ = "entries"
    id: Mapped[int] = mapped_column(primary_key=True)
    ledger_id: Mapped[int] = mapped_column(ForeignKey("ledgers.id"))
    amount: Mapped[int]
