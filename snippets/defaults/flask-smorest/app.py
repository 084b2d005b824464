"""flask-smorest's ETag feature: the ``etag`` decorator and ``check_etag()``."""

from flask import Flask
from flask.views import MethodView
from flask_smorest import Api, Blueprint
from marshmallow import Schema, fields

app = Flask(__name__)
app.config.update(API_TITLE="Documents", API_VERSION="1", OPENAPI_VERSION="3.1.0")
blp = Blueprint("docs", __name__)
document = {"title": "old", "body": "old"}


class DocSchema(Schema):
    title = fields.String(required=True)
    body = fields.String(required=True)


@blp.etag
@blp.route("/doc")
class Doc(MethodView):
    @blp.response(200, DocSchema)
    def get(self):
        return document

    @blp.arguments(DocSchema)
    @blp.response(200, DocSchema)
    def put(self, new):
        blp.check_etag(document, DocSchema)
        document.update(new)
        return document


Api(app).register_blueprint(blp)
