"""What wagtail-localize is told about fields of ours that it would show as numbers."""

from __future__ import annotations

from importlib.util import find_spec


def following_the_original(*names: str) -> list:
    """For `override_translatable_fields`: copied with each synchronisation, nothing to translate or to override.

    Empty where wagtail-localize isn't installed.
    """
    if find_spec("wagtail_localize") is None:
        return []
    from wagtail_localize.fields import SynchronizedField

    return [SynchronizedField(name, overridable=False) for name in names]
