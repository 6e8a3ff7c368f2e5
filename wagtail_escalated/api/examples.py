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
    "MessageSentRequest": {"body": "The third this week.", "attachments": [FILE]},
    "AssignSentRequest": {"agent": None},
    "StatusSentRequest": {"status": "resolved", "note": "Told by telephone."},
    "PrioritySentRequest": {"priority": "urgent"},
    "TagsSentRequest": {"add": ["grinder"], "remove": ["new"]},
    "SnoozeSentRequest": {"until": "2099-05-04T09:00:00Z"},
    "SplitSentRequest": {"reply": 7, "subject": "And the kettle"},
    "MergeSentRequest": {"into": REFERENCE, "different_requesters": False},
    "LinkSentRequest": {"other": REFERENCE, "kind": "related"},
    "MacroSentRequest": {"macro": 1},
    "SpamSentRequest": {"spam": True},
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
}
