"""What an action refuses. A missing right is Django's ``PermissionDenied`` instead."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import ngettext


class EscalatedError(Exception):
    """The root of the desk's errors. ``str(error)`` is a sentence for people; ``code`` is for programs."""

    code = "error"


class TransitionNotAllowed(EscalatedError):
    """The transition table has no way from one status to the other."""

    code = "transition_not_allowed"

    def __init__(self, old: str, new: str, old_label: str = "", new_label: str = ""):
        self.old, self.new = old, new
        super().__init__(
            _("A ticket cannot go from “%(old)s” to “%(new)s”.")
            % {"old": old_label or old, "new": new_label or new}
        )


class NotAnAgent(EscalatedError):
    """The person is no active agent, or none of the ticket's department."""

    code = "not_an_agent"


class InvalidTicket(EscalatedError):
    """A field is blank, too long or unknown. ``field`` names it."""

    code = "invalid"

    def __init__(self, field: str, message: str):
        self.field = field
        super().__init__(message)


class InvalidFieldValue(InvalidTicket):
    """A custom field's value is none of its type, or missing. ``key`` is the field's."""

    def __init__(self, key: str, message: str):
        self.key = key
        super().__init__(f"cf-{key}", message)


class FieldsMissing(EscalatedError):
    """Fields that have to be filled in before a ticket is resolved. ``keys`` are theirs."""

    code = "fields_missing"

    def __init__(self, names: Sequence[str], keys: Sequence[str]):
        self.keys = list(keys)
        super().__init__(
            ngettext(
                "Fill in the field %(names)s before you resolve this ticket.",
                "Fill in these fields before you resolve this ticket: %(names)s.",
                len(names),
            )
            % {"names": ", ".join(f"“{name}”" for name in names)}
        )


class AttachmentRejected(EscalatedError):
    """A file is too many, too large or of a refused kind. ``name`` is the file's."""

    code = "attachment_rejected"

    def __init__(self, name: str, message: str):
        self.name = name
        super().__init__(message)


class SnoozeNotAllowed(EscalatedError):
    """The moment is not in the future, or the ticket is resolved or closed."""

    code = "snooze_not_allowed"


class MergeNotAllowed(EscalatedError):
    """The tickets are the same, merged already, or would form a cycle."""

    code = "merge_not_allowed"


class SplitNotAllowed(EscalatedError):
    """The reply belongs to another ticket."""

    code = "split_not_allowed"


class LinkNotAllowed(EscalatedError):
    """A ticket cannot be linked to itself, or in a circle."""

    code = "link_not_allowed"


class RatingNotAllowed(EscalatedError):
    """The ticket is not resolved, the rating is not 1 to 5, or the hour for changes is over."""

    code = "rating_not_allowed"


class UndoExpired(EscalatedError):
    """The time for undoing is over, or what was done has been built upon."""

    code = "undo_expired"


class StaleTicket(EscalatedError):
    """The ticket has changed since it was read. ``version`` is the present one."""

    code = "stale"

    def __init__(self, version: int, message: str = ""):
        self.version = version
        super().__init__(message or _("This ticket has changed since you opened it."))
