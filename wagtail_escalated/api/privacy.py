"""``contacts/<id>/export/`` and ``…/erase/``: what a person may ask for. For managers."""

from __future__ import annotations

import tempfile
from dataclasses import asdict
from typing import Any

from django.http import FileResponse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from wagtail_escalated.actions.contact_export import export_contact
from wagtail_escalated.actions.erasure import erase_contact, what_would_go
from wagtail_escalated.models import normalise_address

from . import callers
from .describing import describe
from .fields import Text
from .people import Contacts

#: A larger archive is written to the disk.
IN_MEMORY = 5_000_000


class EraseSent(serializers.Serializer):
    address = Text(max_length=254, help_text="Theirs, so that nobody else is meant.")


class ErasedJSON(serializers.Serializer):
    tickets = serializers.IntegerField()
    messages = serializers.IntegerField(help_text="Theirs at other people's tickets.")
    letters = serializers.IntegerField()


class PrivacyView(Contacts):
    permission_classes = [callers.HasScope, callers.Manages]
    pagination_class = None


class ExportContact(PrivacyView):
    @describe(
        operation_id="contacts_export",
        description="A ZIP of all that is kept about somebody and may be shown to them: no notes. For managers alone.",
        responses={(200, "application/octet-stream"): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, pk: int) -> Any:
        contact = self.row()
        archive = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 (the response closes it)
        export_contact(contact, archive, actor=self.caller.actor)
        archive.seek(0)
        response = FileResponse(
            archive,
            as_attachment=True,
            filename=f"contact-{contact.pk}.zip",
            content_type="application/octet-stream",
        )
        response["X-Content-Type-Options"] = "nosniff"
        response["Cache-Control"] = "private, no-store"
        return response


class EraseContact(PrivacyView):
    serializer_class = EraseSent

    @describe(
        operation_id="contacts_erase_preview",
        description="What erasing somebody would delete, counted. Nothing is written. For managers alone.",
        responses={200: ErasedJSON},
    )
    def get(self, request: Request, pk: int) -> Response:
        return Response(asdict(what_would_go(self.row())))

    @describe(
        operation_id="contacts_erase",
        description="Delete all that is kept about somebody, for good. Their address says that they are meant.",
        request=EraseSent,
        responses={200: ErasedJSON},
    )
    def post(self, request: Request, pk: int) -> Response:
        contact, sent = self.row(), self.sent()
        if normalise_address(sent["address"]) != contact.address:
            message = _("This is not the address of this contact.")
            raise serializers.ValidationError({"address": [message]})
        return Response(asdict(erase_contact(contact, actor=self.caller.actor)))
