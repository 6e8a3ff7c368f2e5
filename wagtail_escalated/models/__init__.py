"""The desk's tables, one module per concept."""

from .activity import EventKind, TicketEvent
from .api_tokens import ApiToken
from .bulk_runs import BulkItem, BulkRun
from .canned import CannedResponse
from .choices import (
    DONE_STATUSES,
    OPEN_STATUSES,
    PRIORITY_NAMES,
    Channel,
    LinkKind,
    Priority,
    Status,
    TicketType,
)
from .contacts import Contact, Organisation, normalise_address
from .custom_fields import CustomField, CustomFieldValue, FieldChoice, FieldType
from .departments import AgentProfile, Department, DepartmentMembership, display_name, user_address
from .feedback import Rating, SurveyLink
from .guests import GuestLink
from .hours import BusinessHours, CalendarVersion, Holiday, Shift
from .idempotency import IdempotencyKey
from .jobs import JobRun
from .mail import BlockedSender, InboundEmail, OutboundEmail, SuppressedAddress
from .mail_choices import CustomerMail, MailOptOut
from .messages import Attachment, Draft, Note, Reply
from .notifications import (
    DigestPreference,
    NoticeChannel,
    NoticeKind,
    Notification,
    NotificationPreference,
    is_on_by_default,
)
from .presence import Presence
from .ratelimit import RateLimit
from .rules import (
    STARTING_KINDS,
    Automation,
    Macro,
    Rule,
    RuleOutcome,
    RuleRun,
    Workflow,
)
from .settings import DeskSettings, GuestPolicy
from .sla import Metric, SLAClock, SLAPolicy, SLATarget
from .sla_replays import SLAReplay
from .tags import Tag
from .tickets import (
    SUBJECT_LENGTH,
    CopiedContact,
    Follower,
    ReadMark,
    Ticket,
    TicketLink,
    Tombstone,
)
from .undo import UndoToken
from .views import SavedView
from .webhooks import WebhookAttempt, WebhookDelivery, WebhookEndpoint

__all__ = [
    "AgentProfile",
    "ApiToken",
    "Attachment",
    "Automation",
    "BlockedSender",
    "BulkItem",
    "BulkRun",
    "BusinessHours",
    "CalendarVersion",
    "CannedResponse",
    "Channel",
    "Contact",
    "CopiedContact",
    "CustomField",
    "CustomFieldValue",
    "DONE_STATUSES",
    "CustomerMail",
    "Department",
    "DepartmentMembership",
    "DeskSettings",
    "DigestPreference",
    "Draft",
    "EventKind",
    "FieldChoice",
    "FieldType",
    "Follower",
    "GuestLink",
    "GuestPolicy",
    "Holiday",
    "IdempotencyKey",
    "InboundEmail",
    "JobRun",
    "LinkKind",
    "Macro",
    "MailOptOut",
    "Metric",
    "Note",
    "NoticeChannel",
    "NoticeKind",
    "Notification",
    "NotificationPreference",
    "OPEN_STATUSES",
    "Organisation",
    "OutboundEmail",
    "PRIORITY_NAMES",
    "Presence",
    "Priority",
    "RateLimit",
    "Rating",
    "ReadMark",
    "Reply",
    "Rule",
    "RuleOutcome",
    "RuleRun",
    "SLAClock",
    "SLAPolicy",
    "SLAReplay",
    "SLATarget",
    "STARTING_KINDS",
    "SUBJECT_LENGTH",
    "SavedView",
    "Shift",
    "Status",
    "SuppressedAddress",
    "SurveyLink",
    "Tag",
    "Ticket",
    "TicketEvent",
    "TicketLink",
    "TicketType",
    "Tombstone",
    "UndoToken",
    "WebhookAttempt",
    "WebhookDelivery",
    "WebhookEndpoint",
    "Workflow",
    "display_name",
    "is_on_by_default",
    "normalise_address",
    "user_address",
]
