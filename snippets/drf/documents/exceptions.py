"""Refusals as problem documents (RFC 9457)."""

from django.utils.encoding import escape_uri_path
from rest_framework import views
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response

from .preconditions import Refused

PROBLEMS = {
    400: ("malformed-precondition", "Malformed Precondition"),
    412: ("precondition-failed", "Precondition Failed"),
    428: ("precondition-required", "Precondition Required"),
}


def exception_handler(error, context):
    if isinstance(error, Refused):
        return answer_refused(error, escape_uri_path(context["request"].path))
    response = views.exception_handler(error, context)
    if isinstance(error, ValidationError):
        response.status_code = 422  # it was JSON, only not that of a document
    return response


def answer_refused(refused: Refused, path: str) -> Response:
    status, reason = refused.status_code, refused.reason
    if status == 304:
        return Response(status=304, headers=refused.headers)
    slug, title = PROBLEMS[status]
    action = {"action": "refetch", "method": "GET", "href": path}
    if status == 400 or (status == 428 and refused.current is None):
        action = {"action": "resend"}
    elif reason == "absent":
        action = {"action": "none"}
    members = {
        "type": f"/problems/{slug}/",
        "title": title,
        "status": status,
        "detail": refused.detail,
        "instance": path,
        "failed_header": refused.field,
        "reason": None if status == 428 else reason,
        "current_etag": refused.headers.get("ETag"),
        "next": action,
    }
    present = {name: value for name, value in members.items() if value is not None}
    return Response(
        present,
        status,
        headers=refused.headers,
        content_type="application/problem+json",
    )
