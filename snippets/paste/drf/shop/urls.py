import secrets
from threading import Lock

from django.urls import path
from rest_framework.response import Response
from rest_framework.views import APIView

from .preconditions import Validators, check

doc = {"title": "Welcome", "body": "Hello."}
etag = f'"{secrets.token_hex(8)}"'
lock = Lock()


class DocView(APIView):
    def get(self, request):
        with lock:
            check(request, Validators(etag))
            return Response(dict(doc), headers={"ETag": etag})

    def put(self, request):
        global etag
        new = {"title": request.data["title"], "body": request.data["body"]}
        with lock:  # check and write are one step; a database does it by its WHERE
            check(request, Validators(etag))
            doc.update(new)
            etag = f'"{secrets.token_hex(8)}"'
        return Response(status=204)


urlpatterns = [path("doc", DocView.as_view())]
