"""Kinto: a record in memory, with a tag and a date."""

import sys

from kinto import main
from waitress import serve

settings = {
    "kinto.storage_backend": "kinto.core.storage.memory",
    "kinto.permission_backend": "kinto.core.permission.memory",
    "kinto.cache_backend": "kinto.core.cache.memory",
    "kinto.bucket_create_principals": "system.Everyone",
    "kinto.includes": "",
    "multiauth.policies": "basicauth",
}
app = main({}, **settings)
serve(app, host="127.0.0.1", port=int(sys.argv[1]), max_request_header_size=262144)
