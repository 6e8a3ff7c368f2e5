"""The widget as unsaved settings would make it: they travel signed in the script's address."""

from typing import Any

from django.core import signing

from .models import WidgetSettings
from .snippet import script_url

SALT = "wagtail_escalated_widget.preview"
FIELDS = ("title", "greeting", "closed_text", "colour", "position", "theme")
SECONDS = 600


def preview_context(settings: WidgetSettings, request) -> dict[str, Any]:
    values = {name: getattr(settings, name) for name in FIELDS}
    path = "/" + script_url(settings.site).split("/", 3)[3]
    return {"script": f"{path}?preview={signing.dumps(values, salt=SALT)}", "request": request}


def with_preview(settings: WidgetSettings, payload: str) -> WidgetSettings:
    """The settings with the signed values laid over them; unchanged where the signature is not ours."""
    try:
        values = signing.loads(payload, salt=SALT, max_age=SECONDS)
    except signing.BadSignature:
        return settings
    for name in FIELDS:
        setattr(settings, name, values[name])
    settings.enabled = True
    return settings
