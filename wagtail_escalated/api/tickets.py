"""``tickets/`` and ``tickets/<reference>/``."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from wagtail.models import Site

from wagtail_escalated.actions import assignment, contacts, tickets
from wagtail_escalated.models import SUBJECT_LENGTH, Channel, Contact, Department, Ticket
from wagtail_escalated.permissions import AGENT, MANAGER, check, standing_of

from .base import DeskView
from .callers import Caller
from .describing import describe
from .field_values import ValuesField
from .fields import (
    AgentField,
    DepartmentField,
    Files,
    Names,
    PriorityField,
    StatusField,
    Text,
    TypeField,
)
from .listing import (
    TicketPages,
    expansions,
    fields_parameter,
    filter_parameters,
    narrowed,
    selected,
)
from .message_json import TicketDetailJSON
from .safely import etag_of, matching, once
from .ticket_json import EXPANSIONS, TicketJSON, listed, loaded
from .undoing import UNDO_PARAMETER, Undoing

IF_MATCH = OpenApiParameter(
    "If-Match", str, OpenApiParameter.HEADER, description="The ETag that you have seen; else 412."
)
IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "maxLength": 255},
    OpenApiParameter.HEADER,
    description="Any string of yours: sent twice, done once.",
)
IF_NONE_MATCH = OpenApiParameter(
    "If-None-Match", str, OpenApiParameter.HEADER, description="The ETag that you have; then 304."
)
EXPAND_PARAMETER = OpenApiParameter(
    "expand",
    {"type": "array", "items": {"type": "string", "enum": list(EXPANSIONS)}},
    explode=True,
    description="Brings these along whole, under `expanded`.",
)
OUT_OF_SIGHT = OpenApiResponse(description="Done, and by this no longer yours to see.")
STALE = OpenApiResponse(description="The ticket has changed since you read it.")
CONFLICT = OpenApiResponse(description="The ticket is not in a state for this.")


class RequesterSent(serializers.Serializer):
    email = serializers.EmailField(max_length=254)
    name = Text(max_length=200, required=False, allow_blank=True, default="")


class TicketSent(serializers.Serializer):
    """What anybody may send; the rest counts where an agent sends it, and is ignored otherwise."""

    subject = Text(max_length=SUBJECT_LENGTH)
    description = Text(max_length=1_000_000)
    department = DepartmentField(required=False, allow_null=True)
    attachments = Files()
    custom_fields = ValuesField(required=False)
    requester = RequesterSent(required=False)
    priority = PriorityField(required=False)
    type = TypeField(required=False)
    tags = Names(required=False)


class TicketChanged(serializers.Serializer):
    """Each is optional; what is left out stays."""

    subject = Text(max_length=SUBJECT_LENGTH, required=False)
    # Before the status, which may need the fields that the department has.
    department = DepartmentField(required=False, allow_null=True)
    custom_fields = ValuesField(required=False)
    status = StatusField(required=False)
    priority = PriorityField(required=False)
    type = TypeField(required=False)
    assignee = AgentField(required=False, allow_null=True)
    tags = Names(required=False)
    requester = RequesterSent(required=False)


class TicketView(DeskView):
    """Begins with the ticket of the address, if it is the caller's to see."""

    lookup_url_kwarg = "reference"

    def ticket(self, *, whole: bool = False) -> Ticket:
        """``whole``: with all that its JSON shows."""
        seen = seen_by(self.caller).for_reference(self.kwargs["reference"].replace("\x00", ""))
        found = (loaded(seen, self.expand()) if whole else seen).first()
        if found is None:
            raise Http404
        return found

    def expand(self) -> tuple[str, ...]:
        return expansions(self.request, EXPANSIONS)

    def answer(self, ticket: Ticket, status: int = 200, *, undo: str | None = None) -> Response:
        """The whole ticket, freshly read. One that the caller lost by this: nothing."""
        fresh = loaded(seen_by(self.caller), self.expand()).filter(pk=ticket.pk).first()
        return Response(status=204) if fresh is None else self.show(fresh, status, undo=undo)

    def show(self, ticket: Ticket, status: int = 200, *, undo: str | None = None) -> Response:
        """A ticket that ``loaded`` read, with its ETag; ``undo`` is a token that the request asked for."""
        context = context_of(self.caller, self.expand()) | {"undo": undo}
        serializer = TicketDetailJSON(ticket, context=context)
        data = selected(serializer, self.request).data
        return Response(data, status, headers={"ETag": etag_of(ticket, self.caller)})


def seen_by(caller: Caller) -> Any:
    """Those that work at the desk see what they work on; what they asked for themselves is in the portal."""
    return caller.tickets("view_internal" if caller.inside else "view_as_customer")


def context_of(caller: Caller, expand: tuple[str, ...] = ()) -> dict[str, Any]:
    return {"inside": caller.inside, "expand": expand}


class Tickets(DeskView):
    pagination_class = TicketPages
    serializer_class = TicketSent

    @describe(
        operation_id="tickets_list",
        parameters=[
            *filter_parameters(),
            fields_parameter(TicketJSON),
            EXPAND_PARAMETER,
            OpenApiParameter("ordering", str, description="Such as `-created_at`."),
        ],
        responses={200: TicketJSON(many=True)},
    )
    def get(self, request: Request) -> Response:
        """The tickets you may see, the newest first."""
        caller, expand = self.caller, expansions(request, EXPANSIONS)
        page = self.paginate_queryset(listed(narrowed(seen_by(caller), request, caller), expand))
        serializer = TicketJSON(page, many=True, context=context_of(caller, expand))
        return self.get_paginated_response(selected(serializer, request).data)

    @describe(
        operation_id="tickets_create",
        parameters=[IDEMPOTENCY_KEY],
        request=TicketSent,
        responses={201: TicketJSON},
    )
    @once
    def post(self, request: Request) -> Response:
        """A new ticket: your own, or as an agent for `requester`."""
        caller, sent = self.caller, self.sent()
        ticket = _create(request, caller, sent)
        fresh = loaded(seen_by(caller)).filter(pk=ticket.pk).first()
        # Into a department that they do not see: as its requester is told of it.
        as_agent = caller.inside and fresh is not None
        fresh = fresh or loaded(caller.tickets("view")).filter(pk=ticket.pk).first() or ticket
        data = TicketJSON(fresh, context={"inside": as_agent}).data
        return Response(data, 201, headers={"ETag": etag_of(fresh, caller)})


def _create(request: Request, caller: Caller, sent: dict[str, Any]) -> Ticket:
    if caller.only:  # a guest's link is for one ticket
        raise PermissionDenied
    works = bool(standing_of(caller.actor).roles & {AGENT, MANAGER})
    department = sent.get("department")
    if not works:
        _check_public(department)
    of_agents = {name: sent[name] for name in ("priority", "type", "tags") if name in sent}
    requester = _requester(sent, caller) if works else contacts.contact_for_user(caller.actor)
    return tickets.create(
        subject=sent["subject"],
        description=sent["description"],
        requester=requester,
        actor=caller.actor,
        department=department,
        attachments=sent["attachments"],
        fields=sent.get("custom_fields", {}),
        channel=Channel.API,
        site=Site.find_for_request(request),
        proved=requester.user_id == caller.actor.pk,
        **(of_agents if works else {}),
    )


def _check_public(department: Department | None) -> None:
    if department is not None and not department.public:
        raise serializers.ValidationError({"department": [_("There is no such department.")]})


def _requester(sent: dict[str, Any], caller: Caller) -> Contact:
    if "requester" not in sent:
        return contacts.contact_for_user(caller.actor)
    person = sent["requester"]
    return contacts.contact_for_address(person["email"], name=person["name"])


class OneTicket(TicketView):
    serializer_class = TicketChanged

    @describe(
        operation_id="tickets_retrieve",
        parameters=[fields_parameter(TicketDetailJSON), EXPAND_PARAMETER, IF_NONE_MATCH],
        responses={200: TicketDetailJSON, 304: OpenApiResponse(description="It has not changed.")},
    )
    def get(self, request: Request, reference: str) -> Response:
        """With the conversation. Answers 304 to an `If-None-Match` with the present ETag."""
        ticket = self.ticket(whole=True)
        tag = etag_of(ticket, self.caller)
        if tag in [part.strip() for part in request.headers.get("If-None-Match", "").split(",")]:
            return Response(status=304, headers={"ETag": tag})
        return self.show(ticket)

    @describe(
        operation_id="tickets_update",
        parameters=[IF_MATCH, UNDO_PARAMETER],
        request=TicketChanged,
        responses={200: TicketDetailJSON, 204: OUT_OF_SIGHT, 409: CONFLICT, 412: STALE},
    )
    def patch(self, request: Request, reference: str) -> Response:
        """Change what is named; each change has its own row in the history."""
        ticket, caller = self.ticket(), self.caller
        check(caller.actor, "work", ticket)
        sent, undoing = self.sent(), Undoing(request, caller)
        with matching(request, ticket, caller):
            if not STAY & sent.keys():
                undoing.remember(ticket)
            for name, value in sent.items():
                CHANGES[name](ticket, value, caller.actor)
            undo = undoing.of_change()
        return self.answer(ticket, undo=undo if undoing.asked else None)

    @describe(
        operation_id="tickets_delete", parameters=[IF_MATCH], responses={204: None, 412: STALE}
    )
    def delete(self, request: Request, reference: str) -> Response:
        """With its messages and files, for managers. Its number is not given again."""
        ticket, caller = self.ticket(), self.caller
        check(caller.actor, "manage", ticket)
        with matching(request, ticket, caller):
            tickets.delete(ticket, actor=caller.actor)
        return Response(status=204)


def _set_assignee(ticket: Ticket, agent: Any, actor: Any) -> None:
    if agent is None:
        assignment.unassign(ticket, actor=actor)
    else:
        assignment.assign(ticket, agent, actor=actor)


def _set_tags(ticket: Ticket, names: list[str], actor: Any) -> None:
    from wagtail_escalated.models.tags import tag_key

    wanted = {tag_key(name) for name in names}
    with transaction.atomic():
        gone = [tag for tag in ticket.tags.all() if tag.key not in wanted]
        tickets.remove_tags(ticket, gone, actor=actor)
        tickets.add_tags(ticket, names, actor=actor)


def _set_requester(ticket: Ticket, person: dict[str, str], actor: Any) -> None:
    contact = contacts.contact_for_address(person["email"], name=person["name"])
    tickets.set_requester(ticket, contact, actor=actor)


#: What no undo gives back, in the desk's pages neither.
STAY = frozenset({"subject", "requester"})
CHANGES = {
    "subject": lambda ticket, value, actor: tickets.set_subject(ticket, value, actor=actor),
    "priority": lambda ticket, value, actor: tickets.set_priority(ticket, value, actor=actor),
    "type": lambda ticket, value, actor: tickets.set_type(ticket, value, actor=actor),
    "department": lambda ticket, value, actor: tickets.set_department(ticket, value, actor=actor),
    "custom_fields": lambda ticket, value, actor: tickets.set_fields(ticket, value, actor=actor),
    "status": lambda ticket, value, actor: tickets.set_status(ticket, value, actor=actor),
    "assignee": _set_assignee,
    "tags": _set_tags,
    "requester": _set_requester,
}
