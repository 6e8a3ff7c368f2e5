"""What customers wrote when they rated the help: read anew each time, as it is a person's words and no number."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from wagtail_escalated.admin.reports.period import Period
from wagtail_escalated.admin.reports.tables import Table
from wagtail_escalated.models import Rating
from wagtail_escalated.permissions import tickets_for

KEY = "comments"
#: On the page; a file has all of them.
SHOWN = 50


def comments(
    user: Any, period: Period, *, department: int | None, most: int | None = SHOWN
) -> Table:
    """The newest first, of the tickets that the user may see."""
    tickets = tickets_for(user, "view_internal").filter(is_spam=False)
    if department is not None:
        tickets = tickets.filter(department=department)
    rated = Rating.objects.filter(period.within("created_at"), ticket__in=tickets)
    found = list(
        rated.exclude(comment="")
        .select_related("ticket__assignee__user")
        .order_by("-created_at", "-pk")[: None if most is None else most + 1]
    )
    shown = found[:most]
    return Table(
        KEY,
        _("Comments on ratings"),
        [_("Ticket"), _("When"), _("Rating"), _("Comment"), _("Assignee")],
        [_row(rating) for rating in shown],
        note=_("The newest %(number)d; the files have all.") % {"number": most}
        if most is not None and len(found) > most
        else "",
        links=tuple(
            reverse("wagtail_escalated_admin:ticket", args=[rating.ticket.reference])
            for rating in shown
        ),
    )


def _row(rating: Rating) -> list[Any]:
    when = date_format(timezone.localtime(rating.created_at), "SHORT_DATE_FORMAT")
    assignee = rating.ticket.assignee
    return [
        rating.ticket.reference,
        when,
        rating.score,
        rating.comment,
        None if assignee is None else str(assignee),
    ]
