"""``tickets/<reference>/around/``: who is in copy, who follows it, what it is linked with, how it was rated."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from wagtail_escalated.articles import stale_citations, trail_of
from wagtail_escalated.models import (
    LinkKind,
    Rating,
    Ticket,
    TicketLink,
    display_name,
    user_address,
)

from .callers import Caller
from .describing import describe
from .tickets import TicketView


class CopiedJSON(serializers.Serializer):
    contact = serializers.IntegerField(help_text="Their key, for `uncopy/`.")
    name = serializers.CharField()
    email = serializers.CharField()


class FollowerJSON(serializers.Serializer):
    agent = serializers.IntegerField(allow_null=True, help_text="Their key among the agents.")
    name = serializers.CharField()
    email = serializers.CharField()


class LinkJSON(serializers.Serializer):
    """``out``: this ticket is ``kind`` the other one; ``in``: the other one is ``kind`` this."""

    kind = serializers.ChoiceField(choices=LinkKind.choices)
    direction = serializers.ChoiceField(choices=["out", "in"])
    ticket = serializers.CharField()
    subject = serializers.CharField()
    status = serializers.CharField()


class RatingJSON(serializers.Serializer):
    score = serializers.IntegerField()
    comment = serializers.CharField()


class SearchedJSON(serializers.Serializer):
    query = serializers.CharField()
    hits = serializers.IntegerField()


class ReadArticleJSON(serializers.Serializer):
    id = serializers.IntegerField()
    title = serializers.CharField()


class TrailJSON(serializers.Serializer):
    """In order of time."""

    searches = SearchedJSON(many=True)
    read = ReadArticleJSON(many=True)


class ChangedArticleJSON(serializers.Serializer):
    id = serializers.IntegerField()
    title = serializers.CharField()
    url = serializers.CharField()


class AroundJSON(serializers.Serializer):
    """What is the desk's alone is empty for everybody else."""

    rating = RatingJSON(allow_null=True)
    merged_into = serializers.CharField(allow_null=True)
    copied = CopiedJSON(many=True)
    followers = FollowerJSON(many=True)
    links = LinkJSON(many=True)
    trail = TrailJSON(help_text="What its writer searched and read in the help centre before.")
    articles_changed = ChangedArticleJSON(
        many=True, help_text="Those that an answer named and that were published anew since."
    )


class Around(TicketView):
    @describe(operation_id="tickets_around", responses={200: AroundJSON})
    def get(self, request: Request, reference: str) -> Response:
        """Who is in copy, who follows it, what it is linked with and was merged into, how it was rated."""
        ticket = self.ticket()
        rated = Rating.objects.filter(ticket=ticket).first()
        told = {"rating": rated and {"score": rated.score, "comment": rated.comment}}
        return Response(told | (inside(ticket, self.caller) if self.caller.inside else NOTHING))


NOTHING: dict[str, Any] = {
    "merged_into": None,
    "copied": [],
    "followers": [],
    "links": [],
    "trail": {"searches": [], "read": []},
    "articles_changed": [],
}


def inside(ticket: Ticket, caller: Caller) -> dict[str, Any]:
    into = ticket.merged_into if ticket.merged_into_id else None
    return {
        "merged_into": into.reference if into else None,
        "copied": copied_of(ticket),
        "followers": followers_of(ticket),
        "links": links_of(ticket, caller),
        "trail": trail_of(ticket),
        "articles_changed": [
            ChangedArticleJSON(one.article).data
            for one in stale_citations(ticket, user=caller.actor)
        ],
    }


def copied_of(ticket: Ticket) -> list[dict[str, Any]]:
    rows = ticket.copied.select_related("contact").order_by("pk")
    return [
        {"contact": row.contact_id, "name": row.contact.name, "email": row.contact.address}
        for row in rows
    ]


def followers_of(ticket: Ticket) -> list[dict[str, Any]]:
    rows = ticket.followers.select_related("user__escalated_agent").order_by("pk")
    return [
        {
            "agent": getattr(getattr(row.user, "escalated_agent", None), "pk", None),
            "name": display_name(row.user),
            "email": user_address(row.user),
        }
        for row in rows
    ]


def links_of(ticket: Ticket, caller: Caller) -> list[dict[str, Any]]:
    """Both directions, to tickets that the caller may see."""
    visible = caller.tickets("view_internal").values("pk")
    ours = Q(ticket=ticket, other__in=visible) | Q(other=ticket, ticket__in=visible)
    rows = TicketLink.objects.filter(ours).select_related("ticket", "other").order_by("pk")
    return [_link(row, row.ticket_id == ticket.pk) for row in rows]


def _link(row: TicketLink, goes_out: bool) -> dict[str, Any]:
    other = row.other if goes_out else row.ticket
    return {
        "kind": row.kind,
        "direction": "out" if goes_out else "in",
        "ticket": other.reference,
        "subject": other.subject,
        "status": other.status,
    }
