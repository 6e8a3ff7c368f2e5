"""Below the desk's prefix, at `kb/`."""

from django.urls import path

from . import views

urlpatterns = [path("suggestions/", views.suggestions, name="kb_suggestions")]
