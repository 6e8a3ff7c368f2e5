"""Below ``events/``. The socket itself is answered by ``routing``; its path is named here for ``reverse``."""

from django.urls import path

from . import polling, streams

urlpatterns = [
    path("", polling.events, name="events"),
    path("socket/", polling.only_by_socket, name="events_socket"),
    path("stream/", streams.stream, name="events_stream"),
    path("presence/", polling.presences, name="events_presence"),
]
