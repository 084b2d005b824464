"""Which row a URL means, and what is wrong with a model that cannot be guarded."""

from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import Integer
from sqlalchemy import select
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import Session
from sqlalchemy.orm import mapped_column

from flask_preconditions import SetupError
from flask_preconditions import conditional
from flask_preconditions import etag_for
from flask_preconditions import guarded_routes
from flask_preconditions import require_match
from flask_preconditions.request.targets import LoaderSource
from flask_preconditions.sqlalchemy import ModelSource
from flask_preconditions.sqlalchemy import rows

from .conftest import Database
from .conftest import make_app
from .models import Article
from .models import BlogPage
from .models import Comment
from .models import Translation
from .models import User

LIST = rows(select(Article.id).order_by(Article.id))


@pytest.fixture(autouse=True)
def contents(db: Database) -> None:
    with Session(db.engine) as session:
        session.add_all(
            [
                Comment(id=3, article_id=1, text="third"),
                User(id=5, name="ada"),
                Translation(word="cat", language="fr", text="chat"),
                Translation(word="cat", language="de", text="Katze"),
            ]
        )
        session.commit()


def status(db: Database, load: type[Any], rule: str, path: str) -> int:
    app = make_app(db.session)
    app.get(rule)(conditional(load)(lambda **url: "found"))
    return app.test_client().get(path).status_code


@pytest.mark.parametrize(
    ("load", "rule", "path", "answer"),
    [
        (Article, "/<int:id>", "/1", 200),
        (Article, "/<int:id>", "/2", 404),
        (Article, "/<id>", "/1", 200),
        (Article, "/<id>", "/abc", 404),
        (Article, "/<int:id>", "/99999999999999999999", 404),
        (Article, "/<int:key>", "/1", 200),  # any name, where there is one value and one key
        (Comment, "/articles/<int:article_id>/comments/<int:id>", "/articles/1/comments/3", 200),
        (Comment, "/articles/<int:article_id>/comments/<int:id>", "/articles/2/comments/3", 404),
        (
            Comment,
            "/articles/<int:article_id>/comments/<int:comment_id>",
            "/articles/1/comments/3",
            200,
        ),
        (User, "/<name>", "/ada", 200),
        (User, "/<name>", "/grace", 404),
        (User, "/<name>", "/%00", 404),
        (Translation, "/<word>/<language>", "/cat/fr", 200),
        (Translation, "/<language>/<word>", "/fr/cat", 200),
        (Translation, "/<word>/<language>", "/fr/cat", 404),
    ],
)
def test_a_row_is_found_by_the_values_of_its_url(
    load: type[Any], rule: str, path: str, answer: int, db: Database
) -> None:
    assert status(db, load, rule, path) == answer


@pytest.mark.parametrize(
    ("load", "rule", "path", "words"),
    [
        (Translation, "/<word>", "/cat", "URL gives word, .* missing language"),
        (Translation, "/<key>", "/cat", "URL gives key, and key is no column"),
        (Article, "/", "/", "URL gives nothing, .* missing id"),
        (Article, "/<a>/<b>", "/1/2", "URL gives a, b, and a, b are no columns of Article"),
        (User, "/<name>/<page>", "/ada/2", "URL gives name, page, and page is no column"),
        (User, "/<int:version>", "/1", None),
    ],
)
def test_a_url_that_identifies_nothing_says_what_is_missing(
    load: type[Any], rule: str, path: str, words: str | None, db: Database
) -> None:
    if words is None:  # fits one row today, and two tomorrow
        db.rival("INSERT INTO users (id, name, version) VALUES (6, 'grace', 1)")
        words = "version in the URL fit more than one User"
    with pytest.raises(SetupError, match=words):
        status(db, load, rule, path)


def test_a_key_of_another_type_than_the_urls_is_converted(db: Database) -> None:
    assert status(db, User, "/<int:name>", "/5") == 404
    assert status(db, Translation, "/<uuid:word>/<language>", f"/{UUID(int=1)}/fr") == 404


def test_arguments_of_other_decorators_are_not_of_the_url(db: Database) -> None:
    app = make_app(db.session)

    @conditional(Article)
    def view(article: Article, key: int, user: str) -> str:
        return f"{article.title} for {user}"

    app.add_url_rule("/<int:key>", "view", lambda key: view(key=key, user="ada"))
    assert app.test_client().get("/1").text == "first for ada"


def test_the_view_gets_the_object_under_the_name_of_its_class(db: Database) -> None:
    app = make_app(db.session)
    db.rival("INSERT INTO blog_pages (id, body) VALUES (1, 'text')")

    @app.get("/pages/<int:id>")
    @conditional(BlogPage, etag="body")
    def page(id: int, blog_page: BlogPage) -> str:
        return blog_page.body

    @app.get("/articles/<int:article>")
    @conditional(Article)
    def article(article: Article) -> str:
        return article.title

    @app.get("/named/<int:id>")
    @conditional(Article, into="it")
    def named(id: int, it: Article) -> str:
        return it.title

    @app.get("/any/<int:id>")
    @conditional(Article)
    def any_name(**given: Any) -> list[str]:
        return sorted(given)

    @app.get("/unasked/<int:id>")
    @conditional(Article)
    def unasked(id: int) -> str:
        return "nothing"

    client = app.test_client()
    paths = ("/pages/1", "/articles/1", "/named/1", "/unasked/1")
    assert [client.get(path).text for path in paths] == ["text", "first", "first", "nothing"]
    assert client.get("/any/1").json == ["id"]  # nobody named the article


def test_sentences_to_the_client_name_the_class_in_words(db: Database) -> None:
    app = make_app(db.session)
    db.rival("INSERT INTO blog_pages (id, body) VALUES (1, 'text')")
    app.put("/<int:id>")(require_match(BlogPage, etag="body")(lambda id: ""))
    response = app.test_client().put("/1", headers={"If-Match": '"old"'})
    assert response.json["detail"] == "The blog page changed after you read it."


@pytest.mark.parametrize(
    ("name", "noun"),
    [("Article", "article"), ("BlogPage", "blog_page"), ("HTTPLog2Entry", "http_log2_entry")],
)
def test_names_are_in_snake_case(name: str, noun: str) -> None:
    class Base(DeclarativeBase):
        pass

    columns = {"id": mapped_column(Integer, primary_key=True)}
    model = type(name, (Base,), {"__tablename__": "t", **columns})
    assert ModelSource(model, etag="id").noun == noun


def test_the_list_of_guarded_routes_tells_what_is_compared() -> None:
    app = Flask(__name__)
    app.put("/a/<int:id>", endpoint="a")(require_match(Article)(lambda id: ""))
    app.put("/b/<int:id>", endpoint="b")(require_match(BlogPage, etag="body")(lambda id: ""))
    app.put("/c/<int:id>", endpoint="c")(require_match(BlogPage, etag=len)(lambda id: ""))
    app.get("/d", endpoint="d")(conditional(LIST)(lambda: ""))
    compared = [route.guarded.describe() for route in guarded_routes(app)]
    assert compared == ["Article.version", "BlogPage.body", "BlogPage.len", "rows, require='none'"]


def test_the_tag_of_an_item_is_the_tag_of_its_own_url(db: Database) -> None:
    app = make_app(db.session)

    @app.get("/<int:id>")
    @conditional(Article)
    def view(id: int, article: Article) -> str:
        return etag_for(article)

    response = app.test_client().get("/1")
    assert response.text == response.headers["ETag"]


def test_naming_the_version_is_the_same_as_leaving_it_out() -> None:
    assert ModelSource(Article, etag="version") == ModelSource(Article)
    assert ModelSource(Article, etag="version").is_versioned


def test_a_class_that_is_not_mapped_is_refused_where_it_is_named() -> None:
    class Plain:
        pass

    with pytest.raises(SetupError, match="Plain is not a mapped class"):
        require_match(Plain)
    with pytest.raises(SetupError, match="Plain is not a mapped class"):
        etag_for(Plain())


def test_a_class_that_is_not_mapped_can_still_load(db: Database) -> None:
    class Note:
        rev = "v1"

    app = make_app(db.session)
    app.get("/")(conditional(Note, etag="rev")(lambda: "note"))
    assert app.test_client().get("/").headers["ETag"] == '"v1"'


def test_a_model_without_a_version_is_told_the_lines_to_add() -> None:
    with pytest.raises(SetupError) as caught:
        require_match(BlogPage)
    message = str(caught.value)
    assert "    version: Mapped[int] = mapped_column()\n" in message
    assert '    __mapper_args__ = {"version_id_col": version}\n' in message


def test_a_model_is_looked_at_without_configuring_the_others() -> None:
    from sqlalchemy.orm import relationship

    class Base(DeclarativeBase):
        pass

    class Early(Base):
        __tablename__ = "early"
        id: Mapped[int] = mapped_column(primary_key=True)
        version: Mapped[int] = mapped_column()
        later = relationship("DeclaredLater")
        __mapper_args__ = {"version_id_col": version}  # noqa: RUF012

    require_match(Early)
    assert not Early.__mapper__.configured
    Base.registry.dispose()


def test_a_source_is_taken_as_it_is(db: Database) -> None:
    app = make_app(db.session)
    source = LoaderSource(lambda: {"rev": 1}, etag="rev")
    app.get("/")(conditional(source)(lambda: "found"))
    assert app.test_client().get("/").headers["ETag"] == '"1"'
