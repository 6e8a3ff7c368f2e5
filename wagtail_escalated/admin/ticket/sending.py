"""From the composer's form to a reply or a note, and to the page that follows."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from wagtail.admin import messages as admin_messages

from wagtail_escalated.actions import messages
from wagtail_escalated.actions.bulk import BulkResult
from wagtail_escalated.actions.incidents import answer_incidents
from wagtail_escalated.actions.snooze_times import read_moment
from wagtail_escalated.actions.undoing import offer_unsend
from wagtail_escalated.articles import get_article, record_citation
from wagtail_escalated.exceptions import EscalatedError, StaleTicket
from wagtail_escalated.models import AgentProfile, Draft, Reply, Status, Ticket
from wagtail_escalated.permissions import agent_profile, works_inside

from ..inbox.current import CurrentList
from ..inbox.preferences import preferences_of
from .composer import NOTE, RESOLVE, SNOOZE, WAIT, ComposerForm
from .neighbours import next_of
from .operations import ticket_url, undo_url
from .unsent import remember_text

#: Where a button moves the ticket with its reply.
STATUSES = {RESOLVE: Status.RESOLVED, WAIT: Status.WAITING_ON_CUSTOMER}


def send(ticket: Ticket, form: ComposerForm, request: HttpRequest) -> HttpResponse | None:
    """The page that follows; ``None`` where the form says what is wrong."""
    form.is_held = False
    if not form.is_valid():
        return None
    following = next_of(ticket, CurrentList(request, preferences_of(request.user)))
    try:
        row = _write(ticket, form, request.user)
    except StaleTicket as error:
        form.is_held = True
        form.add_error(None, str(error))
        return None
    except EscalatedError as error:
        form.add_error(None, str(error))
        return None
    _remember(request.user, form)
    Draft.objects.filter(ticket=ticket, user=request.user, kind=form.cleaned_data["kind"]).delete()
    cite(ticket, form, request.user)
    incidents = None
    if isinstance(row, Reply) and _answers_incidents(form):
        incidents = answer_incidents(row, actor=request.user, together=True)
    _say(request, form, row, incidents)
    return redirect(_where_next(ticket, form, request, following))


def _write(ticket: Ticket, form: ComposerForm, user: Any) -> Any:
    data = form.cleaned_data
    if data["kind"] == NOTE:
        return messages.add_note(
            ticket,
            body=data["message"],
            actor=user,
            attachments=data["uploads"],
            mentions=mentioned(data["mentions"]),
        )
    return messages.reply(
        ticket,
        body=data["message"],
        actor=user,
        attachments=data["uploads"],
        cc=data["cc"],
        status=STATUSES.get(data["then"]),
        last_seen=data["last_seen"],
        snooze_until=_until(form),
    )


def _answers_incidents(form: ComposerForm) -> bool:
    return form.cleaned_data["then"] == RESOLVE and form.cleaned_data["incidents"]


def _until(form: ComposerForm) -> Any:
    if form.cleaned_data["then"] != SNOOZE:
        return None
    zone = timezone.get_current_timezone_name()
    return read_moment(form.cleaned_data["until"] or "tomorrow", now=timezone.now(), zone=zone)


def cite(ticket: Ticket, form: ComposerForm, user: Any) -> None:
    """The articles that were put into a reply, and that its reader may follow."""
    if form.cleaned_data["kind"] == NOTE:
        return
    for key in {key for key in form.cleaned_data["cited"].split(",") if key.isdigit()}:
        article = get_article(int(key), user=user, site=ticket.site)
        if article is not None and article.url in form.cleaned_data["message"].html:
            record_citation(ticket, article.id, actor=user)


def mentioned(keys: str) -> list[Any]:
    """The users named, as long as they work inside the desk: others would learn of a note."""
    users = []
    for key in {key for key in keys.split(",") if key}:
        try:
            user = get_user_model()._default_manager.filter(pk=key).first()
        except (ValueError, ValidationError):
            continue
        if user is not None and works_inside(user):
            users.append(user)
    return users


def _remember(user: Any, form: ComposerForm) -> None:
    profile = agent_profile(user)
    then = form.cleaned_data["then"]
    if profile is None or form.cleaned_data["kind"] == NOTE or not then:
        return
    if profile.preferences.get("send") != then:
        profile.preferences = {**profile.preferences, "send": then}
        profile.save(update_fields=["preferences"])


def _say(request: HttpRequest, form: ComposerForm, row: Any, incidents: BulkResult | None) -> None:
    if form.cleaned_data["kind"] == NOTE:
        admin_messages.success(request, _("Note added."))
        return
    token = incidents.undo_token if incidents else ""
    if incidents is None and isinstance(row, Reply):
        token = offer_unsend(row, actor=request.user)
    remember_text(request, token, row, form.cleaned_data["body"])
    buttons = [admin_messages.button(undo_url(token), _("Undo"))] if token else []
    admin_messages.success(request, _("Reply sent."), buttons=buttons)
    if incidents is not None:
        tell_incidents(request, incidents)


def tell_incidents(request: HttpRequest, result: BulkResult, *, undo: str = "") -> None:
    """How many incidents have the answer, and by name those that don't."""
    count = len(result.done)
    said = ngettext(
        "%(count)d incident is answered and resolved.",
        "%(count)d incidents are answered and resolved.",
        count,
    )
    buttons = [admin_messages.button(undo_url(undo), _("Undo"))] if undo else []
    if count:
        admin_messages.success(request, said % {"count": count}, buttons=buttons)
    for failure in result.failed:
        admin_messages.warning(
            request,
            _("%(reference)s is not answered: %(reason)s")
            % {"reference": failure.ticket.reference, "reason": failure.reason},
        )


def _where_next(ticket: Ticket, form: ComposerForm, request: HttpRequest, following: str) -> str:
    profile = agent_profile(request.user)
    After = AgentProfile.AfterSend
    after = profile.after_send if profile else After.STAY
    if form.cleaned_data["kind"] == NOTE or after == After.STAY:
        return ticket_url(ticket.reference, request)
    if after == After.NEXT and following:
        return ticket_url(following, request)
    query = request.GET.urlencode()
    return reverse("wagtail_escalated_admin:inbox") + (f"?{query}" if query else "")
