"""What every endpoint shares. Nothing is taken from the host's ``REST_FRAMEWORK``: the API is the same everywhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import Http404
from django.utils.cache import patch_vary_headers
from drf_spectacular.openapi import AutoSchema
from rest_framework import generics, negotiation, parsers, renderers
from rest_framework.response import Response

from wagtail_escalated.actors import through
from wagtail_escalated.ratelimit import Counted

from . import callers, errors
from .callers import Caller, caller_of
from .forms import from_form


class DeskView(generics.GenericAPIView):
    authentication_classes = [
        callers.BearerAuthentication,
        callers.GuestAuthentication,
        callers.SessionAuthentication,
    ]
    permission_classes = [callers.HasScope]
    throttle_classes = [callers.Throttle]
    renderer_classes = [renderers.JSONRenderer]
    parser_classes = [parsers.JSONParser, parsers.MultiPartParser, parsers.FormParser]
    content_negotiation_class = negotiation.DefaultContentNegotiation
    versioning_class = None
    #: What can be asked is in the schema; DRF's own answer to OPTIONS would ask each view for what some lack.
    metadata_class = None
    filter_backends: list[Any] = []
    pagination_class = None
    schema = AutoSchema()
    #: The scope that a token needs for whatever is not reading.
    writing_scope = "write"

    #: Where the caller stands with the limit of requests.
    counted: Counted | None = None

    login_required = False  # for Django's LoginRequiredMiddleware: it would answer with a page

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        with through("api"):
            response = super().dispatch(request, *args, **kwargs)
        response.headers.setdefault("Cache-Control", "private, no-cache")
        if self.counted:
            response["RateLimit-Limit"] = self.counted.limit
            response["RateLimit-Remaining"] = self.counted.remaining
            response["RateLimit-Reset"] = self.counted.reset
        patch_vary_headers(response, ["Authorization", "Cookie", "X-Guest-Token"])
        return response

    def get_exception_handler(self) -> Callable[..., Response | None]:
        return errors.handle

    @property
    def caller(self) -> Caller:
        found = caller_of(self.request)
        if found is None:  # only where a view asks before its permissions were checked
            raise Http404
        return found

    def sent(self, serializer_class: Any = None) -> dict[str, Any]:
        """What was sent, checked."""
        kind = serializer_class or self.get_serializer_class()
        data = from_form(self.request.data, kind)
        serializer = kind(data=data, context=self.get_serializer_context())
        serializer.is_valid(raise_exception=True)
        return serializer.validated_data
