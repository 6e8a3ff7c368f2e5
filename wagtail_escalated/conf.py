"""The deployer's settings: one dict, ``WAGTAIL_ESCALATED``, merged over the defaults at call time.

Read them as attributes: ``desk_settings.UNDO_SEND_SECONDS``. Nothing is cached, so
``override_settings`` and a reloaded settings module take effect at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

#: Statuses and where each may lead (the contract's table).
DEFAULT_TRANSITIONS: dict[str, list[str]] = {
    "open": ["in_progress", "waiting_on_customer", "waiting_on_agent", "escalated", "resolved", "closed"],
    "in_progress": ["waiting_on_customer", "waiting_on_agent", "escalated", "resolved", "closed"],
    "waiting_on_customer": ["open", "in_progress", "waiting_on_agent", "resolved", "closed"],
    "waiting_on_agent": ["open", "in_progress", "waiting_on_customer", "escalated", "resolved", "closed"],
    "escalated": ["in_progress", "waiting_on_customer", "resolved", "closed"],
    "resolved": ["closed", "reopened"],
    "closed": ["reopened"],
    "reopened": ["in_progress", "waiting_on_customer", "waiting_on_agent", "escalated", "resolved", "closed"],
}  # fmt: skip

#: Extensions refused on upload and by mail: what common systems run on a double click.
DEFAULT_BLOCKED_EXTENSIONS: list[str] = [
    "ade", "adp", "apk", "app", "appx", "appxbundle", "bat", "cab", "chm", "cmd", "com", "cpl",
    "diagcab", "dll", "dmg", "exe", "gadget", "hta", "ins", "iso", "isp", "jar", "jnlp", "js",
    "jse", "lib", "lnk", "mde", "msc", "msi", "msix", "msixbundle", "msp", "mst", "nsh", "pif",
    "ps1", "reg", "scf", "scr", "sct", "shb", "sys", "url", "vb", "vbe", "vbs", "vhd", "vxd",
    "wsc", "wsf", "wsh", "xll",
]  # fmt: skip

DEFAULTS: dict[str, Any] = {
    "AGENT_CHECK": None,
    "ADMIN_CHECK": None,
    "ADDRESS_CHECK": None,
    "CAPTCHA_CHECK": None,
    "UI_ENABLED": True,
    "API_ENABLED": True,
    "API_ALLOWED_ORIGINS": [],
    "REALTIME_ENABLED": True,
    "POLL_SECONDS": 15,
    "DEFAULT_PRIORITY": "medium",
    "STATUS_TRANSITIONS": DEFAULT_TRANSITIONS,
    "ALLOW_CUSTOMER_CLOSE": True,
    "AUTO_CLOSE_RESOLVED_AFTER_DAYS": 7,
    "REOPEN_WINDOW_DAYS": None,
    "MAX_ATTACHMENTS": 5,
    "MAX_ATTACHMENT_MB": 10,
    "BLOCKED_EXTENSIONS": DEFAULT_BLOCKED_EXTENSIONS,
    "STORAGE_ALIAS": "escalated",
    "REFERENCE_PREFIX": "ESC",
    "RULE_LOG_DAYS": 180,
    "SLA": {"ENABLED": True, "WARNING_MINUTES": 30},
    "MAIL_DOMAIN": "localhost",
    "INBOUND_SECRET": None,
    "INBOUND_PROVIDERS": ["postmark", "mailgun", "ses"],
    "ACCEPT_UNSIGNED_REPLIES": True,
    "SNS_TOPIC_ARNS": [],
    "MAILGUN_SIGNING_KEY": None,
    "INBOUND_MAX_MB": 35,
    "UNDO_SEND_SECONDS": 10,
    "PORTAL_URL": None,
    "TRUSTED_PROXY_COUNT": 0,
    "WEBHOOK_ALLOWED_HOSTS": [],
    "KB_BASE_TEMPLATE": "wagtail_escalated_kb/base.html",
}


def merged(defaults: Mapping[str, Any], overrides: Mapping[str, Any]) -> dict[str, Any]:
    """``defaults`` with ``overrides`` laid over them, nested dicts key by key."""
    result = dict(defaults)
    for key, value in overrides.items():
        default = result.get(key)
        if isinstance(default, Mapping) and isinstance(value, Mapping):
            value = merged(default, value)
        result[key] = value
    return result


class DeskSettings:
    """Attribute access to the merged settings. Unknown names raise ``AttributeError``."""

    AGENT_CHECK: str | Callable[[Any], bool] | None
    ADMIN_CHECK: str | Callable[[Any], bool] | None
    ADDRESS_CHECK: str | Callable[[Any], bool] | None
    CAPTCHA_CHECK: str | Callable[[Any], bool] | None
    UI_ENABLED: bool
    API_ENABLED: bool
    API_ALLOWED_ORIGINS: list[str]
    REALTIME_ENABLED: bool
    POLL_SECONDS: int
    DEFAULT_PRIORITY: str
    STATUS_TRANSITIONS: dict[str, list[str]]
    ALLOW_CUSTOMER_CLOSE: bool
    AUTO_CLOSE_RESOLVED_AFTER_DAYS: int | None
    REOPEN_WINDOW_DAYS: int | None
    MAX_ATTACHMENTS: int
    MAX_ATTACHMENT_MB: int
    BLOCKED_EXTENSIONS: list[str]
    STORAGE_ALIAS: str
    REFERENCE_PREFIX: str
    RULE_LOG_DAYS: int | None
    SLA: dict[str, Any]
    MAIL_DOMAIN: str
    INBOUND_SECRET: str | None
    INBOUND_PROVIDERS: list[str]
    ACCEPT_UNSIGNED_REPLIES: bool
    SNS_TOPIC_ARNS: list[str]
    MAILGUN_SIGNING_KEY: str | None
    INBOUND_MAX_MB: int
    UNDO_SEND_SECONDS: int
    PORTAL_URL: str | None
    TRUSTED_PROXY_COUNT: int
    WEBHOOK_ALLOWED_HOSTS: list[str]
    KB_BASE_TEMPLATE: str

    def __getattr__(self, name: str) -> Any:
        if name not in DEFAULTS:
            raise AttributeError(f"WAGTAIL_ESCALATED has no setting {name!r}.")
        overrides = getattr(settings, "WAGTAIL_ESCALATED", {})
        if name not in overrides:
            return DEFAULTS[name]
        return merged({name: DEFAULTS[name]}, {name: overrides[name]})[name]

    def user_check(self, name: str) -> Callable[[Any], bool] | None:
        """The callable behind ``AGENT_CHECK``, ``ADMIN_CHECK``, ``ADDRESS_CHECK`` or ``CAPTCHA_CHECK``; ``None`` where it is not set."""
        value = getattr(self, name)
        return import_string(value) if isinstance(value, str) else value


desk_settings = DeskSettings()
