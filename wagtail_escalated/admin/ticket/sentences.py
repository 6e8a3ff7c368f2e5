"""A row of the history as a sentence about what was done; who and when stand beside it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils.dateparse import parse_date, parse_datetime
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from wagtail_escalated.models import (
    EventKind,
    FieldType,
    LinkKind,
    Metric,
    Priority,
    Status,
    TicketEvent,
    TicketType,
)

Data = dict[str, Any]


def sentence(event: TicketEvent) -> str:
    """In the reader's language and zone; the kind's name for one that has no sentence yet."""
    write = SENTENCES.get(event.kind)
    return write(event.data) if write else str(EventKind(event.kind).label)


def who(event: TicketEvent) -> str:
    names = event.data.get("rule_names")
    if names and not event.actor_name:
        return _("The rule “%(name)s”") % {"name": names[-1]}
    return event.actor_name or _("The desk")


def _label(choices: Any, value: Any) -> str:
    try:
        return str(choices(value).label)
    except ValueError:
        return str(value)


def _priority(name: Any) -> str:
    try:
        return str(Priority.from_name(str(name)).label)
    except KeyError:
        return str(name)


def _moment(text: Any) -> str:
    at = parse_datetime(str(text or ""))
    return date_format(localtime(at), "SHORT_DATETIME_FORMAT") if at else ""


def _status(data: Data) -> str:
    return _("changed the status from %(old)s to %(new)s") % {
        "old": _label(Status, data.get("before")),
        "new": _label(Status, data.get("after")),
    }


def _priority_changed(data: Data) -> str:
    return _("changed the priority from %(old)s to %(new)s") % {
        "old": _priority(data.get("before")),
        "new": _priority(data.get("after")),
    }


def _assigned(data: Data) -> str:
    if not data.get("after"):
        return _("took it from %(agent)s") % {"agent": data.get("before_name", "")}
    if data.get("before_name"):
        return _("reassigned it from %(old)s to %(new)s") % {
            "old": data["before_name"],
            "new": data.get("after_name", ""),
        }
    return _("assigned it to %(agent)s") % {"agent": data.get("after_name", "")}


def _department(data: Data) -> str:
    return _("moved it from %(old)s to %(new)s") % {
        "old": data.get("before_name") or _("no department"),
        "new": data.get("after_name") or _("no department"),
    }


def _type_changed(data: Data) -> str:
    return _("changed the type from %(old)s to %(new)s") % {
        "old": _label(TicketType, data.get("before")),
        "new": _label(TicketType, data.get("after")),
    }


def _subject(data: Data) -> str:
    return _("changed the subject from “%(old)s” to “%(new)s”") % {
        "old": data.get("before", ""),
        "new": data.get("after", ""),
    }


def _tags(data: Data) -> str:
    added, removed = data.get("added", []), data.get("removed", [])
    parts = []
    if added:
        parts.append(
            ngettext("added the tag %(tags)s", "added the tags %(tags)s", len(added))
            % {"tags": ", ".join(added)}
        )
    if removed:
        parts.append(
            ngettext("removed the tag %(tags)s", "removed the tags %(tags)s", len(removed))
            % {"tags": ", ".join(removed)}
        )
    return "; ".join(parts)


def _field_value(data: Data, side: str) -> str:
    texts, type_ = data.get(side) or [], data.get("type")
    if type_ == FieldType.YES_NO:
        texts = [_("Yes") if text == "true" else _("No") for text in texts]
    elif type_ == FieldType.DATE:
        days = [parse_date(text) for text in texts]
        texts = [date_format(day, "SHORT_DATE_FORMAT") for day in days if day]
    return ", ".join(texts)


def _field(data: Data) -> str:
    name, old, new = data.get("name"), _field_value(data, "before"), _field_value(data, "after")
    told = {"field": name, "old": old, "new": new}
    if not new:
        return _("emptied “%(field)s”, which was %(old)s") % told
    if not old:
        return _("set “%(field)s” to %(new)s") % told
    return _("changed “%(field)s” from %(old)s to %(new)s") % told


def _merged(data: Data) -> str:
    if data.get("into_reference"):
        return _("merged it into %(reference)s") % {"reference": data["into_reference"]}
    return _("merged %(reference)s into it") % {"reference": data.get("merged", "")}


def _linked(data: Data) -> str:
    return _("linked it: %(kind)s %(reference)s") % _link(data)


def _unlinked(data: Data) -> str:
    return _("removed the link: %(kind)s %(reference)s") % _link(data)


def _link(data: Data) -> dict[str, str]:
    """``here``: the link leads to this ticket, not from it."""
    kind = LinkKind(data["link"])
    label = kind.label_from_other if data.get("here") else kind.label
    return {"kind": str(label), "reference": data.get("other", "")}


def _sla(template: Callable[[], str]) -> Callable[[Data], str]:
    return lambda data: template() % {"metric": _label(Metric, data.get("metric"))}


def _sla_warning(data: Data) -> str:
    told = {"metric": _label(Metric, data.get("metric")), "percent": data.get("percent")}
    if told["percent"]:
        return _("%(metric)s: %(percent)s %% of the time is used") % told
    return _("%(metric)s is due soon") % told


def _undone(data: Data) -> str:
    what = data.get("what") == "reply"
    if data.get("before") == data.get("after"):
        return _("took a reply back before it left") if what else _("took the last change back")
    told = {"old": _label(Status, data["before"]), "new": _label(Status, data["after"])}
    if what:
        return _("took a reply back before it left, and the status from %(old)s to %(new)s") % told
    return _("took the last change back: from %(old)s to %(new)s") % told


SENTENCES: dict[str, Callable[[Data], str]] = {
    EventKind.CREATED: lambda data: _("opened the ticket"),
    EventKind.REPLIED: lambda data: _("replied"),
    EventKind.NOTED: lambda data: _("added a note"),
    EventKind.STATUS: _status,
    EventKind.PRIORITY: _priority_changed,
    EventKind.ASSIGNED: _assigned,
    EventKind.DEPARTMENT: _department,
    EventKind.TYPE: _type_changed,
    EventKind.SUBJECT: _subject,
    EventKind.REQUESTER: lambda data: (
        _("changed the requester from %(old)s to %(new)s")
        % {"old": data.get("before_name", ""), "new": data.get("after_name", "")}
    ),
    EventKind.TAGS: _tags,
    EventKind.FIELD: _field,
    EventKind.SNOOZED: lambda data: (
        _("snoozed it until %(until)s") % {"until": _moment(data.get("after"))}
    ),
    EventKind.WOKEN: lambda data: _("brought it back from snooze"),
    EventKind.SPLIT: lambda data: (
        _("split a reply into %(reference)s") % {"reference": data.get("new_reference", "")}
    ),
    EventKind.MERGED: _merged,
    EventKind.UNMERGED: lambda data: (
        _("undid the merge with %(reference)s") % {"reference": data.get("other", "")}
    ),
    EventKind.LINKED: _linked,
    EventKind.UNLINKED: _unlinked,
    EventKind.FOLLOWED: lambda data: (
        _("added %(name)s as a follower") % {"name": data.get("name", "")}
    ),
    EventKind.UNFOLLOWED: lambda data: (
        _("removed %(name)s as a follower") % {"name": data.get("name", "")}
    ),
    EventKind.RATED: lambda data: (
        _("rated the help: %(score)s of 5") % {"score": data.get("score", "")}
    ),
    EventKind.SPAM: lambda data: (
        _("marked it as spam") if data.get("after") else _("said that it is not spam")
    ),
    EventKind.SLA_POLICY: lambda data: (
        _("set the SLA policy to %(name)s") % {"name": data.get("after_name") or _("none")}
    ),
    EventKind.SLA_WARNING: _sla_warning,
    EventKind.SLA_BREACHED: _sla(lambda: _("%(metric)s was missed")),
    EventKind.MAIL_FAILED: lambda data: (
        _("A mail to %(address)s could not be delivered") % {"address": data.get("address", "")}
    ),
    EventKind.UNDONE: _undone,
    EventKind.RULE: lambda data: _("called the webhook %(name)s") % {"name": data.get("name", "")},
}

ICONS: dict[str, str] = {
    EventKind.CREATED: "plus",
    EventKind.REPLIED: "mail",
    EventKind.NOTED: "lock",
    EventKind.STATUS: "rotate",
    EventKind.PRIORITY: "esc-priority-high",
    EventKind.ASSIGNED: "user",
    EventKind.DEPARTMENT: "group",
    EventKind.TAGS: "tag",
    EventKind.SNOOZED: "esc-snooze",
    EventKind.WOKEN: "esc-snooze",
    EventKind.MERGED: "esc-merge",
    EventKind.UNMERGED: "esc-merge",
    EventKind.SPLIT: "esc-split",
    EventKind.LINKED: "link",
    EventKind.UNLINKED: "link",
    EventKind.SLA_POLICY: "time",
    EventKind.SLA_WARNING: "time",
    EventKind.SLA_BREACHED: "warning",
    EventKind.MAIL_FAILED: "warning",
    EventKind.RATED: "success",
    EventKind.UNDONE: "rotate",
    EventKind.RULE: "link-external",
}


def icon(event: TicketEvent) -> str:
    return ICONS.get(event.kind, "edit")
