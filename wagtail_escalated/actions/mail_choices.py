"""Which mails a customer wants; asked by the token of a mail or by a login."""

from __future__ import annotations

from collections.abc import Collection

from django.db import transaction
from django.db.models import Q, QuerySet

from wagtail_escalated.models import Contact, CustomerMail, MailOptOut, Ticket
from wagtail_escalated.permissions import tickets_for
from wagtail_escalated.tokens import contact_from_mail_choices, is_hash_of

MAX_TOKEN_LENGTH = 300


def contact_of(token: str) -> Contact | None:
    """The contact a mail's token was made for, while the address is still theirs. Reads only."""
    if len(token) > MAX_TOKEN_LENGTH:
        return None
    found = contact_from_mail_choices(token)
    if found is None:
        return None
    pk, address_hash = found
    contact = Contact.objects.filter(pk=pk).first()
    if contact is None or not is_hash_of(address_hash, contact.address):
        return None
    return contact


def wanted(contact: Contact) -> set[str]:
    off = set(contact.mail_opt_outs.values_list("kind", flat=True))
    return {kind.value for kind in CustomerMail if kind not in off}


def choose(contact: Contact, kinds: Collection[str]) -> None:
    """From now on of those that can be switched off the contact gets ``kinds``."""
    off = [kind for kind in CustomerMail if kind not in kinds]
    with transaction.atomic():
        contact.mail_opt_outs.exclude(kind__in=off).delete()
        MailOptOut.objects.bulk_create(
            [MailOptOut(contact=contact, kind=kind) for kind in off], ignore_conflicts=True
        )


def switch_off(contact: Contact, kind: str) -> None:
    MailOptOut.objects.get_or_create(contact=contact, kind=CustomerMail(kind))


def copies_of(contact: Contact) -> QuerySet[Ticket]:
    """The tickets whose answers somebody gets by mail although they did not ask them."""
    in_copy = Q(copied__contact=contact, copied__by_choice=False)
    by_choice = Q(
        copied__contact=contact,
        copied__by_choice=True,
        pk__in=tickets_for(contact, "view_as_customer").values("pk"),
    )
    found = Ticket.objects.filter(in_copy | by_choice, merged_into=None, is_spam=False)
    return found.order_by("-last_message_at")
