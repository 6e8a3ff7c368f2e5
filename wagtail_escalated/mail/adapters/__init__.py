"""One file per provider behind one seam; ``INBOUND_PROVIDERS`` says which are accepted."""

from __future__ import annotations

from django.utils.module_loading import import_string

from wagtail_escalated.conf import desk_settings
from wagtail_escalated.mail.adapters.base import Adapter
from wagtail_escalated.mail.adapters.mailgun import Mailgun
from wagtail_escalated.mail.adapters.postmark import Postmark
from wagtail_escalated.mail.adapters.raw import Raw
from wagtail_escalated.mail.adapters.ses import SES

BUILT_IN: dict[str, type] = {one.name: one for one in (Postmark, Mailgun, SES)}


def accepted() -> dict[str, Adapter]:
    """Name → adapter, of those that may post."""
    found = {}
    for entry in desk_settings.INBOUND_PROVIDERS:
        adapter = BUILT_IN[entry]() if entry in BUILT_IN else import_string(entry)()
        found[adapter.name] = adapter
    return found


def adapter_for(name: str) -> Adapter | None:
    """For a stored delivery: one that was switched off since still reads its letters."""
    if name == Raw.name:
        return Raw()
    if name in BUILT_IN:
        return BUILT_IN[name]()
    return accepted().get(name)
