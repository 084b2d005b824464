"""Where Python's driver commits every statement by itself, nothing can be answered for."""

import sys
from typing import Any

import pytest
import sqlalchemy as sa

from flask_preconditions import SetupError
from flask_preconditions.sqlalchemy import cas
from flask_preconditions.sqlalchemy import locked

from .conftest import Database
from .conftest import Send
from .conftest import on
from .models import Article

MODES: list[dict[str, Any]] = [{"isolation_level": None}]
if sys.version_info >= (3, 12):
    MODES.append({"autocommit": True})


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("mode", MODES, ids=lambda mode: next(iter(mode)))
@pytest.mark.parametrize("guard", [cas, locked])
@pytest.mark.parametrize("begins", [False, True])
def test_a_driver_that_commits_by_itself_stores_nothing_unchecked(
    begins: bool, guard: Any, mode: dict[str, Any], db: Database, send: Send
) -> None:
    engine = sa.create_engine(db.engine.url, connect_args=mode)
    on(db, engine)

    def view(id: int, article: Article) -> str:
        if begins:
            with db.session.begin_nested():
                article.title = "mine"
        else:
            db.session.execute(sa.text("UPDATE articles SET title = 'mine'"))
        return "saved"

    try:
        is_stored = send(view, guard=guard(db.session)).status_code == 200
    except SetupError as refused:
        is_stored = "AUTOCOMMIT" not in str(refused)
    finally:
        db.session.remove()
        engine.dispose()
    assert db.article[:2] == (("mine", 2) if is_stored else ("first", 1))
