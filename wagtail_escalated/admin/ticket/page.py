"""What the ticket page shows around the conversation."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Q, Value
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from wagtail_escalated import custom_values
from wagtail_escalated.actions.incidents import open_incidents
from wagtail_escalated.actions.rules.macros import MacroChoice, choices_for
from wagtail_escalated.actions.snooze_times import presets
from wagtail_escalated.actions.status import next_statuses
from wagtail_escalated.articles import has_provider
from wagtail_escalated.custom_values import FieldOfTicket
from wagtail_escalated.models import (
    AgentProfile,
    Department,
    LinkKind,
    Metric,
    Priority,
    Rating,
    SLAClock,
    Status,
    Ticket,
    TicketLink,
    TicketType,
)
from wagtail_escalated.permissions import agent_profile, agents_of, is_manager, tickets_for

from ..inbox.chips import Chip, priority_chip, short_span, sla_chip, status_chip
from ..many_urls import urls_below
from .composer import RESOLVE, SNOOZE, STAY, WAIT
from .conversation import Message, conversation, newest_of_customer, newest_reply

SEND_BUTTONS = (
    (STAY, _("Send")),
    (RESOLVE, _("Send and resolve")),
    (WAIT, _("Send and wait")),
)
SEND_AND_SNOOZE = (SNOOZE, _("Send and snooze"))


#: Dialogs of every ticket: what they are called, the letter after "t", and the path below the ticket.
DIALOGS = (
    (_("Assign…"), "a", "assign/"),
    (_("Move to another department…"), "d", "move/"),
    (_("Merge…"), "m", "merge/"),
    (_("Link to another ticket…"), "l", "link/"),
)


class ChangeUrls:
    """``change.auto_assign``: where a form of the ticket's page posts, and the list it goes on with."""

    def __init__(self, ticket: Ticket, request: HttpRequest):
        self.url = urls_below("ticket_change", ticket.reference)
        self.list_query = request.GET.urlencode()

    def __getitem__(self, what: str) -> str:
        return f"{self.url(what.replace('_', '-'))}?{self.list_query}"


class TicketPage:
    """Each part is asked for when the template comes to it, and once."""

    def __init__(self, ticket: Ticket, request: HttpRequest, *, may_work: bool):
        self.ticket, self.request, self.may_work = ticket, request, may_work
        self.user = request.user
        self.now: datetime = timezone.now()
        self.zone = timezone.get_current_timezone_name()

    @cached_property
    def change(self) -> ChangeUrls:
        return ChangeUrls(self.ticket, self.request)

    @cached_property
    def conversation(self):
        return conversation(self.ticket, images=self.request.GET.getlist("images"))

    @property
    def dialogs(self) -> list[dict[str, Any]]:
        """What needs a second look, with the letter after "t" that leads there."""
        url = reverse("wagtail_escalated_admin:ticket", args=[self.ticket.reference])
        query = self.request.GET.urlencode()
        return [
            {"label": label, "letter": letter, "url": f"{url}{path}?{query}"}
            for label, letter, path in (*DIALOGS, *self._split)
        ]

    @property
    def _split(self) -> list[tuple[Any, str, str]]:
        """Of the newest that the customer wrote after the ticket was opened."""
        newest = newest_of_customer(self.conversation)
        return [(_("Split the newest message…"), "s", f"split/{newest}/")] if newest else []

    @cached_property
    def newest_message(self) -> Message | None:
        messages = (entry for entry in reversed(self.conversation) if isinstance(entry, Message))
        return next(messages, None)

    @cached_property
    def last_seen(self) -> int:
        return newest_reply(self.conversation)

    @cached_property
    def status(self) -> Chip:
        return status_chip(self.ticket)

    @cached_property
    def priority(self) -> Chip:
        return priority_chip(self.ticket)

    @cached_property
    def sla(self) -> Chip | None:
        return sla_chip(self.ticket, self.now)

    @property
    def may_make_articles(self) -> bool:
        """Whether there is a knowledge base; who may write in it is asked on the click."""
        return has_provider()

    @property
    def statuses(self) -> list[tuple[str, Any]]:
        """Where it may go from here, its own first."""
        own = Status(self.ticket.status)
        return [(s.value, s.label) for s in [own, *next_statuses(self.ticket)]]

    @property
    def priorities(self) -> list[tuple[str, Any]]:
        return [(priority.slug, priority.label) for priority in reversed(Priority)]

    @property
    def types(self) -> list[tuple[str, Any]]:
        return list(TicketType.choices)

    @cached_property
    def departments(self) -> list[Department]:
        return list(Department.objects.filter(active=True))

    @cached_property
    def agents(self) -> list[AgentProfile]:
        return list(agents_of(self.ticket.department).distinct())

    @property
    def is_mine(self) -> bool:
        profile = agent_profile(self.user)
        return profile is not None and self.ticket.assignee_id == profile.pk

    @property
    def may_take(self) -> bool:
        return self.may_work and agent_profile(self.user) is not None and not self.is_mine

    @property
    def may_manage(self) -> bool:
        return is_manager(self.user)

    @cached_property
    def _small_rows(self) -> list[tuple[str, int, str, str]]:
        """Tags with their colours and people in copy, in one query."""
        tags = self.ticket.tags.order_by().values_list(Value("tag"), "pk", "name", "colour")
        copies = self.ticket.copied.values_list(
            Value("copy"), "contact_id", "contact__address", Value("")
        )
        return sorted(tags.union(copies, all=True), key=lambda row: row[2].casefold())

    @property
    def tags(self) -> list[dict[str, Any]]:
        return [
            {"pk": pk, "name": name, "colour": colour}
            for kind, pk, name, colour in self._small_rows
            if kind == "tag"
        ]

    @property
    def copies(self) -> list[dict[str, Any]]:
        return [
            {"pk": pk, "address": address}
            for kind, pk, address, _colour in self._small_rows
            if kind == "copy"
        ]

    @cached_property
    def fields(self) -> list[FieldOfTicket]:
        """The desk's own; one of another department only with the value it has from before."""
        return custom_values.of_ticket(self.ticket)

    @cached_property
    def followers(self) -> list[Any]:
        return [row.user for row in self.ticket.followers.select_related("user")]

    @property
    def is_followed(self) -> bool:
        return self.user in self.followers

    @property
    def send_buttons(self) -> list[tuple[str, Any]]:
        """The one that was used last comes first. To snooze has a menu of its own beside them."""
        profile = agent_profile(self.user)
        last = profile.preferences.get("send") if profile else None
        buttons = (SEND_AND_SNOOZE, *SEND_BUTTONS) if last == SNOOZE else SEND_BUTTONS
        return sorted(buttons, key=lambda button: button[0] != last)

    @cached_property
    def open_incidents(self) -> int:
        """How many would hear that this problem is solved."""
        if self.ticket.type != TicketType.PROBLEM:
            return 0
        return open_incidents(self.ticket, actor=self.user).count()

    @cached_property
    def macros(self) -> list[MacroChoice]:
        return choices_for(self.user)

    @property
    def presets(self):
        return presets(self.now, self.zone)

    @cached_property
    def rating(self) -> Rating | None:
        return Rating.objects.filter(ticket=self.ticket).first()

    @cached_property
    def clock_rows(self) -> list[SLAClock]:
        return list(self.ticket.clocks.select_related("policy").order_by("pk"))

    @cached_property
    def clocks(self) -> list[dict[str, Any]]:
        return [self._clock(clock) for clock in self.clock_rows]

    def _clock(self, clock: SLAClock) -> dict[str, Any]:
        state, at = "running", clock.due_at
        if clock.met_at:
            state, at = ("late" if clock.breached_at else "met"), clock.met_at
        elif clock.breached_at or (clock.due_at and clock.due_at < self.now):
            state = "missed"
        elif clock.is_paused:
            state = "paused"
        left = ""
        if clock.due_at and not clock.met_at and state != "paused":
            left = short_span(abs(clock.due_at - self.now))
        return {
            "metric": Metric(clock.metric).label,
            "state": state,
            "at": at,
            "left": left,
            "target": short_span(clock.target),
            "policy": clock.policy_id,
        }

    @cached_property
    def links(self) -> list[dict[str, Any]]:
        """Both directions, but only to tickets that this agent may see."""
        rows = TicketLink.objects.filter(Q(ticket=self.ticket) | Q(other=self.ticket))
        rows = list(rows.select_related("ticket", "other"))
        if not rows:
            return []
        others = {
            row.other_id if row.ticket_id == self.ticket.pk else row.ticket_id for row in rows
        }
        visible = set(
            tickets_for(self.user, "view_internal")
            .filter(pk__in=others)
            .values_list("pk", flat=True)
        )
        return [link for link in map(self._link, rows) if link["ticket"].pk in visible]

    @property
    def has_open_incidents(self) -> bool:
        return any(
            link["kind"] == LinkKind.INCIDENT_OF
            and not link["from_here"]
            and link["ticket"].is_open
            for link in self.links
        )

    def _link(self, row) -> dict[str, Any]:
        from_here = row.ticket_id == self.ticket.pk
        return {
            "ticket": row.other if from_here else row.ticket,
            "kind": row.kind,
            "label": LinkKind(row.kind).label if from_here else LinkKind(row.kind).label_from_other,
            "from_here": from_here,
        }
