"""Sessions and engines on which nothing can be proved."""

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.horizontal_shard import ShardedSession
from sqlalchemy.orm import scoped_session
from sqlalchemy.orm import sessionmaker

from flask_preconditions import SetupError
from flask_preconditions import require_match
from flask_preconditions.sqlalchemy import locked

from .conftest import CURRENT
from .conftest import Database
from .conftest import Send
from .conftest import make_app
from .conftest import on
from .models import Article

GUARDS = [{}, {"etag": lambda article: str(article.version), "guard": locked()}]


def save(id: int, article: Article) -> str:
    article.title = "mine"
    return "saved"


@pytest.mark.parametrize("options", GUARDS, ids=["cas", "locked"])
@pytest.mark.parametrize("database_url", ["mariadb"], indirect=True)
def test_a_write_under_read_uncommitted_is_refused(
    options: dict[str, Any], db: Database, send: Send
) -> None:
    dirty = sa.create_engine(db.engine.url, isolation_level="READ UNCOMMITTED")
    for engine in (dirty, db.engine.execution_options(isolation_level="READ UNCOMMITTED")):
        on(db, engine)
        with pytest.raises(SetupError, match=r"writes that may be rolled back, and so are tags"):
            send(save, **options)
        assert db.article == ("first", 1, 0)
    db.session.remove()
    dirty.dispose()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("level", ["READ UNCOMMITTED", "SERIALIZABLE"])
def test_the_shared_cache_of_sqlite_may_not_show_what_is_not_committed(
    level: str, db: Database, send: Send
) -> None:
    url = f"sqlite:///file:{db.engine.url.database}?cache=shared&uri=true"
    shared = sa.create_engine(url, isolation_level=level)
    on(db, shared)
    if level == "SERIALIZABLE":
        assert send(save).status_code == 200
    else:
        with pytest.raises(SetupError, match="under READ UNCOMMITTED"):
            send(save)
    db.session.remove()
    shared.dispose()


@pytest.mark.parametrize("options", GUARDS, ids=["cas", "locked"])
def test_a_write_through_a_session_of_shards_is_refused(
    options: dict[str, Any], db: Database
) -> None:
    session = scoped_session(
        sessionmaker(
            class_=ShardedSession,
            shards={"one": db.engine, "two": db.engine},
            shard_chooser=lambda mapper, instance, clause=None: "one",
            identity_chooser=lambda mapper, key, **_: ["two"],
            execute_chooser=lambda context: ["two"],
        )
    )
    app = make_app(session)
    app.add_url_rule(
        "/<int:id>", "view", require_match(Article, **options)(save), methods=["GET", "PATCH"]
    )
    client = app.test_client()
    assert client.get("/1").headers["ETag"] == '"1"'
    session.remove()
    with pytest.raises(SetupError, match="the plain Session of the shard"):
        client.patch("/1", headers=CURRENT)
    session.remove()
    assert db.article == ("first", 1, 0)
