"""Rules: a macro by a click, a workflow by an event, an automation by time; and what each has done."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from .activity import EventKind, TicketEvent
from .departments import Department
from .tickets import Ticket

#: What can start a workflow.
STARTING_KINDS = (
    EventKind.CREATED,
    EventKind.REPLIED,
    EventKind.NOTED,
    EventKind.STATUS,
    EventKind.PRIORITY,
    EventKind.DEPARTMENT,
    EventKind.TYPE,
    EventKind.ASSIGNED,
    EventKind.TAGS,
    EventKind.SNOOZED,
    EventKind.WOKEN,
    EventKind.MERGED,
    EventKind.RATED,
    EventKind.SLA_WARNING,
    EventKind.SLA_BREACHED,
    EventKind.MAIL_FAILED,
)


class Rule(models.Model):
    """What all rules have. The structures are those of ``conditions`` and ``actions.rules.catalogue``."""

    name = models.CharField(_("name"), max_length=120)
    description = models.TextField(_("description"), blank=True)
    active = models.BooleanField(_("active"), default=True)
    conditions = models.JSONField(_("conditions"), default=dict, blank=True)
    actions = models.JSONField(_("actions"), default=dict)
    sort_order = models.IntegerField(null=True, blank=True, editable=False)

    #: ``macro``, ``workflow`` or ``automation``: the name of its column in the log.
    kind: str

    class Meta:
        abstract = True
        ordering = ["sort_order", "pk"]

    def __str__(self):
        return self.name

    @property
    def key(self) -> str:
        return f"{self.kind}:{self.pk}"


class Macro(Rule):
    kind = "macro"

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("owner"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="escalated_macros",
        help_text=_("Empty means shared."),
    )
    department = models.ForeignKey(
        Department,
        verbose_name=_("department"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="+",
        help_text=_("Empty means all."),
    )
    use_count = models.PositiveIntegerField(_("used"), default=0, editable=False)

    class Meta(Rule.Meta):
        verbose_name = _("macro")
        verbose_name_plural = _("macros")


class Workflow(Rule):
    kind = "workflow"

    class By(models.TextChoices):
        ANYBODY = "anybody", _("anybody")
        CUSTOMER = "customer", _("a customer")
        AGENT = "agent", _("an agent")
        DESK = "desk", _("the desk itself")

    #: Kinds of history rows, of ``STARTING_KINDS``.
    events = models.JSONField(_("when this happens"), default=list)
    by = models.CharField(_("done by"), max_length=10, choices=By.choices, default=By.ANYBODY)

    class Meta(Rule.Meta):
        verbose_name = _("workflow")
        verbose_name_plural = _("workflows")


class Automation(Rule):
    kind = "automation"

    checked_at = models.DateTimeField(_("last looked"), null=True, editable=False)

    class Meta(Rule.Meta):
        verbose_name = _("automation")
        verbose_name_plural = _("automations")


class RuleRun(models.Model):
    """One time that a rule had something to do. Of its three rules, one is set."""

    class How(models.TextChoices):
        CLICK = "click", _("by a click")
        EVENT = "event", _("by an event")
        SCHEDULE = "schedule", _("by the schedule")
        BY_HAND = "by_hand", _("by hand")

    macro = models.ForeignKey(Macro, null=True, on_delete=models.CASCADE, related_name="runs")
    workflow = models.ForeignKey(Workflow, null=True, on_delete=models.CASCADE, related_name="runs")
    automation = models.ForeignKey(
        Automation, null=True, on_delete=models.CASCADE, related_name="runs"
    )
    how = models.CharField(_("started"), max_length=10, choices=How.choices)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    #: The history row that started a workflow.
    event = models.ForeignKey(TicketEvent, null=True, on_delete=models.SET_NULL, related_name="+")
    started_at = models.DateTimeField(_("when"))

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["started_at"], name="esc_rule_run_age")]
        verbose_name = _("run of a rule")
        verbose_name_plural = _("runs of rules")

    def __str__(self):
        return f"{self.macro_id or self.workflow_id or self.automation_id} {self.started_at}"


class RuleOutcome(models.Model):
    """What a rule did with a ticket: log, and the ledger by which it acts once per ticket and state.

    ``state`` is the history row at the beginning of the chain for a workflow, the ticket's
    ``state_version`` for an automation, and empty where nothing is to be kept apart.
    """

    class Result(models.TextChoices):
        DONE = "done", _("done")
        FAILED = "failed", _("failed, nothing changed")
        STOPPED = "stopped", _("stopped")

    run = models.ForeignKey(RuleRun, on_delete=models.CASCADE, related_name="outcomes")
    workflow = models.ForeignKey(Workflow, null=True, on_delete=models.CASCADE, related_name="+")
    automation = models.ForeignKey(
        Automation, null=True, on_delete=models.CASCADE, related_name="+"
    )
    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="rule_outcomes")
    state = models.BigIntegerField(null=True)
    result = models.CharField(_("result"), max_length=10, choices=Result.choices)
    #: ``[{"action", "value", "changed"}, …]``: what was asked for, and whether it changed anything.
    done = models.JSONField(_("what was done"), default=list)
    #: Why nothing was done: a sentence.
    reason = models.TextField(_("reason"), blank=True)
    #: When the ticket was found to meet an automation's conditions no longer.
    left_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["workflow", "ticket", "state"], name="esc_workflow_acts_once"
            ),
            models.UniqueConstraint(
                fields=["automation", "ticket", "state"], name="esc_automation_acts_once"
            ),
        ]
        indexes = [
            models.Index(
                fields=["automation", "ticket"],
                name="esc_automation_still",
                condition=models.Q(left_at=None, automation__isnull=False),
            ),
        ]
        verbose_name = _("outcome of a rule")
        verbose_name_plural = _("outcomes of rules")

    def __str__(self):
        return f"{self.ticket_id} {self.result}"
