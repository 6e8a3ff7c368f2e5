"""What became of our mails: deliveries, bounces and complaints, from the provider or as letters."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from wagtail_escalated.actions import mail_states
from wagtail_escalated.conf import desk_settings
from wagtail_escalated.mail.adapters.base import StatusEvent
from wagtail_escalated.mail.machine_mail import MachineMail
from wagtail_escalated.models import OutboundEmail, Ticket, normalise_address

State = OutboundEmail.State
STATES = {"delivered": State.DELIVERED, "bounced": State.BOUNCED, "complained": State.COMPLAINED}


def take_note(events: Iterable[StatusEvent], *, now: datetime) -> int:
    """Write each event to its mail; returns how many were ours."""
    return sum(_note(event, now=now) is not None for event in events)


def note_bounce(machine: MachineMail, *, now: datetime) -> Ticket | None:
    """A bounce or complaint that came as a letter: shown at the message that bounced. Its ticket, if it is ours."""
    if machine.bounce is None or machine.kind not in {"bounce", "complaint"}:
        return None
    if machine.bounce.permanent is False:
        kind = "delayed"
    else:
        kind = "bounced" if machine.kind == "bounce" else "complained"
    recipients = machine.bounce.recipients or ("",)
    for message_id in machine.bounce.ids:
        mails = [
            _note(
                StatusEvent(
                    kind=kind,
                    message_id=message_id,
                    recipient=recipient,
                    permanent=bool(machine.bounce.permanent),
                    detail=machine.bounce.diagnostic or machine.bounce.status,
                ),
                now=now,
                trusted=False,
            )
            for recipient in recipients
        ]
        found = next((mail for mail in mails if mail is not None), None)
        if found is not None:
            return found.ticket
    return None


def _note(event: StatusEvent, *, now: datetime, trusted: bool = True) -> OutboundEmail | None:
    mail = _mail_of(event)
    if mail is None:
        return None
    with transaction.atomic():
        state = STATES.get(event.kind)
        # A bounce is never undone by a late "delivered".
        if state and not (state == State.DELIVERED and mail.state != State.SENT):
            OutboundEmail.objects.filter(pk=mail.pk).update(state=state, error=event.detail[:2000])
            if state in {State.BOUNCED, State.COMPLAINED} and mail.state != state:
                mail_states.record_failure(mail, kind=event.kind, detail=event.detail, now=now)
        # Anybody can write a letter that looks like a bounce: only the provider stops an address.
        if trusted and event.permanent and state in {State.BOUNCED, State.COMPLAINED}:
            mail_states.suppress(mail.address, reason=f"{event.kind}: {event.detail}"[:200])
    return mail


def _mail_of(event: StatusEvent) -> OutboundEmail | None:
    mails = OutboundEmail.objects.select_related("ticket").order_by("-pk")
    if event.recipient:
        mails = mails.filter(address=normalise_address(event.recipient))
    message_id = event.message_id.strip().strip("<>")
    found = None
    if event.provider_id:
        found = mails.filter(provider_id=event.provider_id.strip("<>")[:250]).first()
    if found is None and message_id:
        keys = {message_id[:250], message_id.partition("@")[0][:250]}
        found = mails.filter(provider_id__in=keys).first()
    if found is None and message_id.lower().endswith(f"@{desk_settings.MAIL_DOMAIN.lower()}"):
        found = mails.filter(message_id=message_id[:250]).first()
    return found
