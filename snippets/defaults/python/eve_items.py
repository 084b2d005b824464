"""Eve: an item with a tag and a date. What MongoDB would keep, mongomock keeps in memory."""

import sys

import mongomock
import pymongo

pymongo.MongoClient = mongomock.MongoClient
from eve import Eve  # noqa: E402
from waitress import serve  # noqa: E402

documents = {
    "item_methods": ["GET", "PUT", "PATCH", "DELETE"],
    "id_field": "_id",
    "schema": {
        "_id": {"type": "string"},
        "title": {"type": "string"},
        "body": {"type": "string"},
    },
    "item_url": 'regex("[a-z]+")',
}
app = Eve(
    settings={
        "DOMAIN": {"documents": documents},
        "RESOURCE_METHODS": ["GET", "POST"],
        "MONGO_DBNAME": "eve",
        "SCHEMA_ENDPOINT": None,
    }
)
serve(app, host="127.0.0.1", port=int(sys.argv[1]), max_request_header_size=262144)
