"""Contacts: found by address, named once, joined with an account when the address is proved."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from wagtail_escalated.conf import desk_settings
from wagtail_escalated.exceptions import InvalidTicket
from wagtail_escalated.hours import UnknownZone, zone
from wagtail_escalated.models import (
    Contact,
    Organisation,
    display_name,
    normalise_address,
    user_address,
)


def contact_for_address(address: str, *, name: str = "", known: Contact | None = None) -> Contact:
    """The contact of an address, made where there is none. A name is filled in, never overwritten.

    ``known`` is that contact, if it is at hand already.

    A new contact is joined with the account that had the address before it (see ``ADDRESS_CHECK``); an account
    that comes later takes it over by ``prove``.
    """
    key = normalise_address(address)
    if known is not None and known.address == key:
        contact, created = known, False
    else:
        # Asked for by the one who is made alone.
        fields: dict[str, Any] = {"organisation": lambda: _organisation_of(key)}
        contact, created = Contact.objects.get_or_create(
            address=key, defaults={"name": _clean_name(name), **fields}
        )
    if created:
        _join_account(contact)
    if not created and name and not contact.name:
        contact.name = _clean_name(name)
        contact.save(update_fields=["name"])
    return contact


def contact_for_user(user: Any) -> Contact:
    """The contact of an account.

    A contact that was there before the account is not joined with it here: ``prove`` does that, once it was
    shown that the address is theirs. Until then ``contact.user`` is empty.
    """
    existing = getattr(user, "escalated_contact", None)
    if existing is not None:
        return existing
    address = user_address(user)
    if not address:
        raise InvalidTicket("requester", _("Your account has no email address."))
    contact = contact_for_address(address, name=display_name(user))
    if contact.user_id == user.pk:
        contact.user = user  # so that this very instance knows its contact
    return contact


def remember_habits(contact: Contact, *, locale: str = "", time_zone: str = "") -> None:
    """The language and zone somebody wrote in, where none is known yet; an unknown zone is left out."""
    known = {"locale": locale[:20], "time_zone": time_zone if is_zone(time_zone) else ""}
    new = {name: value for name, value in known.items() if value and not getattr(contact, name)}
    for name, value in new.items():
        setattr(contact, name, value)
    if new:
        contact.save(update_fields=list(new))


def is_zone(name: str) -> bool:
    try:
        zone(name)
    except UnknownZone:
        return False
    return True


def as_contact(requester: Any) -> Contact:
    """A ``Contact`` as it is, or the contact of a user."""
    return requester if isinstance(requester, Contact) else contact_for_user(requester)


def prove(contact: Contact, *, user: Any = None) -> Contact:
    """The person showed that the address is theirs; an account of that address takes the contact over."""
    with transaction.atomic():
        contact = Contact.objects.select_for_update().get(pk=contact.pk)
        if contact.proved_at is None:
            contact.proved_at = timezone.now()
            contact.save(update_fields=["proved_at"])
        if user is not None and contact.user_id is None and _owns(user, contact):
            join(contact, user)
    return contact


def join(contact: Contact, user: Any) -> None:
    contact.user = user
    contact.save(update_fields=["user"])


def _join_account(contact: Contact) -> None:
    """Join a new contact with the one active account of its address that is nobody's contact yet."""
    model = get_user_model()
    field = model.get_email_field_name()
    accounts = model._default_manager.filter(is_active=True, escalated_contact=None)
    found = list(accounts.filter(**{f"{field}__iexact": contact.address})[:2])
    check = desk_settings.user_check("ADDRESS_CHECK")
    if len(found) == 1 and (check is None or check(found[0])):
        join(contact, found[0])


def _owns(user: Any, contact: Contact) -> bool:
    same_address = normalise_address(user_address(user)) == contact.address
    return same_address and not Contact.objects.filter(user=user).exists()


def _clean_name(name: str) -> str:
    return " ".join(name.replace("\x00", "").split())[:200]


def _organisation_of(address: str) -> Organisation | None:
    domain = address.rpartition("@")[2]
    for organisation in Organisation.objects.exclude(domains=[]):
        if domain in organisation.domains:
            return organisation
    return None
