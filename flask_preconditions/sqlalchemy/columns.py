"""A version that the database keeps by itself."""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import MappedColumn
from sqlalchemy.orm import mapped_column
from sqlalchemy.types import UserDefinedType


class _TransactionId(UserDefinedType[str]):
    """PostgreSQL's ``xid``, which compares with no other type."""

    cache_ok = True

    def get_col_spec(self, **_: object) -> str:
        return "XID"

    def bind_expression(self, bindvalue: sa.BindParameter[str]) -> sa.ColumnElement[str]:
        return sa.cast(bindvalue, self)

    def result_processor(self, dialect: object, coltype: object) -> Callable[[Any], Any]:
        return lambda value: None if value is None else str(value)


def xmin() -> MappedColumn[str]:
    """Give PostgreSQL's system column ``xmin`` as a version, without a change of the table.

    ::

        class Article(Base):
            __tablename__ = "articles"
            id: Mapped[int] = mapped_column(primary_key=True)
            title: Mapped[str]
            row_version = xmin()
            __mapper_args__ = {"version_id_col": row_version, "version_id_generator": False}

    It is the number of the transaction that wrote the row last, so writes by other
    programs move it too. It changes when the table is dumped and restored, which costs
    clients one 412.
    """
    return mapped_column("xmin", _TransactionId(), system=True, server_default=sa.FetchedValue())
