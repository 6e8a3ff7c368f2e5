"""Message-ID, In-Reply-To, References, Reply-To and subject: the wire format by which answers come home."""

from __future__ import annotations

from wagtail_escalated.conf import desk_settings
from wagtail_escalated.models import OutboundEmail, Ticket
from wagtail_escalated.tokens import reply_address

MAX_REFERENCES = 10
UNPROVED = frozenset({"confirmation"})


def thread_headers(mail: OutboundEmail) -> dict[str, str]:
    """Of a mail about a ticket. A note's id is named to nobody but agents."""
    ticket = mail.ticket
    root = own_id(f"ticket-{ticket.pk}")
    own = (
        f"<{mail.message_id}>" if mail.message_id else own_id(f"ticket-{ticket.pk}-mail-{mail.pk}")
    )
    headers = {"Message-ID": own}
    earlier = [one for one in _earlier(mail, root) if one != own]
    if earlier:
        headers["In-Reply-To"] = earlier[-1]
        headers["References"] = " ".join(earlier)
    return headers


def own_id(local: str) -> str:
    return f"<{local}@{desk_settings.MAIL_DOMAIN}>"


def _earlier(mail: OutboundEmail, root: str) -> list[str]:
    """The public messages before this one, oldest first; the ticket's root always among them."""
    ticket = mail.ticket
    by_reply = {reply: f"<{message_id}>" for reply, message_id in mail.letters}
    first = [by_reply[None]] if None in by_reply and ticket.channel == "email" else []
    replies = ticket.replies.order_by("created_at", "pk")
    if mail.reply is not None:
        replies = replies.filter(created_at__lte=mail.reply.created_at).exclude(pk=mail.reply.pk)
    keys = (
        list(replies.values_list("pk", flat=True))[-MAX_REFERENCES:] if ticket.reply_count else []
    )
    later = [by_reply.get(pk, own_id(f"ticket-{ticket.pk}-reply-{pk}")) for pk in keys]
    return list(dict.fromkeys([*first, root, *later]))


def subject_of(mail: OutboundEmail, notice: str) -> str:
    """``[REFERENCE] subject``, ``Re: …`` for all but the first; ``notice`` stands for what was not proved."""
    ticket = mail.ticket
    subject = ticket.subject if ticket.proved or mail.kind not in UNPROVED else notice
    first = mail.kind in {"confirmation", "opened"}
    text = f"{'' if first else 'Re: '}[{ticket.reference}] {subject}"
    return " ".join(text.split())[:250]


def reply_to(ticket: Ticket, sender: str) -> str:
    """The signed address; without a secret the department's, else the sender's."""
    signed = reply_address(ticket.pk)
    if signed:
        return signed
    return (ticket.department.address if ticket.department else None) or sender
