"""The least that a documents API needs: no sessions, no users, nothing to sign."""

import os

ALLOWED_HOSTS = ["127.0.0.1", "localhost"]
INSTALLED_APPS = ["rest_framework", "documents"]
ROOT_URLCONF = "project.urls"
WSGI_APPLICATION = "project.wsgi.application"

# No ConditionalGetMiddleware: it would hash every response and compare the hash, not the
# tag of the document, with If-None-Match.
MIDDLEWARE = []

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": os.environ.get("DOCS_DB", "docs.sqlite3"),
        "OPTIONS": {
            "timeout": 30,  # seconds that a write waits for another one
            # A transaction that reads first and writes later cannot wait for its lock:
            # SQLite refuses it at once, whatever the timeout.
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL",
        },
    }
}

REST_FRAMEWORK = {
    "EXCEPTION_HANDLER": "documents.exceptions.exception_handler",
    "DEFAULT_PARSER_CLASSES": ["documents.parsers.TextJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "UNAUTHENTICATED_USER": None,  # the default one comes from django.contrib.auth
}
