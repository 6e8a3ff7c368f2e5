"""Addresses that are ours, blocked, let through, or too busy."""

from __future__ import annotations

from datetime import datetime, timedelta
from email.utils import parseaddr

from django.conf import settings

from wagtail_escalated.batches import remembered
from wagtail_escalated.conf import desk_settings
from wagtail_escalated.models import (
    BlockedSender,
    Department,
    DeskSettings,
    InboundEmail,
    LinkKind,
    Ticket,
    normalise_address,
)

# Past these a person reads first: (letters, within)
FROM_ONE_SENDER = (200, timedelta(hours=1))
IN_ONE_TICKET = (20, timedelta(minutes=10))
#: Tickets of which each answers the one before, and was opened by somebody who took no part in it.
MAX_CHAIN = 2
#: So many listed senders are read at once for a batch of letters.
FEW = 200


def own_addresses() -> frozenset[str]:
    """What we write from, in lower case. A letter from there is our own, come back."""
    return remembered("own addresses", _load_own_addresses)


def _load_own_addresses() -> frozenset[str]:
    found = {parseaddr(settings.DEFAULT_FROM_EMAIL)[1], parseaddr(settings.SERVER_EMAIL)[1]}
    departments = Department.objects.exclude(address=None).order_by()
    sites = DeskSettings.objects.exclude(sender_address="")
    found |= set(
        departments.values_list("address", flat=True).union(
            sites.values_list("sender_address", flat=True)
        )
    )
    return frozenset(normalise_address(one) for one in found if one)


def is_reply_address(address: str) -> bool:
    local, _, domain = address.lower().rpartition("@")
    return local.startswith("reply+") and domain == desk_settings.MAIL_DOMAIN.lower()


def listed(address: str) -> BlockedSender | None:
    """The entry for an address; one for the address itself wins over one for its domain."""
    # Most desks list few senders or none; those that list many ask for the two patterns alone.
    few = remembered("listed senders", _few_listed)
    key = normalise_address(address)
    domain = f"@{key.rpartition('@')[2]}"
    if few is not None:
        return few.get(key) or few.get(domain)
    found = {
        row.pattern.lower(): row for row in BlockedSender.objects.filter(pattern__in=[key, domain])
    }
    return found.get(key) or found.get(domain)


def _few_listed() -> dict[str, BlockedSender] | None:
    """By pattern; ``None`` where there are more than ``FEW``."""
    rows = list(BlockedSender.objects.all()[: FEW + 1])
    return None if len(rows) > FEW else {row.pattern.lower(): row for row in rows}


def is_flooding(sender: str, *, now: datetime) -> bool:
    limit, within = FROM_ONE_SENDER
    rows = InboundEmail.objects.filter(sender=sender, received_at__gt=now - within)
    return rows.count() >= limit


def is_chained(related: Ticket) -> bool:
    """Whether tickets of strangers follow from one another: machines that answer each from a new address."""
    length, ticket = 0, related
    while length < MAX_CHAIN:
        link = ticket.links.filter(kind=LinkKind.MAYBE_RELATED).select_related("other").first()
        if link is None:
            return False
        length, ticket = length + 1, link.other
    return True


def is_looping(sender: str, ticket: Ticket, *, now: datetime) -> bool:
    limit, within = IN_ONE_TICKET
    rows = InboundEmail.objects.filter(sender=sender, ticket=ticket, received_at__gt=now - within)
    return rows.filter(state=InboundEmail.State.DONE).count() >= limit
