"""The field's fixed vocabularies. They travel by these names in the API, in mails' headers and in filters."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Status(models.TextChoices):
    OPEN = "open", _("Open")
    IN_PROGRESS = "in_progress", _("In progress")
    WAITING_ON_CUSTOMER = "waiting_on_customer", _("Waiting on customer")
    WAITING_ON_AGENT = "waiting_on_agent", _("Waiting on agent")
    ESCALATED = "escalated", _("Escalated")
    RESOLVED = "resolved", _("Resolved")
    CLOSED = "closed", _("Closed")
    REOPENED = "reopened", _("Reopened")

    @property
    def is_open(self) -> bool:
        return self not in (Status.RESOLVED, Status.CLOSED)

    @property
    def public_label(self):
        """What a customer reads: who has the next move, not how the desk works inside."""
        return PUBLIC_LABELS[self]


PUBLIC_LABELS = {
    Status.OPEN: _("Received"),
    Status.IN_PROGRESS: _("We are working on it"),
    Status.WAITING_ON_CUSTOMER: _("Waiting for your answer"),
    Status.WAITING_ON_AGENT: _("We are working on it"),
    Status.ESCALATED: _("We are working on it"),
    Status.RESOLVED: _("Solved"),
    Status.CLOSED: _("Closed"),
    Status.REOPENED: _("Reopened"),
}

OPEN_STATUSES = tuple(status.value for status in Status if status.is_open)
DONE_STATUSES = (Status.RESOLVED.value, Status.CLOSED.value)


class Priority(models.IntegerChoices):
    LOW = 0, _("Low")
    MEDIUM = 1, _("Medium")
    HIGH = 2, _("High")
    URGENT = 3, _("Urgent")
    CRITICAL = 4, _("Critical")

    @property
    def slug(self) -> str:
        return self.name.lower()

    @classmethod
    def from_name(cls, name: str) -> "Priority":
        """``"high"`` → ``Priority.HIGH``. Raises ``KeyError`` for anything else."""
        return cls[name.upper()]


PRIORITY_NAMES = tuple(priority.slug for priority in Priority)


class TicketType(models.TextChoices):
    QUESTION = "question", _("Question")
    PROBLEM = "problem", _("Problem")
    INCIDENT = "incident", _("Incident")
    TASK = "task", _("Task")


class Channel(models.TextChoices):
    WEB = "web", _("Web")
    EMAIL = "email", _("Email")
    WIDGET = "widget", _("Widget")
    API = "api", _("API")
    AGENT = "agent", _("Agent")


class LinkKind(models.TextChoices):
    """Read from the first ticket to the second: ``ticket`` is … ``other``."""

    RELATED = "related", _("Related to")
    MAYBE_RELATED = "maybe_related", _("Maybe related to")
    DUPLICATE_OF = "duplicate_of", _("Duplicate of")
    CHILD_OF = "child_of", _("Child of")
    INCIDENT_OF = "incident_of", _("Incident of")
    SPLIT_FROM = "split_from", _("Split from")
    FOLLOW_UP = "follow_up", _("Follow-up to")

    @property
    def label_from_other(self):
        """Read from the second ticket to the first: ``other`` is … ``ticket``."""
        return _FROM_OTHER.get(self.value, self.label)


_FROM_OTHER = {
    LinkKind.DUPLICATE_OF: _("Duplicated by"),
    LinkKind.CHILD_OF: _("Parent of"),
    LinkKind.INCIDENT_OF: _("Problem behind"),
    LinkKind.SPLIT_FROM: _("Split into"),
    LinkKind.FOLLOW_UP: _("Followed up by"),
}
