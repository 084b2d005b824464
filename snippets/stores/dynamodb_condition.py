"""Documents in DynamoDB: a ConditionExpression compares the revision, in the write itself.

The revision is random, so a name that is deleted and made again never repeats a tag.
``TABLE=docs flask --app dynamodb_condition run``; the key of the table is the string ``id``
"""

import os
from typing import Any
from uuid import uuid4

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError
from flask import Flask, request

from flask_preconditions import Preconditions, precondition, require_match


def create_app(table: str | None = None) -> Flask:
    app = Flask(__name__)
    Preconditions(app)
    # A write that boto3 sends again meets its own first attempt, and looks lost.
    db = boto3.client("dynamodb", config=Config(retries={"total_max_attempts": 1}))
    table = table or os.environ["TABLE"]

    def find(name: str) -> dict[str, str] | None:
        key = {"id": {"S": name}}
        found = db.get_item(TableName=table, Key=key, ConsistentRead=True).get("Item")
        return found and {field: value["S"] for field, value in found.items()}

    @app.route("/docs/<name>", methods=["GET", "PUT", "DELETE"])
    @require_match(find, etag="rev", into="doc", create=True)
    def document(name: str, doc: dict[str, str] | None):
        if request.method in ("GET", "HEAD"):
            return {"body": doc["body"]}
        same: dict[str, Any] = {"ConditionExpression": "attribute_not_exists(id)"}
        if doc:
            rev = {":rev": {"S": doc["rev"]}}
            same = {
                "ConditionExpression": "rev = :rev",
                "ExpressionAttributeValues": rev,
            }
        with precondition.lost(db.exceptions.ConditionalCheckFailedException):
            if request.method == "DELETE":
                db.delete_item(TableName=table, Key={"id": {"S": name}}, **same)
            else:
                new = {"id": name, "rev": uuid4().hex, "body": request.json["body"]}
                item = {field: {"S": value} for field, value in new.items()}
                db.put_item(TableName=table, Item=item, **same)
        return "", 204 if doc else 201

    @app.errorhandler(BotoCoreError)
    @app.errorhandler(db.exceptions.InternalServerError)
    @app.errorhandler(db.exceptions.ProvisionedThroughputExceededException)
    def unavailable(_: Exception):
        return "", 503, {"Retry-After": "1"}

    return app
