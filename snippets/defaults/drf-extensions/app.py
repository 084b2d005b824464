"""drf-extensions' optimistic locking: ``APIETAGMixin`` on a model's views."""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application

settings.configure(
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    INSTALLED_APPS=["rest_framework"],
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": os.path.join(os.environ["DEFAULTS_DIR"], "doc.sqlite3"),
        }
    },
    REST_FRAMEWORK={
        "DEFAULT_AUTHENTICATION_CLASSES": [],
        "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
        "UNAUTHENTICATED_USER": None,
    },
)
application = get_wsgi_application()

# Models can be imported and made once there are settings.
from django.db import connection, models
from django.urls import path
from rest_framework.serializers import ModelSerializer
from rest_framework.viewsets import ModelViewSet
from rest_framework_extensions.etag.mixins import APIETAGMixin


class Doc(models.Model):
    title = models.TextField()
    body = models.TextField()

    class Meta:
        app_label = "docs"


class DocSerializer(ModelSerializer):
    class Meta:
        model = Doc
        fields = ["title", "body"]


class DocViewSet(APIETAGMixin, ModelViewSet):
    queryset = Doc.objects.all()
    serializer_class = DocSerializer


doc = DocViewSet.as_view({"get": "retrieve", "put": "update"})
urlpatterns = [path("doc", doc, {"pk": 1})]

with connection.schema_editor() as editor:
    editor.create_model(Doc)
Doc.objects.create(pk=1, title="old", body="old")
