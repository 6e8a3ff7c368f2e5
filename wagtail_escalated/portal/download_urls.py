"""Files are reached whether or not the portal's pages are on: agents download them, too."""

from django.urls import path

from .downloads import attachment

urlpatterns = [path("attachments/<uuid:uuid>/", attachment, name="attachment")]
