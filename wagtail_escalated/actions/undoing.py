"""Undo: a token that takes back what was done, as long as nothing was built upon it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from wagtail_escalated.actions import custom_fields, outbound, sla, taking_back
from wagtail_escalated.actions.change import Change, changing, changing_back
from wagtail_escalated.actors import SYSTEM
from wagtail_escalated.exceptions import UndoExpired
from wagtail_escalated.models import Contact, Reply, Ticket, UndoToken
from wagtail_escalated.tokens import hash_token, new_guest_token

#: How long a change of properties can be taken back, unless the ticket has changed since.
UNDO_FOR = timedelta(minutes=10)
PROPERTIES = (
    "status",
    "is_open",
    "resolved_at",
    "closed_at",
    "priority",
    "type",
    "department_id",
    "assignee_id",
    "is_spam",
    *taking_back.SNOOZE,
)


def undo(token: str, *, by: Any = None) -> list[Ticket]:
    """Take back what the token stands for; returns the tickets restored.

    ``by``: a user who alone may have been given it. Raises ``UndoExpired`` for a token that is unknown, used or too old, or where all of it was built upon.
    """
    with transaction.atomic():
        row = UndoToken.objects.select_for_update().filter(token_hash=hash_token(token)).first()
        if row is None or row.used_at or row.expires_at < timezone.now() or not _is_for(by, row):
            raise UndoExpired(_("This can no longer be undone."))
        row.used_at = timezone.now()
        row.save(update_fields=["used_at"])
        restored = UNDOERS[row.kind](row.data, row.user or SYSTEM)
        if not restored:
            raise UndoExpired(_("This has changed since and can no longer be undone."))
    return restored


def _is_for(user: Any, row: UndoToken) -> bool:
    return user is None or row.user_id in (None, user.pk)


def snapshot(ticket: Ticket) -> dict[str, Any]:
    """A ticket's properties as JSON, before something changes them."""
    state = taking_back.kept({name: getattr(ticket, name) for name in PROPERTIES}, PROPERTIES)
    state["reply_count"] = ticket.reply_count
    state["tags"] = list(ticket.tags.values_list("pk", flat=True))
    state["fields"] = custom_fields.plain_values(ticket)
    return state


def snapshots(pks: Collection[int]) -> dict[int, tuple[int, dict[str, Any]]]:
    """``snapshot`` of many by their keys, in three queries, with the version that each is of.

    The version is read first: a ticket that still has it has not changed since.
    """
    rows = Ticket.objects.filter(pk__in=pks).values("pk", "version", "reply_count", *PROPERTIES)
    found = {row["pk"]: row for row in rows}
    tags: dict[int, list[int]] = {}
    for ticket, tag in Ticket.tags.through.objects.filter(ticket__in=found).values_list(
        "ticket", "tag"
    ):
        tags.setdefault(ticket, []).append(tag)
    fields = custom_fields.plain_values_of(found)
    return {
        pk: (
            row["version"],
            taking_back.kept(row, PROPERTIES)
            | {
                "reply_count": row["reply_count"],
                "tags": tags.get(pk, []),
                "fields": fields.get(pk, {}),
            },
        )
        for pk, row in found.items()
    }


def offer_restore(before: Iterable[tuple[Ticket, dict[str, Any]]], *, actor: Any) -> str:
    """A token that gives tickets the properties back which ``snapshot`` kept."""
    data = [
        {"ticket": ticket.pk, "version": ticket.version, "state": state} for ticket, state in before
    ]
    return _offer("restore", {"tickets": data}, actor=actor, lasts=UNDO_FOR)


def offer_unsend(reply: Reply, *, actor: Any) -> str:
    """A token that takes an agent's reply back before it leaves, and all that was done with it."""
    return offer_unsend_all([reply], actor=actor)


def offer_unsend_all(sent: Iterable[Reply], *, actor: Any) -> str:
    """A token that takes answers back which were sent together, each as ``messages.reply`` returned it.

    Good until the first of them leaves; empty where one has left at once.
    """
    sent = list(sent)
    leaving = [reply.visible_at for reply in sent]
    if not sent or None in leaving:
        return ""
    data = [{"reply": reply.pk, "before": taking_back.before_sending(reply)} for reply in sent]
    lasts = min(moment for moment in leaving if moment) - timezone.now()
    return _offer("unsend", {"sent": data}, actor=actor, lasts=lasts)


def offer_unmerge(*merged: Ticket, actor: Any) -> str:
    """A token that takes tickets out again which were merged together; empty without any."""
    if not merged:
        return ""
    data = {"tickets": [ticket.pk for ticket in merged]}
    return _offer("unmerge", data, actor=actor, lasts=timedelta(hours=1))


def _offer(kind: str, data: dict[str, Any], *, actor: Any, lasts: timedelta) -> str:
    token, hashed = new_guest_token()
    has_account = actor is not SYSTEM and not isinstance(actor, Contact)
    UndoToken.objects.create(
        token_hash=hashed,
        kind=kind,
        data=data,
        user=actor if has_account else None,
        expires_at=timezone.now() + lasts,
    )
    return token


def _restore(data: dict[str, Any], actor: Any) -> list[Ticket]:
    return [
        ticket
        for item in data["tickets"]
        if (ticket := give_back_where_unchanged(item, actor)) is not None
    ]


def give_back_where_unchanged(item: dict[str, Any], actor: Any) -> Ticket | None:
    """``item``: the key of a ``ticket``, the ``version`` it had, and the ``state`` before. ``None``: it has changed."""
    ticket = Ticket.objects.filter(pk=item["ticket"]).first()
    if ticket is None:
        return None
    with changing_back(ticket, actor=actor, verb="work") as change:
        if ticket.version != item["version"] or not _unsend_since(change, item["state"]):
            return None
        _give_back(change, item["state"])
    return ticket


def _unsend_since(change: Change, state: dict[str, Any]) -> bool:
    """Take back the replies that came with what is undone; ``False`` where one has left."""
    count = change.ticket.reply_count - state.get("reply_count", change.ticket.reply_count)
    replies = list(change.ticket.replies.order_by("-pk")[:count]) if count > 0 else []
    if any(r.visible_at is None or r.visible_at <= change.now for r in replies):
        return False
    if not all(map(outbound.cancel_mail_of, replies)):
        return False
    for reply in replies:
        taking_back.take_back(change, reply)
    return True


def _give_back(change: Change, state: dict[str, Any]) -> None:
    ticket, old_status = change.ticket, change.ticket.status
    was_snoozed, old_terms = ticket.snoozed_until, _terms(ticket)
    taking_back.put_back(ticket, state, PROPERTIES)
    other_tags = set(state["tags"]) != set(ticket.tags.values_list("pk", flat=True))
    if other_tags:
        ticket.tags.set(state["tags"])
    other_terms = custom_fields.put_back(change, state.get("fields", {}))
    if ticket.status != old_status:
        ticket.status_changed_at = change.now
        sla.on_status_changed(ticket, old_status, ticket.status, now=change.now)
    if bool(ticket.snoozed_until) != bool(was_snoozed):
        sla.on_snooze_changed(ticket, now=change.now)
    if other_terms or _terms(ticket) != old_terms:
        sla.recompute(ticket, now=change.now)
    elif other_tags:
        sla.on_tags_changed(ticket, now=change.now)
    taking_back.record_undone(change, before=old_status)


def _terms(ticket: Ticket) -> tuple[Any, ...]:
    return ticket.priority, ticket.department_id, ticket.type


def _unsend(data: dict[str, Any], actor: Any) -> list[Ticket]:
    return [ticket for item in data["sent"] for ticket in _unsend_one(item, actor)]


def _unsend_one(item: dict[str, Any], actor: Any) -> list[Ticket]:
    reply = Reply.objects.filter(pk=item["reply"]).select_related("ticket").first()
    if reply is None:
        return []
    with changing(reply.ticket, actor=actor, verb="work") as change:
        reply.refresh_from_db(fields=["visible_at"])
        if reply.visible_at is None or reply.visible_at <= change.now:
            return []
        if not outbound.cancel_mail_of(reply):
            return []
        taking_back.take_back(change, reply, item["before"])
    return [reply.ticket]


def _unmerge(data: dict[str, Any], actor: Any) -> list[Ticket]:
    from wagtail_escalated.actions.merging import unmerge  # merging offers this token

    there = Ticket.objects.filter(pk__in=data["tickets"], merged_into__isnull=False)
    return [unmerge(ticket, actor=actor) for ticket in there.order_by("pk")]


UNDOERS: dict[str, Callable[[dict[str, Any], Any], list[Ticket]]] = {
    "restore": _restore,
    "unsend": _unsend,
    "unmerge": _unmerge,
}
