"""The simulator's own description in OpenAPI 3.1: ``/openapi.json`` beside its resources."""

from typing import Any

from flask import Flask

from ..openapi import apply
from .faults import DOCUMENTS
from .faults import ETAG
from .faults import STATUS
from .limits import NAME_CHARACTERS
from .limits import TAG_CHARACTERS
from .options import OPTIONS

Json = dict[str, Any]

# TRACE is described by OpenAPI and not answered; QUERY is answered and not described.
_METHODS = ("get", "head", "post", "put", "patch", "delete", "options")
_NAME = {"type": "string", "pattern": "^[A-Za-z0-9_-]+$", "maxLength": NAME_CHARACTERS}
_DOCUMENT = {
    "type": "object",
    "properties": {"title": {"type": "string"}, "body": {"type": "string"}},
    "additionalProperties": False,
}


def describe(app: Flask, name: str) -> Json:
    """Describe a simulator that an application has.

    :param name: the name of its blueprint, with those of the blueprints around it.
    """
    rule = next(r for r in app.url_map.iter_rules() if r.endpoint == f"{name}.status")
    prefix = rule.rule.removesuffix("/status/<code>")
    document = f"{prefix}/lab/{{session}}/docs/{{id}}"
    spec: Json = {
        "openapi": "3.1.0",
        "info": {
            "title": "The simulator of flask-preconditions",
            "version": "1",
            "description": "Statuses, entity tags and documents on demand, and faults on request.",
        },
        "paths": {
            f"{prefix}/status/{{code}}": _any(
                STATUS,
                "Any final status, with what the request would come to.",
                _path("code", {"type": "integer", "minimum": 200, "maximum": 599}),
                {"default": _json("The status that the URL asks for.")},
            ),
            f"{prefix}/etag/{{tag}}": _any(
                ETAG,
                "A resource with this tag; the conditions are evaluated.",
                _path("tag", {"type": "string", "minLength": 1, "maxLength": TAG_CHARACTERS}),
                {
                    "200": _json("The conditions hold."),
                    "201": _json("PUT would have created it (exists=0)."),
                    "304": {"description": "The copy is current."},
                    "400": _problem("A condition or an option cannot be read."),
                    "404": _problem("exists=0"),
                    "412": _problem("A condition is false."),
                    "428": _problem("require=1, and the write has no condition."),
                },
            ),
            document: _documents(),
            f"{document}/rival": {
                "parameters": [_path("session", _NAME), _path("id", _NAME)],
                "post": {
                    "summary": "Somebody else saves the document.",
                    "parameters": [],
                    "responses": {
                        "200": _json("What the rival has saved."),
                        "404": _problem("There is no such document."),
                    },
                },
            },
            f"{prefix}/lab/{{session}}": {
                "parameters": [_path("session", _NAME)],
                "delete": {
                    "summary": "Begin the lab anew.",
                    "responses": {"204": {"description": "It was done."}},
                },
            },
        },
    }
    return apply(spec, app)


def _any(place: str, summary: str, path: Json, responses: Json) -> Json:
    operation = {"summary": summary, "responses": responses}
    item: Json = {"parameters": [path, *_options(place)]}
    return item | {method: dict(operation) for method in _METHODS}


def _documents() -> Json:
    names = [_path("session", _NAME), _path("id", _NAME)]
    content = {"required": True, "content": {"application/json": {"schema": _DOCUMENT}}}
    gone = _problem("There is no such document.")
    unfit = {"413": _problem("It is too long."), "422": _problem("It is of another shape.")}
    done = {"description": "It was saved."}
    return {
        "parameters": [*names, *_options(DOCUMENTS)],
        "get": {
            "summary": "Read the document; ranges are honoured.",
            "responses": {"200": _json("The document."), "404": gone},
        },
        "put": {
            "summary": "Create or replace the document.",
            "requestBody": content,
            "responses": {"201": {"description": "It was created."}, "204": done, **unfit},
        },
        "patch": {
            "summary": "Change the document.",
            "requestBody": content,
            "responses": {"204": done, "404": gone, **unfit},
        },
        "delete": {
            "summary": "Delete the document.",
            "responses": {"204": {"description": "It was deleted."}, "404": gone},
        },
    }


def _options(place: str) -> list[Json]:
    return [
        {
            "name": name,
            "in": "query",
            "description": option.takes[0].upper() + option.takes[1:] + ".",
            "schema": option.schema,
        }
        for name, option in OPTIONS.items()
        if place in option.places
    ]


def _path(name: str, schema: Json) -> Json:
    return {"name": name, "in": "path", "required": True, "schema": schema}


def _json(description: str) -> Json:
    schema = {"type": "object"}
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _problem(description: str) -> Json:
    schema = {"type": "object"}
    content = {"application/problem+json": {"schema": schema}}
    return {"description": description, "content": content}
