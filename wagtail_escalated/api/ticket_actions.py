"""What can be done with a ticket: one address each, answered 200 with the ticket, a new message 201."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from drf_spectacular.utils import PolymorphicProxySerializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from wagtail_escalated.actions import assignment, messages, tickets
from wagtail_escalated.actions.rules import macros
from wagtail_escalated.models import SUBJECT_LENGTH, Channel, LinkKind, Reply, Ticket
from wagtail_escalated.permissions import check

from .callers import Caller
from .describing import describe
from .errors import Conflict
from .fields import AgentField, Files, Instant, Key, Names, PriorityField, StatusField, Text
from .incidents import AnswerIncidents, UndoSent, undo
from .message_json import NoteJSON, ReplyJSON, TicketDetailJSON
from .safely import matching, once
from .tickets import (
    CONFLICT,
    IDEMPOTENCY_KEY,
    IF_MATCH,
    OUT_OF_SIGHT,
    STALE,
    TicketView,
    context_of,
    seen_by,
)

LONGEST_BODY = 1_000_000
#: To a ticket closed too long ago, an answer opens a new one.
REPLY_OR_TICKET = PolymorphicProxySerializer(
    component_name="ReplyOrTicketJSON",
    serializers=[ReplyJSON, TicketDetailJSON],
    resource_type_field_name=None,
)


class ActionView(TicketView):
    """POST: check right and version, do it in one transaction, answer with the ticket."""

    verb: str

    def act(self, ticket: Ticket, sent: dict[str, Any], caller: Caller) -> Ticket:
        raise NotImplementedError

    def done(self, request: Request) -> Response:
        ticket, caller = self.ticket(), self.caller
        check(caller.actor, self.verb, ticket)
        sent = self.sent()
        with matching(request, ticket, caller):
            changed = self.act(ticket, sent, caller)
        return self.answer(changed)


def action(
    name: str, what: str, sent: type[serializers.Serializer], act: Any, verb: str = "work"
) -> type[ActionView]:
    """The view of an action: ``act(ticket, sent, caller)`` does it and returns the ticket to answer with."""

    @describe(
        operation_id=f"tickets_{name}",
        description=what,
        parameters=[IF_MATCH, IDEMPOTENCY_KEY],
        request=sent,
        responses={200: TicketDetailJSON, 204: OUT_OF_SIGHT, 409: CONFLICT, 412: STALE},
    )
    @once
    def post(self: ActionView, request: Request, reference: str) -> Response:
        return self.done(request)

    def do(self: ActionView, ticket: Ticket, data: dict[str, Any], caller: Caller) -> Ticket:
        return act(ticket, data, caller)

    members = {
        "serializer_class": sent,
        "post": post,
        "act": do,
        "verb": verb,
        "__module__": __name__,
    }
    return type(f"{name.title().replace('_', '')}Ticket", (ActionView,), members)


class Nothing(serializers.Serializer):
    pass


class MessageSent(serializers.Serializer):
    body = Text(max_length=LONGEST_BODY)
    attachments = Files()


class ReplySent(MessageSent):
    status = StatusField(required=False, help_text="Where an agent moves the ticket with it.")
    cc = serializers.ListField(
        child=serializers.EmailField(max_length=254), required=False, default=list, max_length=20
    )
    last_seen = Key(
        required=False, help_text="The newest reply that you have read: a newer one answers 409."
    )


class AssignSent(serializers.Serializer):
    agent = AgentField(allow_null=True)


class StatusSent(serializers.Serializer):
    status = StatusField()
    note = Text(required=False, allow_blank=True, default="", max_length=LONGEST_BODY)


class PrioritySent(serializers.Serializer):
    priority = PriorityField()


class TagsSent(serializers.Serializer):
    add = Names(required=False, default=list)
    remove = Names(required=False, default=list)


class SnoozeSent(serializers.Serializer):
    until = Instant()


class SplitSent(serializers.Serializer):
    reply = Key()
    subject = Text(required=False, allow_blank=True, default="", max_length=SUBJECT_LENGTH)


class MergeSent(serializers.Serializer):
    into = Text(max_length=40, help_text="The reference of the other ticket.")
    different_requesters = serializers.BooleanField(required=False, default=False)


class LinkSent(serializers.Serializer):
    other = Text(max_length=40)
    kind = serializers.ChoiceField(choices=LinkKind.choices)


class MacroSent(serializers.Serializer):
    macro = Key(help_text="Of `macros/`.")


class SpamSent(serializers.Serializer):
    spam = serializers.BooleanField(required=False, default=True)


class RatingSent(serializers.Serializer):
    score = serializers.IntegerField(min_value=1, max_value=5)
    comment = Text(required=False, allow_blank=True, default="", max_length=5000)


class Replies(TicketView):
    serializer_class = ReplySent

    @describe(
        operation_id="tickets_reply",
        parameters=[IF_MATCH, IDEMPOTENCY_KEY],
        request=ReplySent,
        responses={201: REPLY_OR_TICKET, 409: CONFLICT, 412: STALE},
    )
    @once
    def post(self, request: Request, reference: str) -> Response:
        """An answer that both sides read. To a ticket closed too long ago it opens a new one."""
        ticket, caller = self.ticket(), self.caller
        check(caller.actor, "reply", ticket)
        sent = self.sent()
        inside = {"status": sent.get("status"), "cc": sent["cc"]} if caller.inside else {}
        with matching(request, ticket, caller):
            row = messages.reply(
                ticket,
                body=sent["body"],
                actor=caller.actor,
                attachments=sent["attachments"],
                channel=Channel.API,
                last_seen=sent.get("last_seen"),
                **inside,
            )
        if not isinstance(row, Reply):
            return self.answer(row, 201)
        return Response(ReplyJSON(row, context=context_of(caller)).data, 201)


class Notes(TicketView):
    serializer_class = MessageSent

    @describe(
        operation_id="tickets_note",
        parameters=[IF_MATCH, IDEMPOTENCY_KEY],
        request=MessageSent,
        responses={201: NoteJSON, 412: STALE},
    )
    @once
    def post(self, request: Request, reference: str) -> Response:
        """What only the desk reads."""
        ticket, caller = self.ticket(), self.caller
        check(caller.actor, "note", ticket)
        sent = self.sent()
        with matching(request, ticket, caller):
            row = messages.add_note(
                ticket, body=sent["body"], actor=caller.actor, attachments=sent["attachments"]
            )
        return Response(NoteJSON(row, context=context_of(caller)).data, 201)


def _assign(ticket: Ticket, sent: dict[str, Any], caller: Caller) -> Ticket:
    if sent["agent"] is None:
        return assignment.unassign(ticket, actor=caller.actor)
    return assignment.assign(ticket, sent["agent"], actor=caller.actor)


def _status(ticket: Ticket, sent: dict[str, Any], caller: Caller) -> Ticket:
    note = sent["note"] if caller.inside else ""
    return tickets.set_status(ticket, sent["status"], actor=caller.actor, note=note)


def _tags(ticket: Ticket, sent: dict[str, Any], caller: Caller) -> Ticket:
    with transaction.atomic():
        tickets.remove_tags(ticket, sent["remove"], actor=caller.actor)
        return tickets.add_tags(ticket, sent["add"], actor=caller.actor)


def _split(ticket: Ticket, sent: dict[str, Any], caller: Caller) -> Ticket:
    reply = ticket.replies.filter(pk=sent["reply"]).first()
    if reply is None:
        raise serializers.ValidationError({"reply": [_("This ticket has no such reply.")]})
    return tickets.split(ticket, reply, actor=caller.actor, subject=sent["subject"] or None)


def _other(reference: str, caller: Caller, field: str) -> Ticket:
    found = seen_by(caller).for_reference(reference).first()
    if found is None:
        raise serializers.ValidationError({field: [_("There is no such ticket.")]})
    return found


def _merge(ticket: Ticket, sent: dict[str, Any], caller: Caller) -> Ticket:
    into = _other(sent["into"], caller, "into")
    different = sent["different_requesters"]
    return tickets.merge(ticket, into, actor=caller.actor, different_requesters=different)


def _link(ticket: Ticket, sent: dict[str, Any], caller: Caller) -> Ticket:
    tickets.link(ticket, _other(sent["other"], caller, "other"), sent["kind"], actor=caller.actor)
    return ticket


def _unlink(ticket: Ticket, sent: dict[str, Any], caller: Caller) -> Ticket:
    tickets.unlink(ticket, _other(sent["other"], caller, "other"), sent["kind"], actor=caller.actor)
    return ticket


def _rate(ticket: Ticket, sent: dict[str, Any], caller: Caller) -> Ticket:
    tickets.rate(ticket, sent["score"], actor=caller.actor, comment=sent["comment"])
    return ticket


def _macro(ticket: Ticket, sent: dict[str, Any], caller: Caller) -> Ticket:
    macro = macros.macros_for(caller.actor).filter(pk=sent["macro"]).first()
    if macro is None:
        raise serializers.ValidationError({"macro": [_("There is no such macro.")]})
    result = macros.run(macro, [ticket], actor=caller.actor)
    if result.failed:
        raise Conflict(result.failed[0].reason, "macro_failed")
    return ticket


def _follow(ticket: Ticket, sent: dict[str, Any], caller: Caller) -> Ticket:
    return tickets.follow(ticket, actor=caller.actor)


def _unfollow(ticket: Ticket, sent: dict[str, Any], caller: Caller) -> Ticket:
    return tickets.unfollow(ticket, actor=caller.actor)


#: Name in the address → the view.
ACTIONS: dict[str, type[TicketView]] = {
    "replies": Replies,
    "notes": Notes,
    "assign": action("assign", "To an agent by key, or to nobody (`null`).", AssignSent, _assign),
    "status": action(
        "status", "Move it; customers may close and reopen their own.", StatusSent, _status, "close"
    ),
    "priority": action(
        "priority",
        "Set the priority.",
        PrioritySent,
        lambda ticket, sent, caller: tickets.set_priority(
            ticket, sent["priority"], actor=caller.actor
        ),
    ),
    "tags": action("tags", "Add and remove tags by name.", TagsSent, _tags),
    "snooze": action(
        "snooze",
        "Put it aside until a moment in the future.",
        SnoozeSent,
        lambda ticket, sent, caller: tickets.snooze(ticket, sent["until"], actor=caller.actor),
    ),
    "unsnooze": action(
        "unsnooze",
        "Bring it back now.",
        Nothing,
        lambda ticket, sent, caller: tickets.unsnooze(ticket, actor=caller.actor),
    ),
    "split": action(
        "split", "Make a ticket of one of its replies; answers with the new one.", SplitSent, _split
    ),
    "merge": action("merge", "Merge it into another; answers with that one.", MergeSent, _merge),
    "unmerge": action(
        "unmerge",
        "Take it out again, within an hour.",
        Nothing,
        lambda ticket, sent, caller: tickets.unmerge(ticket, actor=caller.actor),
    ),
    "macro": action(
        "macro",
        "Run a macro on it: all that it does, or nothing (409 says why).",
        MacroSent,
        _macro,
    ),
    "link": action("link", "Link it with another ticket.", LinkSent, _link),
    "unlink": action("unlink", "Take such a link away.", LinkSent, _unlink),
    "incidents": AnswerIncidents,
    "undo": action("undo", "Take back what the token stands for, while it can be.", UndoSent, undo),
    "follow": action("follow", "Hear of it from now on.", Nothing, _follow, "view_internal"),
    "unfollow": action("unfollow", "No longer hear of it.", Nothing, _unfollow, "view_internal"),
    "spam": action(
        "spam",
        "Mark it as spam, or not.",
        SpamSent,
        lambda ticket, sent, caller: tickets.mark_spam(
            ticket, actor=caller.actor, spam=sent["spam"]
        ),
    ),
    "rating": action("rating", "By its requester, once it is resolved.", RatingSent, _rate, "rate"),
}
