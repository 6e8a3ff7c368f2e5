"""The ticket and what stands between tickets. Written by ``actions`` alone."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from .choices import OPEN_STATUSES, Channel, LinkKind, Priority, Status, TicketType
from .contacts import Contact
from .departments import AgentProfile, Department
from .tags import Tag

SUBJECT_LENGTH = 250


class TicketQuerySet(models.QuerySet):
    def for_reference(self, reference: str):
        """By its reference, whatever the case."""
        return self.filter(reference=reference.strip().upper())

    def for_list(self):
        """With what a row of a list shows, in a fixed number of queries."""
        return self.select_related("requester", "assignee__user", "department").prefetch_related(
            "tags"
        )


class Ticket(models.Model):
    reference = models.CharField(_("reference"), max_length=40, unique=True, editable=False)
    site = models.ForeignKey("wagtailcore.Site", on_delete=models.PROTECT, related_name="+")
    department = models.ForeignKey(
        Department,
        verbose_name=_("department"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="tickets",
    )
    requester = models.ForeignKey(
        Contact,
        verbose_name=_("requester"),
        on_delete=models.PROTECT,
        related_name="tickets",
        db_index=False,
    )
    assignee = models.ForeignKey(
        AgentProfile,
        verbose_name=_("assignee"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="tickets",
    )
    subject = models.CharField(_("subject"), max_length=SUBJECT_LENGTH)
    #: What was asked: plain text, its HTML as it came, and what it quoted.
    description = models.TextField(_("description"))
    description_html = models.TextField(blank=True)
    description_quoted = models.TextField(blank=True)
    description_quoted_html = models.TextField(blank=True)
    status = models.CharField(
        _("status"), max_length=20, choices=Status.choices, default=Status.OPEN
    )
    is_open = models.BooleanField(default=True)
    priority = models.PositiveSmallIntegerField(
        _("priority"), choices=Priority.choices, default=Priority.MEDIUM
    )
    type = models.CharField(
        _("type"), max_length=20, choices=TicketType.choices, default=TicketType.QUESTION
    )
    channel = models.CharField(_("channel"), max_length=10, choices=Channel.choices)
    tags = models.ManyToManyField(Tag, verbose_name=_("tags"), blank=True, related_name="tickets")

    created_at = models.DateTimeField(_("created"))
    updated_at = models.DateTimeField(_("updated"))
    #: When ``public_version`` last grew.
    public_updated_at = models.DateTimeField(null=True)
    #: When it came into its present status.
    status_changed_at = models.DateTimeField(null=True)
    first_response_at = models.DateTimeField(_("first response"), null=True)
    resolved_at = models.DateTimeField(_("resolved"), null=True)
    closed_at = models.DateTimeField(_("closed"), null=True)
    snoozed_until = models.DateTimeField(_("snoozed until"), null=True)
    snoozed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        db_index=False,
    )

    # Kept by the actions, so that a list needs no further query.
    reply_count = models.PositiveIntegerField(default=0)
    note_count = models.PositiveIntegerField(default=0)
    last_message_at = models.DateTimeField(_("last message"))
    last_message_preview = models.CharField(max_length=200, blank=True)
    last_message_by_customer = models.BooleanField(default=True)

    # Kept by the SLA clocks.
    sla_policy = models.ForeignKey(
        "wagtail_escalated.SLAPolicy",
        verbose_name=_("SLA policy"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="tickets",
        help_text=_("The ticket's own; empty means its department's or the default."),
    )
    next_due_at = models.DateTimeField(_("next deadline"), null=True)
    sla_paused = models.BooleanField(default=False)
    sla_breached = models.BooleanField(_("SLA missed"), default=False)

    #: Grows with each change an agent may see; ``public_version`` with each a customer may see.
    version = models.PositiveBigIntegerField(default=1)
    public_version = models.PositiveBigIntegerField(default=1)
    #: ``version`` after the last change that no rule made: an automation acts once for each.
    state_version = models.PositiveBigIntegerField(default=1)

    merged_into = models.ForeignKey(
        "self", null=True, on_delete=models.PROTECT, related_name="merged_from", db_index=False
    )
    is_spam = models.BooleanField(_("spam"), default=False)
    proved = models.BooleanField(
        default=False, help_text=_("Whether it was shown that the requester wrote it.")
    )

    objects = TicketQuerySet.as_manager()

    class Meta:
        verbose_name = _("ticket")
        verbose_name_plural = _("tickets")
        permissions = [
            ("view_tickets", _("Can read the tickets of their departments")),
            ("work_tickets", _("Can work on tickets")),
            ("manage_desk", _("Can manage the support desk")),
        ]
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=models.Q(status__in=OPEN_STATUSES, is_open=True)
                | models.Q(status__in=["resolved", "closed"], is_open=False),
                name="esc_open_follows_status",
            ),
            models.CheckConstraint(
                condition=models.Q(priority__gte=0, priority__lte=4), name="esc_priority_known"
            ),
        ]
        indexes = [
            models.Index(fields=["-last_message_at", "-id"], name="esc_ticket_latest"),
            models.Index(
                fields=["-last_message_at", "-id"],
                name="esc_ticket_open_latest",
                condition=models.Q(is_open=True),
            ),
            models.Index(
                fields=["next_due_at", "id"],
                name="esc_ticket_open_due",
                condition=models.Q(is_open=True),
            ),
            # Few of many: with it, what breaches soon is counted without reading every open ticket.
            models.Index(
                fields=["next_due_at", "id"],
                name="esc_ticket_open_missed",
                condition=models.Q(is_open=True, sla_breached=True),
            ),
            models.Index(fields=["-created_at", "-id"], name="esc_ticket_created"),
            models.Index(fields=["updated_at", "id"], name="esc_ticket_updated"),
            models.Index(fields=["requester", "-created_at"], name="esc_ticket_requester"),
            models.Index(
                fields=["snoozed_until"],
                name="esc_ticket_snoozed",
                condition=models.Q(snoozed_until__isnull=False),
            ),
            models.Index(fields=["status", "resolved_at"], name="esc_ticket_resolved"),
            # Each change of a ticket writes every index it stands in, so it stands in few without need.
            *(
                models.Index(
                    fields=[name],
                    name=f"esc_ticket_{name}",
                    condition=models.Q(**{f"{name}__isnull": False}),
                )
                for name in ("snoozed_by", "merged_into")
            ),
            # Covers the counts of the inbox's views, so that they read the index alone.
            models.Index(
                fields=["department", "assignee", "status", "snoozed_until", "next_due_at"],
                name="esc_ticket_counts",
                condition=models.Q(is_open=True),
            ),
        ]

    def __str__(self):
        return f"{self.reference} {self.subject}"

    @property
    def priority_name(self) -> str:
        return Priority(self.priority).slug

    @property
    def public_status_label(self):
        return Status(self.status).public_label


class TicketLink(models.Model):
    """``ticket`` is ``kind`` ``other``; stored once, read from both sides."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="links")
    other = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="links_here")
    kind = models.CharField(_("kind"), max_length=20, choices=LinkKind.choices)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["ticket", "other", "kind"], name="esc_one_link"),
            models.CheckConstraint(
                condition=~models.Q(ticket=models.F("other")), name="esc_no_link_to_itself"
            ),
        ]
        verbose_name = _("link between tickets")
        verbose_name_plural = _("links between tickets")

    def __str__(self):
        return f"{self.ticket_id} {self.kind} {self.other_id}"


class Follower(models.Model):
    """An agent who wants to hear of a ticket and may see it because of that."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="followers")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="escalated_follows"
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ticket", "user"], name="esc_one_follow")]
        verbose_name = _("follower")
        verbose_name_plural = _("followers")

    def __str__(self):
        return f"{self.ticket_id}:{self.user_id}"


class CopiedContact(models.Model):
    """Somebody in Cc: gets the replies from then on, and takes part by mail."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="copied")
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="copied_on")
    since = models.DateTimeField(auto_now_add=True)
    #: A colleague who follows by mail: it gives no right, and ends with the right to see the ticket.
    by_choice = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ticket", "contact"], name="esc_one_copy")]
        verbose_name = _("copied contact")
        verbose_name_plural = _("copied contacts")

    def __str__(self):
        return f"{self.ticket_id}:{self.contact_id}"


class ReadMark(models.Model):
    """Up to which version an agent has seen a ticket."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="read_marks")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    version = models.PositiveBigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ticket", "user"], name="esc_one_read_mark")]
        verbose_name = _("read mark")
        verbose_name_plural = _("read marks")

    def __str__(self):
        return f"{self.ticket_id}:{self.user_id}@{self.version}"


class Tombstone(models.Model):
    """What is left of a deleted ticket: that it was, so that late letters do not bring it back."""

    ticket_pk = models.BigIntegerField(unique=True)
    reference = models.CharField(_("reference"), max_length=40, unique=True)
    deleted_at = models.DateTimeField(_("deleted"))
    deleted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        verbose_name = _("deleted ticket")
        verbose_name_plural = _("deleted tickets")

    def __str__(self):
        return self.reference
