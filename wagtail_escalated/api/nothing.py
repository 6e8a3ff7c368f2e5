"""Every other address below the API."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from rest_framework.request import Request
from rest_framework.response import Response

from .base import DeskView


class Nothing(DeskView):
    """404 as JSON, whatever the method."""

    @property
    def default_response_headers(self) -> dict[str, str]:
        """Without ``Allow``: no method is."""
        return {
            name: value
            for name, value in super().default_response_headers.items()
            if name != "Allow"
        }

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        raise Http404

    post = put = patch = delete = options = http_method_not_allowed = get
