"""``contacts/``, ``organisations/``, ``blocked-senders/``: who writes, where they belong, and who is not heard."""

from __future__ import annotations

import zoneinfo

from django.core.validators import validate_email
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from wagtail_escalated.models import BlockedSender, Contact, Organisation, normalise_address
from wagtail_escalated.models.contacts import mail_domain
from wagtail_escalated.permissions import is_manager, tickets_for

from .configuration import OfManagers, Rows, both
from .fields import Text
from .model_json import RowJSON


class ContactJSON(RowJSON):
    address = Text(max_length=254)
    proved_at = serializers.DateTimeField(
        read_only=True, allow_null=True, help_text="When they showed that the address is theirs."
    )

    class Meta:
        model = Contact
        fields = [
            "id",
            "name",
            "address",
            "organisation",
            "locale",
            "time_zone",
            "proved_at",
            "created_at",
        ]
        read_only_fields = ["created_at"]

    def validate_address(self, address: str) -> str:
        validate_email(address)
        key = normalise_address(address)
        same = Contact.objects.filter(address=key)
        if self.instance is not None:
            same = same.exclude(pk=self.instance.pk)
        if same.exists():
            raise ValidationError(_("There is a contact with this address already."), "unique")
        return key

    def validate_time_zone(self, name: str) -> str:
        if name and name not in zoneinfo.available_timezones():
            raise ValidationError(_("There is no such time zone."))
        return name


class Contacts(Rows):
    names = ("contact", "contacts")
    whose = "Agents read about those whose tickets they see, managers keep them."
    searched = ("name", "address")
    serializer_class = ContactJSON

    def rows(self) -> QuerySet[Contact]:
        rows = Contact.objects.order_by("pk")
        actor = self.caller.actor
        if is_manager(actor):
            return rows
        return rows.filter(pk__in=tickets_for(actor, "view_internal").values("requester_id"))


class OrganisationJSON(RowJSON):
    domains = serializers.ListField(
        child=Text(max_length=253),
        required=False,
        max_length=200,
        help_text="People who write from there belong to it.",
    )

    class Meta:
        model = Organisation
        fields = ["id", "name", "domains", "shares_tickets", "notes"]

    def validate_domains(self, names: list[str]) -> list[str]:
        return list(dict.fromkeys(map(mail_domain, names)))


class Organisations(OfManagers):
    names = ("organisation", "organisations")
    searched = ("name", "notes")
    serializer_class = OrganisationJSON

    def rows(self) -> QuerySet[Organisation]:
        return Organisation.objects.order_by("pk")


class BlockedSenderJSON(RowJSON):
    pattern = Text(max_length=254, help_text="An address, or a domain written `@example.com`.")

    class Meta:
        model = BlockedSender
        fields = ["id", "pattern", "allow", "reason", "created_at"]
        read_only_fields = ["created_at"]

    def validate_pattern(self, pattern: str) -> str:
        key = normalise_address(pattern)
        if key.startswith("@"):
            mail_domain(key)
        else:
            validate_email(key)
        same = BlockedSender.objects.filter(pattern=key)
        if self.instance is not None:
            same = same.exclude(pk=self.instance.pk)
        if same.exists():
            raise ValidationError(_("This sender stands in the list already."), "unique")
        return key


class BlockedSenders(OfManagers):
    names = ("blocked_sender", "blocked_senders")
    searched = ("pattern", "reason")
    serializer_class = BlockedSenderJSON

    def rows(self) -> QuerySet[BlockedSender]:
        return BlockedSender.objects.order_by("pk")


KINDS = {
    "contacts": both(Contacts),
    "organisations": both(Organisations),
    "blocked-senders": both(BlockedSenders),
}
