"""Rules as tests write them: conditions and actions in a line."""

from wagtail_escalated.models import Automation, Macro, Workflow


def all_of(*rows):
    return {"version": 1, "match": "all", "conditions": [_row(row) for row in rows]}


def any_of(*rows):
    return {"version": 1, "match": "any", "conditions": [_row(row) for row in rows]}


def _row(row):
    return (
        row
        if isinstance(row, dict)
        else dict(zip(("field", "operator", "value"), row, strict=False))
    )


def does(*rows):
    actions = [dict(zip(("action", "value"), row, strict=False)) for row in rows]
    return {"version": 1, "actions": actions}


def macro(*actions, conditions=None, **fields):
    fields.setdefault("name", "Macro")
    return Macro.objects.create(conditions=conditions or {}, actions=does(*actions), **fields)


def workflow(on, *actions, conditions=None, **fields):
    fields.setdefault("name", "Workflow")
    events = [on] if isinstance(on, str) else on
    return Workflow.objects.create(
        events=events, conditions=conditions or {}, actions=does(*actions), **fields
    )


def automation(conditions, *actions, **fields):
    fields.setdefault("name", "Automation")
    return Automation.objects.create(conditions=conditions, actions=does(*actions), **fields)
