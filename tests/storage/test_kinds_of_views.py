"""Views of every kind find the session."""

from flask import Blueprint
from flask.views import MethodView

from flask_preconditions import require_match

from .conftest import CURRENT
from .conftest import RIVAL
from .conftest import Database
from .conftest import make_app
from .models import Article


def test_a_blueprint_finds_the_session_of_its_app(db: Database) -> None:
    blueprint = Blueprint("articles", __name__, url_prefix="/articles")

    @blueprint.patch("/<int:id>")
    @require_match(Article)
    def edit(id: int, article: Article) -> str:
        db.rival(RIVAL)
        article.title = "mine"
        return "saved"

    app = make_app(db.session)
    app.register_blueprint(blueprint)
    assert app.test_client().patch("/articles/1", headers=CURRENT).status_code == 412


class ArticleView(MethodView):
    """Methods that ask for the object, and one that does not."""

    def get(self, id: int, article: Article) -> str:
        return article.title

    def patch(self, id: int, article: Article) -> str:
        article.title = "mine"
        return "saved"

    def delete(self, id: int) -> str:
        return "kept"


def test_a_class_based_view_can_be_guarded_whole(db: Database) -> None:
    class Whole(ArticleView):
        decorators = (require_match(Article),)

    app = make_app(db.session)
    app.add_url_rule("/<int:id>", view_func=Whole.as_view("article"))
    client = app.test_client()
    assert client.get("/1").text == "first"
    assert client.head("/1").headers["ETag"] == '"1"'
    assert client.patch("/1").status_code == 428
    assert client.patch("/1", headers=CURRENT).headers["ETag"] == '"2"'
    assert client.delete("/1", headers={"If-Match": '"2"'}).text == "kept"


def test_a_class_based_view_can_be_guarded_by_method(db: Database) -> None:
    class Single(ArticleView):
        patch = require_match(Article)(ArticleView.patch)  # type: ignore[assignment]
        get = None  # type: ignore[assignment]

    app = make_app(db.session)
    app.add_url_rule("/<int:id>", view_func=Single.as_view("article"), methods=["PATCH"])
    client = app.test_client()
    assert client.patch("/1", headers=CURRENT).headers["ETag"] == '"2"'
    assert client.patch("/1", headers=CURRENT).status_code == 412


def test_an_async_view_is_guarded_alike(db: Database) -> None:
    app = make_app(db.session)

    @app.patch("/<int:id>")
    @require_match(Article)
    async def view(id: int, article: Article) -> str:
        article.title = "mine"
        return "saved"

    client = app.test_client()
    assert client.patch("/1", headers=CURRENT).headers["ETag"] == '"2"'
    assert client.patch("/1", headers=CURRENT).status_code == 412
    assert db.article == ("mine", 2, 0)
