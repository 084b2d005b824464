"""The documents API. Each view checks after the permissions and before the body.

Django's ``condition`` decorator on a view of REST framework runs before both: it tells
callers who may not even read that a document exists, and it takes a malformed If-Match
for none.
"""

import time

from django.utils.encoding import escape_uri_path
from django.utils.http import http_date
from rest_framework.exceptions import ParseError
from rest_framework.generics import GenericAPIView
from rest_framework.response import Response
from rest_framework.views import APIView

from .models import Document
from .parsers import BodyTooLarge
from .preconditions import FIELDS, Refused, check
from .serializers import DocumentItemSerializer, DocumentSerializer


MAX_BODY = 1_000_000


class DocumentListView(APIView):
    def get(self, request):
        documents = Document.objects.order_by("name")
        return Response({"items": DocumentItemSerializer(documents, many=True).data})


class DocumentView(GenericAPIView):
    queryset = Document.objects.all()
    serializer_class = DocumentSerializer
    lookup_field = "name"

    # :snippet-start: read
    def get(self, request, name):
        document = self.get_object()  # 404 and the permissions come first (§13.2.1)
        check(request, document.validators)
        headers = {"ETag": document.etag}
        saved_at = document.validators.last_modified
        # While its second lasts, another write could share the date.
        if time.time() >= saved_at + 1:
            headers["Last-Modified"] = http_date(saved_at)
        return Response(self.get_serializer(document).data, headers=headers)

    # :snippet-end:

    # :snippet-start: write
    def put(self, request, name):
        document = self.find()
        if document:
            self.check_object_permissions(request, document)
        check(request, document and document.validators)
        new = self.parse_body()
        if document is None:  # If-None-Match: * held
            _, created = Document.objects.get_or_create(name=name, defaults=new)
            self.confirm(created)
            location = escape_uri_path(request.path)
            return Response(status=201, headers={"Location": location})
        self.confirm(document.swap(**new))
        # No ETag: columns are stored, not the bytes that were sent (§9.3.4).
        return Response(status=204)

    def patch(self, request, name):
        document = self.get_object()
        check(request, document.validators)
        self.confirm(document.swap(**self.parse_body(partial=True)))
        headers = {"ETag": document.etag}
        return Response(self.get_serializer(document).data, headers=headers)

    def delete(self, request, name):
        document = self.get_object()
        check(request, document.validators)
        self.confirm(document.remove())
        return Response(status=204)

    def confirm(self, written):
        """Answer 412 when another write came after the check."""
        if not written:
            winner = self.find()
            field = next(field for field in FIELDS if field in self.request.headers)
            raise Refused(412, field, "lost-race", winner and winner.validators)

    # :snippet-end:

    def find(self):
        return self.get_queryset().filter(name=self.kwargs["name"]).first()

    def parse_body(self, partial=False):
        """Read the body, which REST framework leaves alone until somebody asks for it."""
        length = self.request.META.get("CONTENT_LENGTH")  # Django reads no more than it
        if int(length or 0) > MAX_BODY:
            raise BodyTooLarge
        if self.request.stream is None:  # it would take no body for {}
            raise ParseError("Send a JSON object.")
        serializer = self.get_serializer(data=self.request.data, partial=partial)
        serializer.is_valid(raise_exception=True)
        return serializer.validated_data
