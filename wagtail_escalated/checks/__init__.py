"""What ``manage.py check`` says about the desk: each message names the setting and how to mend it.

Errors (``E…``) keep the desk from working; warnings (``W…``) are what somebody should know before it is used.
Those that ask the database run with ``check --database default`` and with each ``migrate``.
"""

from wagtail_escalated.checks import database, services, settings

__all__ = ["database", "services", "settings"]
