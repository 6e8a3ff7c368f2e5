"""What of a desk is in place, what is still missing, and the next step for each."""

from __future__ import annotations

from dataclasses import dataclass

from django.core.checks import CheckMessage, run_checks
from django.db import DEFAULT_DB_ALIAS
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from wagtail_escalated.conf import desk_settings
from wagtail_escalated.hours import UnknownZone, zone
from wagtail_escalated.mail import health
from wagtail_escalated.models import (
    AgentProfile,
    BusinessHours,
    Department,
    InboundEmail,
    OutboundEmail,
    SLAPolicy,
)

TAG = "wagtail_escalated"


@dataclass(frozen=True)
class Step:
    """``is_done`` is ``None`` where it can wait."""

    name: Promise
    is_done: bool | None
    said: Promise | str
    url: str = ""
    link: Promise | str = ""


@dataclass(frozen=True)
class Situation:
    """What ``manage.py check`` says, by the last part of its ids."""

    messages: dict[str, CheckMessage]

    def has(self, *codes: str) -> bool:
        return any(code in self.messages for code in codes)


def situation() -> Situation:
    found = run_checks(tags=[TAG], include_deployment_checks=True, databases=[DEFAULT_DB_ALIAS])
    return Situation({one.id.rpartition(".")[2]: one for one in found})


def steps(now: Situation, webhook: str) -> list[Step]:
    return [
        _domain(now),
        _secret(now),
        _webhook(webhook),
        _answers(),
        _outgoing(now),
        _worker(now),
        _schedules(now),
        _departments(),
        _agents(now),
        _policy(),
        _live(now),
        _files(now),
    ]


def _domain(now: Situation) -> Step:
    done = not now.has("W004")
    said = (
        format_lazy(_("Mail to {domain} belongs to this desk."), domain=desk_settings.MAIL_DOMAIN)
        if done
        else _("Set MAIL_DOMAIN in WAGTAIL_ESCALATED to the domain whose mail is to come here.")
    )
    return Step(_("Mail domain"), done, said)


def _secret(now: Situation) -> Step:
    if now.has("W002"):
        said = _("Set INBOUND_SECRET in WAGTAIL_ESCALATED to a long random text.")
        return Step(_("Shared secret"), False, said)
    if now.has("W003"):
        said = _("INBOUND_SECRET is short; it signs reply addresses. Take a longer one.")
        return Step(_("Shared secret"), None, said)
    return Step(_("Shared secret"), True, _("The provider proves itself, and replies are signed."))


def _webhook(url: str) -> Step:
    last = InboundEmail.objects.order_by("-received_at").first()
    if last is not None:
        said = format_lazy(
            _("The last letter came through {provider}."), provider=last.provider.capitalize()
        )
        return Step(_("Incoming mail"), True, said)
    said = format_lazy(
        _("No letter has come yet. Let your mail provider post to {url}, then send one."), url=url
    )
    return Step(_("Incoming mail"), False, said)


def _answers() -> Step:
    name, home = _("Answers to our mails"), health.answers_come_home()
    if home:
        return Step(name, True, _("They come to the address that names their ticket."))
    said = format_lazy(
        _(
            "Replies left, and no answer has come to an address like {address}. Let your mail provider pass on the whole domain."
        )
        if home is False
        else _(
            "None has come yet. They go to addresses like {address}: the whole domain must be passed on."
        ),
        address=f"reply+17.3f0c…@{desk_settings.MAIL_DOMAIN}",
    )
    if not desk_settings.INBOUND_SECRET:
        said = _("Without INBOUND_SECRET they go to the department's address.")
    return Step(name, home, said)


def _outgoing(now: Situation) -> Step:
    name, state = _("Outgoing mail"), OutboundEmail.State
    link = (reverse("wagtail_escalated_admin:mails"), _("See them, and test"))
    failed = OutboundEmail.objects.filter(state=state.FAILED).count()
    if now.has("W026"):
        said = _("EMAIL_BACKEND sends to nobody. Set it to that of your provider.")
        return Step(name, None, said, *link)
    if failed:
        said = format_lazy(_("Mails that could not be sent: {count}."), count=failed)
        return Step(name, False, said, *link)
    sent = OutboundEmail.objects.filter(state__in=[state.SENT, state.DELIVERED]).exists()
    said = _("Mail leaves.") if sent else _("None has left yet.")
    return Step(name, True if sent else None, said, *link)


def _worker(now: Situation) -> Step:
    jobs = reverse("wagtail_escalated_admin:jobs")
    if now.has("E021", "E022", "E023"):
        said = _("Q_CLUSTER is not right: see manage.py check.")
        return Step(_("Worker"), False, said)
    if now.has("W042"):
        said = _("None has been seen. Start manage.py qcluster and keep it running.")
        return Step(_("Worker"), False, said, jobs, _("Jobs"))
    return Step(_("Worker"), True, _("It has been seen within the last minutes."), jobs, _("Jobs"))


def _schedules(now: Situation) -> Step:
    if now.has("W041"):
        said = _("Some are missing. Run manage.py escalated_install.")
        return Step(_("Schedules"), False, said)
    return Step(_("Schedules"), True, _("All are in place."))


def _departments() -> Step:
    url = reverse("escalated_departments:index")
    active = Department.objects.filter(active=True)
    if not active.exists():
        said = _("Make at least one, so that agents can be put in charge of something.")
        return Step(_("Departments"), False, said, url, _("Departments"))
    if not active.exclude(address=None).exists():
        said = _("None has an email address, so letters find no department.")
        return Step(_("Departments"), None, said, url, _("Departments"))
    return Step(_("Departments"), True, _("They have an email address."), url, _("Departments"))


def _agents(now: Situation) -> Step:
    url = reverse("escalated_agents:index")
    if now.has("W040"):
        said = _("An agent has no access to the admin. Put the user into “Support agents”.")
        return Step(_("Agents"), False, said, url, _("Agents"))
    if not AgentProfile.objects.filter(active=True).exists():
        said = _("Nobody answers tickets yet. Make an agent of a user of the group.")
        return Step(_("Agents"), False, said, url, _("Agents"))
    return Step(_("Agents"), True, _("There are agents who may work."), url, _("Agents"))


def _policy() -> Step:
    name, url, link = _("Promises"), reverse("escalated_sla_policies:index"), _("SLA policies")
    if not desk_settings.SLA["ENABLED"]:
        return Step(name, None, _("SLA is switched off in WAGTAIL_ESCALATED."), url, link)
    if not SLAPolicy.objects.filter(default_key=True, active=True).exists():
        said = _("No policy is the default one, so some tickets are promised nothing.")
        return Step(name, None, said, url, link)
    for row in BusinessHours.objects.all():
        try:
            zone(row.time_zone)
        except UnknownZone:
            return _unknown_zone(name, row)
    return Step(name, True, _("There is a default policy."), url, link)


def _unknown_zone(name: Promise, hours: BusinessHours) -> Step:
    """It was in the time zone database once: some systems put old names into a package of their own."""
    said = format_lazy(
        _("This server does not know the time zone {zone}, so nothing is due by “{hours}”."),
        zone=hours.time_zone,
        hours=hours.name,
    )
    url = reverse("escalated_business_hours:edit", args=[hours.pk])
    return Step(name, False, said, url, _("Business hours"))


def _live(now: Situation) -> Step:
    if now.has("W022", "W023", "W024", "W025"):
        said = _("Pages are live, but not as they could be: see manage.py check.")
        return Step(_("Live pages"), None, said)
    return Step(_("Live pages"), True, _("Changes are seen at once."))


def _files(now: Situation) -> Step:
    if now.has("E024", "E025"):
        said = _("Attachments lie where they must not: see manage.py check.")
        return Step(_("Files"), False, said)
    return Step(_("Files"), True, _("Attachments and letters lie where only the desk reads them."))
