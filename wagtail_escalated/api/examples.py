"""One example for each thing that is sent, and for what a ticket's pages answer: they stand in the schema.

A test sends each of them, and holds the answers to the schema.
"""

from __future__ import annotations

from typing import Any

AT = "2026-05-01T09:00:00Z"
REFERENCE = "ESC-2605-0A1B2C"
FILE = {"name": "order.txt", "content": "NDcxMQ==", "content_type": "text/plain"}

TICKET: dict[str, Any] = {
    "reference": REFERENCE,
    "subject": "The grinder sings",
    "description": "It has been singing since Monday. Can I switch that off?",
    "status": "in_progress",
    "priority": "medium",
    "type": "question",
    "channel": "api",
    "department": 1,
    "requester": {"name": "Ada", "email": "ada@example.com"},
    "assignee": 2,
    "tags": ["grinder"],
    "snoozed_until": None,
    "created_at": AT,
    "updated_at": AT,
    "version": 3,
    "sla": {"due_at": "2026-05-01T13:00:00Z", "paused": False, "breached": False},
    "custom_fields": {"order": "4711"},
}
REPLY: dict[str, Any] = {
    "id": 7,
    "body": "Turn the collar one notch to the left.",
    "html": "<p>Turn the collar one notch to the left.</p>",
    "author": {"name": "Sam", "kind": "agent"},
    "created_at": AT,
    "attachments": [],
    "channel": "api",
    "quoted": "",
}
NOTE: dict[str, Any] = {name: REPLY[name] for name in ("id", "author", "created_at", "attachments")}
NOTE |= {"body": "The third this week.", "html": "<p>The third this week.</p>"}

#: Component of the schema → an example of it.
EXAMPLES: dict[str, dict[str, Any]] = {
    "TicketJSON": TICKET,
    "TicketDetailJSON": TICKET
    | {"attachments": [], "replies": [REPLY], "notes": [NOTE], "activity": []},
    "ReplyJSON": REPLY,
    "NoteJSON": NOTE,
    "TicketSentRequest": {
        "subject": "The grinder sings",
        "description": "It has been singing since Monday. Can I switch that off?",
        "requester": {"email": "ada@example.com", "name": "Ada"},
        "priority": "high",
        "tags": ["grinder"],
        "attachments": [FILE],
    },
    "PatchedTicketChangedRequest": {"priority": "high", "tags": ["grinder"]},
    "ReplySentRequest": {
        "body": "Turn the collar one notch to the left.",
        "status": "waiting_on_customer",
        "attachments": [FILE],
    },
    "NoteSentRequest": {"body": "The third this week.", "attachments": [FILE], "mentions": []},
    "FollowSentRequest": {"agent": None},
    "UncopySentRequest": {"contact": 3},
    "AssignSentRequest": {"agent": None},
    "StatusSentRequest": {"status": "resolved", "note": "Told by telephone."},
    "PrioritySentRequest": {"priority": "urgent"},
    "TagsSentRequest": {"add": ["grinder"], "remove": ["new"]},
    "SnoozeSentRequest": {"until": "2099-05-04T09:00:00Z"},
    "SplitSentRequest": {"reply": 7, "subject": "And the kettle"},
    "MergeSentRequest": {"into": REFERENCE, "different_requesters": False},
    "MergeOthersSentRequest": {"tickets": [REFERENCE], "different_requesters": False},
    "LinkSentRequest": {"other": REFERENCE, "kind": "related"},
    "MacroSentRequest": {"macro": 1},
    "SpamSentRequest": {"spam": True},
    "PolicySentRequest": {"policy": None},
    "BulkRunSentRequest": {
        "action": "status",
        "status": "resolved",
        "filters": {"status": ["waiting_on_customer"], "created_to": "2026-05-01"},
    },
    "UseCannedSentRequest": {"canned_response": 1},
    "DraftSentRequest": {"kind": "reply", "body": "Turn the collar one notch"},
    "GapSentRequest": {"question": "gift wrapping", "locale": "en"},
    "DraftSourceSentRequest": {"reply": 7},
    "RatingSentRequest": {"score": 5, "comment": "Quick and kind."},
    "IncidentsSentRequest": {"reply": 7, "incidents": [REFERENCE]},
    "UndoSentRequest": {"token": "the token that the answer brought"},
    "DepartmentJSONRequest": {
        "name": "Returns",
        "slug": "returns",
        "description": "What comes back.",
    },
    "PatchedDepartmentJSONRequest": {"description": "What comes back."},
    "TagJSONRequest": {"name": "grinder", "colour": "#112233"},
    "PatchedTagJSONRequest": {"colour": "#445566"},
    "NewAgentJSONRequest": {"user": "12", "departments": [1], "max_open_tickets": 20},
    "PatchedAgentJSONRequest": {"away": True},
    "PolicyJSONRequest": {
        "name": "Partners",
        "warn_at": [50, 90],
        "for_types": ["incident"],
        "for_domains": ["partner.example"],
        "targets": [{"priority": "high", "metric": "first_response", "minutes": 60}],
    },
    "PatchedPolicyJSONRequest": {"description": "For partners."},
    "CannedJSONRequest": {"title": "Hello", "body": "Hello {{ requester.first_name }},"},
    "PatchedCannedJSONRequest": {"folder": "Greetings"},
    "SavedViewJSONRequest": {
        "name": "Urgent",
        "filters": {"priority": ["urgent", "critical"]},
        "ordering": "-created_at",
    },
    "PatchedSavedViewJSONRequest": {"position": 2},
    "CustomFieldJSONRequest": {"name": "Order", "key": "order", "type": "text"},
    "PatchedCustomFieldJSONRequest": {"help_text": "It stands on the invoice."},
    "MacroJSONRequest": {
        "name": "Close as spam",
        "actions": {"actions": [{"action": "status", "value": "closed"}]},
    },
    "PatchedMacroJSONRequest": {"description": "For what nobody asked for."},
    "MergeTagSentRequest": {"into": 2},
    "ContactJSONRequest": {"name": "Ada", "address": "ada@example.com", "locale": "en"},
    "PatchedContactJSONRequest": {"name": "Ada Lovelace"},
    "OrganisationJSONRequest": {"name": "Acme", "domains": ["acme.example"]},
    "PatchedOrganisationJSONRequest": {"shares_tickets": True},
    "BlockedSenderJSONRequest": {"pattern": "@spam.example", "reason": "Nothing but spam."},
    "PatchedBlockedSenderJSONRequest": {"allow": True},
    "BusinessHoursJSONRequest": {
        "name": "Weekdays",
        "time_zone": "Europe/Berlin",
        "shifts": [{"weekday": 0, "start": "09:00", "end": "17:00"}],
        "holidays": [{"name": "New Year", "date": "2027-01-01", "yearly": True}],
    },
    "PatchedBusinessHoursJSONRequest": {"always_open": True},
    "WorkflowJSONRequest": {
        "name": "Urgent ones to the front",
        "events": ["created"],
        "conditions": {"conditions": [{"field": "type", "operator": "is", "value": ["incident"]}]},
        "actions": {"actions": [{"action": "priority", "value": "urgent"}]},
    },
    "PatchedWorkflowJSONRequest": {"active": False},
    "AutomationJSONRequest": {
        "name": "Close what rests",
        "actions": {"actions": [{"action": "status", "value": "closed"}]},
    },
    "PatchedAutomationJSONRequest": {"active": False},
    "WebhookJSONRequest": {
        "name": "Billing",
        "url": "https://billing.example/hook",
        "events": ["created", "replied"],
        "payload": "full",
    },
    "PatchedWebhookJSONRequest": {"active": False},
    "ReadSentRequest": {"ids": [1, 2]},
    "PatchedPreferencesJSONRequest": {
        "choices": [{"kind": "mention", "channel": "mail", "wanted": True}]
    },
    "PutSentRequest": {"into": REFERENCE},
    "PatchedMailChoicesJSONRequest": {"mails": ["survey"]},
    "MailAskedRequest": {"kind": "resolved", "language": "en"},
    "PatchedDeskSettingsJSONRequest": {"name": "Acme support", "colour": "#112233"},
    "PatchedAvailabilityJSONRequest": {"away": True, "away_until": "2099-05-04T09:00:00Z"},
    "EraseSentRequest": {"address": "ada@example.com"},
    "TryRuleSentRequest": {
        "conditions": {"conditions": [{"field": "type", "operator": "is", "value": ["incident"]}]},
        "actions": {"actions": [{"action": "priority", "value": "urgent"}]},
    },
    "FeedbackSentRequest": {"helpful": True, "comment": "Short and clear."},
    "TakeOverSentRequest": {"country": "DE", "region": "BY", "years": 2},
    "ClaimSentRequest": {"token": "the token of the link in the mail"},
    "GuestLinkSentRequest": {"email": "ada@example.com"},
}
