"""What the model's example of the README takes for granted."""

from flask import Flask
from flask import request as request
from sqlalchemy import create_engine
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column
from sqlalchemy.orm import scoped_session
from sqlalchemy.orm import sessionmaker

from flask_preconditions import Preconditions as Preconditions
from flask_preconditions import require_match


class Base(DeclarativeBase):
    pass


class Article(Base):
    __tablename__ = "articles"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    version: Mapped[int] = mapped_column()
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012


app = Flask(__name__)
engine = create_engine("sqlite:///articles.sqlite3")
session = scoped_session(sessionmaker(engine))


@app.teardown_appcontext
def remove(_: object) -> None:
    session.remove()


@app.get("/articles/<int:id>")
@require_match(Article)
def read(id: int, article: Article) -> dict[str, str]:
    return {"title": article.title}
