"""Links for people without an account: one ticket each, hashed at rest, good for a while."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from wagtail_escalated.actions import contacts, outbound
from wagtail_escalated.models import (
    Contact,
    DeskSettings,
    GuestLink,
    GuestPolicy,
    OutboundEmail,
    Ticket,
    normalise_address,
    user_address,
)
from wagtail_escalated.permissions import user_contact
from wagtail_escalated.tokens import hash_token, new_guest_token

LIFETIME = timedelta(days=30)
MAX_TOKEN_LENGTH = 128


def create_link(
    ticket: Ticket, *, contact: Contact | None = None, by_mail: bool, now: datetime | None = None
) -> str:
    """A new token into the ticket; it is told here and never again. ``by_mail``: it goes to the
    contact's address alone, so that using it proves the address."""
    token, token_hash = new_guest_token()
    GuestLink.objects.create(
        ticket=ticket,
        contact=contact or ticket.requester,
        token_hash=token_hash,
        by_mail=by_mail,
        expires_at=(now or timezone.now()) + LIFETIME,
    )
    return token


def requester_for(contact: Contact, *, site: Any) -> tuple[Contact, tuple[str, ...]]:
    """Whose request a visitor's form becomes by the site's guest policy, and who gets the answers in copy."""
    desk = DeskSettings.for_site(site)
    if desk.guest_policy != GuestPolicy.USER or desk.guest_user is None:
        return contact, ()
    owner = contacts.contact_for_user(desk.guest_user)
    return owner, () if owner == contact else (contact.address,)


def resolve(token: str, *, now: datetime | None = None) -> GuestLink | None:
    """The link of a token, unless it is unknown or over. Reads only: scanners of mail open links."""
    if not token or len(token) > MAX_TOKEN_LENGTH:
        return None
    link = (
        GuestLink.objects.select_related("contact", "ticket__requester")
        .filter(token_hash=hash_token(token), expires_at__gt=now or timezone.now())
        .first()
    )
    if link is None or not _still_takes_part(link):
        return None
    return link


def use(link: GuestLink, *, user: Any = None, now: datetime | None = None) -> None:
    """The holder did something with the link (sent a form): what came by mail proves the address.

    ``user`` is who is logged in meanwhile: an account of that address takes the contact's tickets over.
    """
    GuestLink.objects.filter(pk=link.pk).update(last_used_at=now or timezone.now())
    if link.by_mail and (link.contact.proved_at is None or user is not None):
        contacts.prove(link.contact, user=user)


def may_claim(link: GuestLink, user: Any) -> bool:
    """Whether the account could take over what the link's holder asked for: it is of the address that got it."""
    if not link.by_mail or not user.is_authenticated:
        return False
    same_address = normalise_address(user_address(user)) == link.contact.address
    return same_address and link.contact.user_id is None and user_contact(user) is None


def proves(link: GuestLink) -> bool:
    """Whether its holder is the contact: it went to the address, or to somebody whom the site had identified."""
    return link.by_mail or link.ticket.proved


def _still_takes_part(link: GuestLink) -> bool:
    # A ticket given to another requester is no longer the holder's to read.
    if link.ticket.requester_id != link.contact_id:
        return False
    # A merge brings in what was written elsewhere: that is for whoever has shown that the address is theirs.
    return proves(link) or not link.ticket.merged_from.exists()


def ask_for_links(address: str, *, site_pk: int) -> None:
    """Queue a mail with new links to what this address has asked at the site; none where it asked nothing.

    Twice within a minute is one mail.
    """
    contact = Contact.objects.for_address(address).first()
    if contact is None or not contact.tickets.filter(site=site_pk, is_spam=False).exists():
        return
    now = timezone.now()
    _mail, created = OutboundEmail.objects.get_or_create(
        key=f"guest_links:{contact.pk}:{now:%Y%m%d%H%M}",
        defaults={
            "kind": "guest_links",
            "contact": contact,
            "address": contact.address,
            "data": {"site": site_pk},
            "send_after": now,
        },
    )
    if created:
        outbound.announce(now)
