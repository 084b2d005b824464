"""Test equipment, not to be copied: the server with /probe, a resource in any state.

The request describes its target: Probe-State, Probe-ETag, Probe-Last-Modified and
Probe-Require. What decides is the server's own ``check()``. Run ``gunicorn probe``.
"""

from project.wsgi import application as application  # it sets Django up, so it is first

from django.http import Http404
from django.urls import path
from django.utils.http import parse_http_date
from documents.preconditions import Validators, check
from project import urls
from rest_framework.response import Response
from rest_framework.views import APIView


class ProbeView(APIView):
    def handle(self, request):
        etag = request.headers.get("Probe-ETag")
        date = request.headers.get("Probe-Last-Modified")
        current = Validators(etag, date and parse_http_date(date))
        if request.headers["Probe-State"] == "absent":
            current = None
            if request.method != "PUT":
                raise Http404
        check(request, current, required=request.headers["Probe-Require"] == "yes")
        if request.method not in ("GET", "HEAD"):
            return Response(status=204 if current else 201)
        validators = {"ETag": etag, "Last-Modified": date}
        return Response("probe", headers={k: v for k, v in validators.items() if v})

    get = put = patch = delete = handle


urls.urlpatterns.append(path("probe", ProbeView.as_view()))
