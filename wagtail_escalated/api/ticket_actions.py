"""What can be done with a ticket: one address each, answered 200 with the ticket, a new message 201."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from drf_spectacular.utils import PolymorphicProxySerializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from wagtail_escalated.actions import assignment, following, messages, tickets
from wagtail_escalated.actions.rules import macros
from wagtail_escalated.models import (
    AgentProfile,
    Channel,
    Contact,
    Reply,
    Ticket,
)
from wagtail_escalated.permissions import check, works_inside

from .callers import Caller
from .describing import describe
from .errors import Conflict
from .incidents import AnswerIncidents
from .knowledge import cite
from .merging import MergeOthers
from .message_json import NoteJSON, ReplyJSON, TicketDetailJSON
from .safely import matching, once
from .sent import (
    AssignSent,
    FollowSent,
    LinkSent,
    MacroSent,
    MergeSent,
    NoteSent,
    Nothing,
    PrioritySent,
    RatingSent,
    ReplySent,
    SnoozeSent,
    SpamSent,
    SplitSent,
    StatusSent,
    TagsSent,
    UncopySent,
)
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
from .undoing import UNDO_PARAMETER, Undoing, UndoSent, undo

#: A merge has its ``unmerge/``, many merges a token; ``undo/`` itself, links and following are taken back by doing the opposite.
UNDOABLE = frozenset(
    {"assign", "auto_assign", "status", "priority", "tags", "snooze", "unsnooze", "spam", "macro"}
)
#: To a ticket closed too long ago, an answer opens a new one.
REPLY_OR_TICKET = PolymorphicProxySerializer(
    component_name="ReplyOrTicketJSON",
    serializers=[ReplyJSON, TicketDetailJSON],
    resource_type_field_name=None,
)


class ActionView(TicketView):
    """POST: check right and version, do it in one transaction, answer with the ticket."""

    verb: str
    #: Whether a token may take it back, as a button does in the desk's pages.
    undoable = False

    def act(self, ticket: Ticket, sent: dict[str, Any], caller: Caller) -> Ticket:
        raise NotImplementedError

    def done(self, request: Request) -> Response:
        ticket, caller = self.ticket(), self.caller
        check(caller.actor, self.verb, ticket)
        sent = self.sent()
        if not self.undoable:
            with matching(request, ticket, caller):
                changed = self.act(ticket, sent, caller)
            return self.answer(changed)
        undoing = Undoing(request, caller)
        with matching(request, ticket, caller):
            undoing.remember(ticket)
            changed = self.act(ticket, sent, caller)
            undo = undoing.of_change()
        return self.answer(changed, undo=undo if undoing.asked else None)


def action(
    name: str, what: str, sent: type[serializers.Serializer], act: Any, verb: str = "work"
) -> type[ActionView]:
    """The view of an action: ``act(ticket, sent, caller)`` does it and returns the ticket to answer with."""
    undoable = name in UNDOABLE
    asked = [UNDO_PARAMETER] if undoable else []

    @describe(
        operation_id=f"tickets_{name}",
        description=what,
        parameters=[IF_MATCH, IDEMPOTENCY_KEY, *asked],
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
        "undoable": undoable,
        "__module__": __name__,
    }
    return type(f"{name.title().replace('_', '')}Ticket", (ActionView,), members)


class Replies(TicketView):
    serializer_class = ReplySent

    @describe(
        operation_id="tickets_reply",
        parameters=[IF_MATCH, IDEMPOTENCY_KEY, UNDO_PARAMETER],
        request=ReplySent,
        responses={201: REPLY_OR_TICKET, 409: CONFLICT, 412: STALE},
    )
    @once
    def post(self, request: Request, reference: str) -> Response:
        """An answer that both sides read. To a ticket closed too long ago it opens a new one."""
        ticket, caller = self.ticket(), self.caller
        check(caller.actor, "reply", ticket)
        sent, undoing = self.sent(), Undoing(request, caller)
        of_agents = {"status": None, "cc": (), "snooze_until": None}
        inside = {name: sent.get(name, default) for name, default in of_agents.items()}
        with matching(request, ticket, caller):
            row = messages.reply(
                ticket,
                body=sent["body"],
                actor=caller.actor,
                attachments=sent["attachments"],
                channel=Channel.API,
                last_seen=sent.get("last_seen"),
                **(inside if caller.inside else {}),
            )
            if caller.inside and isinstance(row, Reply):
                cite(ticket, sent["body"], sent["articles"], caller)
            undo = undoing.of_reply(row) if isinstance(row, Reply) else ""
        asked = {"undo": undo if undoing.asked else None}
        if not isinstance(row, Reply):
            return self.answer(row, 201, **asked)
        return Response(ReplyJSON(row, context=context_of(caller) | asked).data, 201)


class Notes(TicketView):
    serializer_class = NoteSent

    @describe(
        operation_id="tickets_note",
        parameters=[IF_MATCH, IDEMPOTENCY_KEY],
        request=NoteSent,
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
                ticket,
                body=sent["body"],
                actor=caller.actor,
                attachments=sent["attachments"],
                mentions=_mentioned(sent["mentions"]),
            )
        return Response(NoteJSON(row, context=context_of(caller)).data, 201)


def _mentioned(agents: list[AgentProfile]) -> list[Any]:
    """Their users, as long as they work at the desk: others would learn of a note."""
    return [agent.user for agent in agents if works_inside(agent.user)]


def _auto_assign(ticket: Ticket, sent: dict[str, Any], caller: Caller) -> Ticket:
    return assignment.auto_assign(ticket, actor=caller.actor)


def _uncopy(ticket: Ticket, sent: dict[str, Any], caller: Caller) -> Ticket:
    contact = Contact.objects.filter(pk=sent["contact"], copied_on__ticket=ticket).first()
    if contact is None:
        raise serializers.ValidationError({"contact": [_("They are not in copy.")]})
    return following.remove_copy(ticket, contact, actor=caller.actor)


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
    if not caller.inside:
        return tickets.follow_by_mail(ticket, actor=caller.actor)
    return tickets.follow(ticket, actor=caller.actor, user=_user_of(sent))


def _unfollow(ticket: Ticket, sent: dict[str, Any], caller: Caller) -> Ticket:
    if not caller.inside:
        return tickets.unfollow_by_mail(ticket, actor=caller.actor)
    return tickets.unfollow(ticket, actor=caller.actor, user=_user_of(sent))


def _user_of(sent: dict[str, Any]) -> Any:
    agent = sent.get("agent")
    return agent.user if agent else None


#: Name in the address → the view.
ACTIONS: dict[str, type[TicketView]] = {
    "replies": Replies,
    "notes": Notes,
    "assign": action("assign", "To an agent by key, or to nobody (`null`).", AssignSent, _assign),
    "status": action(
        "status", "Move it; customers may close and reopen their own.", StatusSent, _status, "close"
    ),
    "auto-assign": action(
        "auto_assign",
        "To whom the department's rules would give it; to nobody if nobody is free.",
        Nothing,
        _auto_assign,
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
    "merge-others": MergeOthers,
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
    "follow": action(
        "follow",
        "Hear of it from now on: agents by the bell, customers get the answers by mail.",
        FollowSent,
        _follow,
        "view",
    ),
    "unfollow": action("unfollow", "No longer hear of it.", FollowSent, _unfollow, "view"),
    "uncopy": action("uncopy", "Take somebody out of the copies.", UncopySent, _uncopy),
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
