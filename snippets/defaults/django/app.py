"""Django's conditional view processing: the ``condition`` decorator."""

import hashlib
import json

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse, JsonResponse
from django.urls import path
from django.utils import timezone
from django.views.decorators.http import condition, require_http_methods

settings.configure(ALLOWED_HOSTS=["127.0.0.1"], ROOT_URLCONF=__name__)
document = {"title": "old", "body": "old"}
saved_at = timezone.now()


def etag(request):
    return f'"{hashlib.sha256(json.dumps(document).encode()).hexdigest()}"'


def last_modified(request):
    return saved_at


@require_http_methods(["GET", "HEAD", "PUT"])
@condition(etag_func=etag, last_modified_func=last_modified)
def doc(request):
    global saved_at
    if request.method == "PUT":
        document.update(json.loads(request.body))
        saved_at = timezone.now()
        return HttpResponse(status=204)
    return JsonResponse(document)


urlpatterns = [path("doc", doc)]
application = get_wsgi_application()
