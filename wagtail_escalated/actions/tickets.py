"""What happens to a ticket as a whole: the public names, one module per family behind them."""

from wagtail_escalated.actions.creation import create
from wagtail_escalated.actions.custom_fields import set_field, set_fields
from wagtail_escalated.actions.deletion import delete, mark_spam
from wagtail_escalated.actions.following import (
    follow,
    follow_by_mail,
    unfollow,
    unfollow_by_mail,
)
from wagtail_escalated.actions.incidents import answer_incidents
from wagtail_escalated.actions.linking import link, unlink
from wagtail_escalated.actions.merging import merge, unmerge
from wagtail_escalated.actions.properties import (
    add_tags,
    remove_tags,
    set_department,
    set_priority,
    set_requester,
    set_subject,
    set_type,
)
from wagtail_escalated.actions.ratings import rate
from wagtail_escalated.actions.snoozing import snooze, unsnooze, wake_snoozed
from wagtail_escalated.actions.splitting import split
from wagtail_escalated.actions.status import close_resolved, set_status
from wagtail_escalated.actions.undoing import undo

__all__ = [
    "add_tags",
    "answer_incidents",
    "close_resolved",
    "create",
    "delete",
    "follow",
    "follow_by_mail",
    "link",
    "mark_spam",
    "merge",
    "rate",
    "remove_tags",
    "set_department",
    "set_field",
    "set_fields",
    "set_priority",
    "set_requester",
    "set_status",
    "set_subject",
    "set_type",
    "snooze",
    "split",
    "undo",
    "unfollow",
    "unfollow_by_mail",
    "unlink",
    "unmerge",
    "unsnooze",
    "wake_snoozed",
]
