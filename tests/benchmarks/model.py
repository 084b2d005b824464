"""An application whose views load a row of a database."""

from flask import Flask
from flask import request
from sqlalchemy import create_engine
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column
from sqlalchemy.orm import scoped_session
from sqlalchemy.orm import sessionmaker
from sqlalchemy.pool import StaticPool

from flask_preconditions import Preconditions
from flask_preconditions import require_match


class _Base(DeclarativeBase):
    """The models of this file."""


class _Article(_Base):
    __tablename__ = "articles"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    version: Mapped[int] = mapped_column(nullable=False)
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012


def _change(article: _Article) -> None:
    article.title = "y" if article.title == "x" else "x"


def app_with_model() -> Flask:
    """Make an application whose views load a row, with a guard and without."""
    app = Flask(__name__)
    engine = create_engine(
        "sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False}
    )
    _Base.metadata.create_all(engine)
    session = scoped_session(sessionmaker(engine))
    with engine.begin() as connection:
        rows = [{"id": id, "title": "x", "version": 1} for id in (1, 2)]
        connection.execute(_Article.__table__.insert(), rows)  # type: ignore[attr-defined]
    Preconditions(app, session=session)
    app.teardown_appcontext(lambda _: session.remove())

    @app.route("/bare/<int:id>", methods=["GET", "PATCH"])
    def bare(id: int) -> dict[str, object]:
        article = session.get_one(_Article, id)
        if request.method == "PATCH":
            _change(article)
            session.commit()
        return {"id": article.id, "title": article.title}

    @app.route("/guarded/<int:id>", methods=["GET", "PATCH"])
    @require_match(_Article, into="article")
    def guarded(id: int, article: _Article) -> dict[str, object]:
        if request.method == "PATCH":
            _change(article)
        return {"id": article.id, "title": article.title}

    return app
