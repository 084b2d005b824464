from django.urls import path
from documents.views import DocumentListView, DocumentView

urlpatterns = [
    path("docs", DocumentListView.as_view()),
    path("docs/<name>", DocumentView.as_view()),
]
