"""Public signals, sent after the commit. A receiver that fails is logged and breaks nothing.

Each is sent with ``sender=Ticket``, ``ticket`` (freshly read), ``actor`` (a user, a ``Contact`` or ``SYSTEM``)
and ``event`` (the ``TicketEvent``), and with what stands beside it here.
"""

from django.dispatch import Signal

#: A ticket was created through any door.
ticket_created = Signal()
#: ``old``, ``new``: statuses by name.
status_changed = Signal()
#: ``old``, ``new``: primary keys of agent profiles, or ``None``.
ticket_assigned = Signal()
#: ``reply``: the ``Reply``.
reply_added = Signal()
#: ``note``: the ``Note``. Never shown to customers.
note_added = Signal()
#: ``old``, ``new``: priorities by name.
priority_changed = Signal()
#: ``old``, ``new``: primary keys of departments, or ``None``.
department_changed = Signal()
#: ``added``, ``removed``: lists of names.
tags_changed = Signal()
#: ``until``: an ISO 8601 instant.
ticket_snoozed = Signal()
ticket_woken = Signal()
#: ``new_ticket``: primary key of the ticket split off.
ticket_split = Signal()
#: ``into``: primary key of the ticket it was merged into.
ticket_merged = Signal()
#: ``metric``: ``first_response``, ``next_response`` or ``resolution``.
sla_warning = Signal()
#: ``metric``, ``due_at``: an ISO 8601 instant.
sla_breached = Signal()
#: ``score``: 1 to 5.
ticket_rated = Signal()

__all__ = [
    "department_changed",
    "note_added",
    "priority_changed",
    "reply_added",
    "sla_breached",
    "sla_warning",
    "status_changed",
    "tags_changed",
    "ticket_assigned",
    "ticket_created",
    "ticket_merged",
    "ticket_rated",
    "ticket_snoozed",
    "ticket_split",
    "ticket_woken",
]
