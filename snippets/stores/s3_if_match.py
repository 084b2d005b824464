"""Documents in S3, or in a store with its interface: the bucket compares If-Match itself.

Its ETag is made of the content, so bytes that come back have their old tag. Whether another
store than AWS compares, a race tells, and not its documentation.
``BUCKET=docs flask --app s3_if_match run``; ``AWS_ENDPOINT_URL`` for another store
"""

import os
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from flask import Flask, request

from flask_preconditions import EntityTag, Preconditions, precondition, require_match

LOST = (404, 409, 412)  # gone, another write under way, another ETag


def status_of(error: ClientError) -> int:
    return error.response["ResponseMetadata"]["HTTPStatusCode"]


def create_app(bucket: str | None = None) -> Flask:
    app = Flask(__name__)
    Preconditions(app)
    # A write that boto3 sends again meets its own first attempt, and looks lost.
    s3 = boto3.client("s3", config=Config(retries={"total_max_attempts": 1}))
    bucket = bucket or os.environ["BUCKET"]

    def find(name: str) -> dict[str, Any] | None:
        try:
            found = s3.get_object(Bucket=bucket, Key=name)
        except s3.exceptions.NoSuchKey:
            return None
        return {"tag": EntityTag.parse(found["ETag"]), "body": found["Body"].read()}

    @app.route("/docs/<name>", methods=["GET", "PUT", "DELETE"])
    @require_match(find, etag="tag", into="doc", create=True)
    def document(name: str, doc: dict[str, Any] | None):
        if request.method in ("GET", "HEAD"):
            return {"body": doc["body"].decode()}
        same = {"IfMatch": str(doc["tag"])} if doc else {"IfNoneMatch": "*"}
        with precondition.lost(ClientError, when=lambda e: status_of(e) in LOST):
            if request.method == "DELETE":
                s3.delete_object(Bucket=bucket, Key=name, **same)
            else:
                body = request.json["body"].encode()
                s3.put_object(Bucket=bucket, Key=name, Body=body, **same)
        return "", 204 if doc else 201

    @app.errorhandler(BotoCoreError)
    @app.errorhandler(ClientError)
    def unavailable(error: BotoCoreError | ClientError):
        if isinstance(error, ClientError) and status_of(error) < 500:
            raise error
        return "", 503, {"Retry-After": "1"}

    return app
