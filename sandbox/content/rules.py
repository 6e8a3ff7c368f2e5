"""A few rules as a small workshop has them. They look at what comes from now on, not at the past."""

from wagtail_escalated.models import Automation, CannedResponse, Department, Macro, Tag, Workflow


def write_rules() -> None:
    billing, machines = (
        str(Department.objects.get(slug=slug).pk) for slug in ("billing", "machines")
    )
    Macro.objects.create(
        name="Ask for the order number",
        description="Asks, and waits for the customer.",
        actions=_does(
            ("reply_canned", str(CannedResponse.objects.get(title="Ask for the order number").pk)),
            ("status", "waiting_on_customer"),
        ),
    )
    Macro.objects.create(
        name="Give it to billing",
        description="With a note that says what is wanted.",
        actions=_does(
            ("note", "Please look whether this was paid twice."),
            ("department", billing),
            ("unassign", None),
        ),
    )
    Workflow.objects.create(
        name="Machines that leak are urgent",
        description="A wet workshop cannot wait for the morning.",
        events=["created"],
        by="customer",
        conditions=_all(
            {"field": "department", "operator": "is", "value": [machines]},
            {"field": "words", "operator": "contains", "value": "leak"},
        ),
        actions=_does(("priority", "urgent"), ("add_tags", [str(_tag("leak").pk)])),
    )
    Automation.objects.create(
        name="Remind who does not answer",
        description="Once, after four days. Switched off: look at its preview first.",
        conditions=_all(
            {"field": "status", "operator": "is", "value": ["waiting_on_customer"]},
            {"field": "hours_since_message", "operator": "at_least", "value": 96},
            {"field": "hours_since_message", "operator": "at_most", "value": 24 * 14},
        ),
        actions=_does(
            (
                "reply",
                "Hello {{ requester.first_name }},\n\ndid you have the time to look into it?",
            ),
        ),
        active=False,
    )


def _all(*rows) -> dict:
    return {"version": 1, "match": "all", "conditions": list(rows)}


def _does(*rows) -> dict:
    return {
        "version": 1,
        "actions": [
            {"action": name} if value is None else {"action": name, "value": value}
            for name, value in rows
        ],
    }


def _tag(name: str) -> Tag:
    return Tag.objects.get_or_create(name=name)[0]
