"""What the schedules of mail run; each says in one line what it did."""

from __future__ import annotations

from wagtail_escalated.actions import messages
from wagtail_escalated.mail import intake, outbox


def process_inbound() -> str:
    counts = intake.process_due()
    told = ", ".join(f"{number} {state}" for state, number in sorted(counts.items()))
    return f"{sum(counts.values())} letters worked on" + (f": {told}" if told else "")


def let_leave() -> dict[str, int]:
    """Replies whose undo window is over: customers see them, and their mails are sent."""
    messages.release_due()
    return outbox.send_due()


def send_mail() -> str:
    counts = let_leave()
    return (
        f"{counts['sent']} mails sent, {counts['failed']} failed, {counts['suppressed']} not sent"
    )
