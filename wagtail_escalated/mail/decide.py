"""What becomes of a letter: ignored, held, a reply, a note or a ticket. Runs in the worker's transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from wagtail_escalated.actions import contacts, messages, tickets
from wagtail_escalated.actions.attachments import sorted_out
from wagtail_escalated.actors import SYSTEM, through
from wagtail_escalated.batches import remembered
from wagtail_escalated.bodies import MessageBody
from wagtail_escalated.mail import senders, statuses, trust
from wagtail_escalated.mail.adapters.base import Letter
from wagtail_escalated.mail.dedupe import dedupe_key
from wagtail_escalated.mail.machine_mail import classify
from wagtail_escalated.mail.message import InboundMessage
from wagtail_escalated.mail.quoting import fold
from wagtail_escalated.mail.resolve import Found, agent_on, customer_on, find_ticket
from wagtail_escalated.models import (
    SUBJECT_LENGTH,
    Channel,
    Contact,
    Department,
    InboundEmail,
    LinkKind,
    Reply,
    Ticket,
    normalise_address,
)
from wagtail_escalated.permissions import tickets_for

State = InboundEmail.State
MAX_COPIES = 20
MAX_STORED_TEXT = 900_000  # characters; the whole letter is kept


@dataclass(frozen=True, slots=True)
class Outcome:
    state: str
    reason: str = ""
    outcome: str = ""
    ticket: Ticket | None = None
    reply: Reply | None = None
    detail: str = ""


class SeenBefore(Exception):
    """The letter repeats another. Its transaction is broken, and has to be rolled back."""

    def __init__(self, key: str | None):
        self.key = key
        super().__init__(key)


def describe(row: InboundEmail, letter: Letter, message: InboundMessage) -> Contact | None:
    """What lists and searches show of the letter, and the trust that it earned.

    Returns the contact of its sender's address, where there is one.
    """
    row.message_id = message.message_id[:250]
    row.sender = normalise_address(message.sender.address) if message.sender else ""
    row.subject = message.subject[:250]
    row.verdict = letter.verdict
    if not row.recipient:
        row.recipient = next(iter(message.recipients), "")[:320]
    writer = Contact.objects.filter(address=row.sender).first() if row.sender else None
    row.trust = _trust(writer, trust.verdict_of(letter, message))
    return writer


def _trust(writer: Contact | None, verdict: str) -> str:
    if verdict == trust.PASS:
        return InboundEmail.Trust.PROVED
    return InboundEmail.Trust.KNOWN if writer is not None else InboundEmail.Trust.UNKNOWN


def decide(
    row: InboundEmail,
    letter: Letter,
    message: InboundMessage,
    *,
    writer: Contact | None,
    now: datetime,
) -> Outcome:
    """``writer`` is what ``describe`` returned. Gives the row its ``dedupe_key``, which its end writes.

    Raises what the actions raise.
    """
    with through("mail"):
        refused = _refused_at_once(letter, message)
        return refused or _take_on(row, letter, message, writer=writer, now=now)


def _refused_at_once(letter: Letter, message: InboundMessage) -> Outcome | None:
    if letter.note:
        return Outcome(State.IGNORED, letter.note, "ignored")
    if message.is_empty:
        return Outcome(State.IGNORED, "empty", "ignored")
    return None


def _take_on(
    row: InboundEmail,
    letter: Letter,
    message: InboundMessage,
    *,
    writer: Contact | None,
    now: datetime,
) -> Outcome:
    found = find_ticket(message, message.recipients)
    ours = senders.own_addresses()
    departments = [] if found.ticket else _departments(row, letter, message)
    department = departments[0] if departments else None
    place = (
        f"ticket-{found.ticket.pk}" if found.ticket else getattr(department, "address", "") or ""
    )
    row.dedupe_key = dedupe_key(message, place)
    stopped = _stopped(row, letter, message, found, ours=ours, now=now)
    if stopped:
        return stopped
    _copy_for_others(row, departments[1:])
    if department is not None:
        row.recipient = department.address
    return _Taking(row, letter, message, department, ours, writer).on(found)


def first_of(key: str | None) -> Outcome:
    """What became of the letter that this one repeats. Raises ``DoesNotExist``."""
    first = InboundEmail.objects.select_related("ticket").get(dedupe_key=key)
    return Outcome(State.DUPLICATE, "seen_before", first.outcome, first.ticket)


def _stopped(
    row: InboundEmail,
    letter: Letter,
    message: InboundMessage,
    found: Found,
    *,
    ours: frozenset[str],
    now: datetime,
) -> Outcome | None:
    """Machines are recorded, the doubtful waits for a person."""
    listed = senders.listed(row.sender) if row.sender else None
    if listed and not listed.allow:
        return Outcome(State.IGNORED, "blocked_sender", "ignored")
    if not (listed and listed.allow):
        machine = classify(message, own_addresses=ours)
        if machine:
            bounced = statuses.note_bounce(machine, now=now)
            return Outcome(
                State.IGNORED,
                machine.reason,
                "ignored",
                bounced or found.ticket,
                detail=machine.kind,
            )
        if senders.is_flooding(row.sender, now=now):
            return Outcome(State.HELD, "too_many", "held")
    if not message.sender:
        return Outcome(State.HELD, "no_sender", "held")
    if senders.is_reply_address(row.sender):
        return Outcome(State.IGNORED, "own_address", "ignored", detail="loop")
    if trust.is_spam(letter):
        return Outcome(State.HELD, "spam", "held")
    if found.deleted:
        return Outcome(State.HELD, "deleted_ticket", "held")
    return None


def _departments(row: InboundEmail, letter: Letter, message: InboundMessage) -> list[Department]:
    """Whose address it was sent to: the envelope's, else what the letter says."""
    if row.department is not None:
        return [row.department]
    known = _by_address()
    return _named(letter.recipients, known) or _named(message.recipients, known)


def _by_address() -> dict[str, Department]:
    return remembered("departments by address", _load_by_address)


def _load_by_address() -> dict[str, Department]:
    rows = Department.objects.filter(active=True).exclude(address=None).select_related("site")
    return {normalise_address(one.address): one for one in rows}


def _named(addresses, known: dict[str, Department]) -> list[Department]:
    keys = dict.fromkeys(normalise_address(one) for one in addresses)
    return [known[key] for key in keys if key in known]


def _copy_for_others(row: InboundEmail, departments: list[Department]) -> None:
    """The same letter to another department is a letter of its own."""
    for department in departments:
        InboundEmail.objects.create(
            provider=row.provider,
            content_type=row.content_type,
            delivery_key=row.delivery_key,
            raw_key=row.raw_key,
            raw_size=row.raw_size,
            department=department,
            received_at=row.received_at,
            next_attempt_at=row.received_at,
        )


@dataclass(slots=True)
class _Taking:
    """One letter on its way into a ticket."""

    row: InboundEmail
    letter: Letter
    message: InboundMessage
    department: Department | None
    own_addresses: frozenset[str]
    writer: Contact | None
    _same: list[tuple[int | None, str]] | None = None

    def on(self, found: Found) -> Outcome:
        if found.ticket is None:
            return self._new_ticket()
        sender = self.message.sender.address
        agent = agent_on(found.ticket, sender)
        if agent is not None:
            return self._answer_of_agent(found, agent)
        customer = customer_on(found.ticket, sender)
        if customer is None:
            return self._new_ticket(related=found.ticket)
        return self._answer_of_customer(found, customer)

    def _answer_of_agent(self, found: Found, agent: Any) -> Outcome:
        """A person's role is never taken from the From address alone."""
        if not (found.signed and trust.proved(self.letter, self.message)):
            return Outcome(State.HELD, "agent_not_proved", "held", found.ticket)
        if found.answers_note:
            messages.add_note(
                found.ticket, body=self._body(), actor=agent, attachments=self._files()
            )
            return Outcome(State.DONE, outcome="replied_to_existing", ticket=found.ticket)
        row = messages.reply(
            found.ticket,
            body=self._body(),
            actor=agent,
            attachments=self._files(),
            channel=Channel.EMAIL,
        )
        return Outcome(State.DONE, self._flag(), "replied_to_existing", found.ticket, row)

    def _answer_of_customer(self, found: Found, customer: Contact) -> Outcome:
        verdict = trust.verdict_of(self.letter, self.message)
        if not found.signed and verdict == trust.FAIL:
            return Outcome(State.HELD, "sender_failed_check", "held", found.ticket)
        if senders.is_looping(self.row.sender, found.ticket, now=self.row.received_at):
            return Outcome(State.HELD, "too_many_in_thread", "held", found.ticket)
        proved = verdict == trust.PASS or (found.signed and verdict != trust.FAIL)
        written = messages.reply(
            found.ticket,
            body=self._body(),
            actor=customer,
            attachments=self._files(),
            cc=self._copies() if proved else (),
            channel=Channel.EMAIL,
            proved=proved,
        )
        if isinstance(written, Ticket):
            return Outcome(State.DONE, self._flag(), "created_new", written)
        return Outcome(State.DONE, self._flag(), "replied_to_existing", found.ticket, written)

    def _new_ticket(self, related: Ticket | None = None) -> Outcome:
        verdict = trust.verdict_of(self.letter, self.message)
        if verdict == trust.FAIL:
            return Outcome(State.HELD, "sender_failed_check", "held", related)
        if related is not None and senders.is_chained(related):
            return Outcome(State.HELD, "too_many_in_thread", "held", related)
        sender = self.message.sender
        requester = contacts.contact_for_address(
            sender.address, name=sender.name, known=self.writer
        )
        ticket = tickets.create(
            subject=subject_of(self.message),
            description=self._body(),
            requester=requester,
            actor=requester,
            department=self.department,
            channel=Channel.EMAIL,
            attachments=self._files(),
            cc=() if related else self._copies(),
            proved=verdict == trust.PASS,
        )
        self._link(ticket, related)
        return Outcome(State.DONE, self._flag(), "created_new", ticket)

    def _link(self, ticket: Ticket, related: Ticket | None) -> None:
        if related is not None:
            tickets.link(ticket, related, LinkKind.MAYBE_RELATED, actor=SYSTEM)
        others = {pk for pk, _recipient in self._same_id()} - {None, ticket.pk}
        for other in tickets_for(SYSTEM, "view").filter(pk__in=others) if others else ():
            tickets.link(ticket, other, LinkKind.RELATED, actor=SYSTEM)

    def _same_id(self) -> list[tuple[int | None, str]]:
        """Ticket and recipient of the sender's letters with this letter's id."""
        if self._same is None:
            self._same = self._find_same_id()
        return self._same

    def _find_same_id(self) -> list[tuple[int | None, str]]:
        if not self.row.message_id:
            return []
        same = InboundEmail.objects.filter(message_id=self.row.message_id, state=State.DONE)
        rows = same.filter(sender=self.row.sender).exclude(pk=self.row.pk)
        return list(rows.order_by("received_at").values_list("ticket_id", "recipient")[:5])

    def _flag(self) -> str:
        """The same Message-ID with another content, to the same address, is shown as such."""
        own = self.row.recipient
        return "same_message_id" if any(to == own for _ticket, to in self._same_id()) else ""

    def _body(self) -> MessageBody:
        return body_of(self.message)

    def _files(self) -> list[Any]:
        return sorted_out(self.message.files)

    def _copies(self) -> list[str]:
        """People in To and Cc who are neither we nor the writer."""
        ours = self.own_addresses | {self.row.sender, normalise_address(self.row.recipient)}
        ours |= {normalise_address(one) for one in self.letter.recipients}
        people = [one.address for one in (*self.message.to, *self.message.cc)]
        keys = dict.fromkeys(normalise_address(one) for one in people)
        return [one for one in keys if one not in ours and not senders.is_reply_address(one)][
            :MAX_COPIES
        ]


def department_of(row: InboundEmail, message: InboundMessage) -> Department | None:
    """Of a letter that a person takes on."""
    if row.department is not None:
        return row.department
    return next(iter(_named([row.recipient, *message.recipients], _by_address())), None)


def subject_of(message: InboundMessage) -> str:
    return " ".join(message.subject.split())[:SUBJECT_LENGTH].strip() or _("(no subject)")


def body_of(message: InboundMessage) -> MessageBody:
    """Folded; a letter of files alone says so, as a message needs a text."""
    body = fold(message.text[:MAX_STORED_TEXT], message.html[:MAX_STORED_TEXT])
    if body.is_blank and not body.quoted_text.strip():
        return MessageBody(text=_("(no text)"), html=body.html, quoted_html=body.quoted_html)
    return body
