"""The dict ``WAGTAIL_ESCALATED``: known keys, right types, names that exist."""

from __future__ import annotations

import difflib
import re
import string
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register
from django.utils.module_loading import import_string

from wagtail_escalated.conf import DEFAULTS, desk_settings
from wagtail_escalated.models import PRIORITY_NAMES, Status

NAME = "WAGTAIL_ESCALATED"
NUMBER, TEXT, FLAG, NAMES = "a whole number", "a text", "True or False", "a list of texts"
#: A secret that is shorter can be guessed.
SHORTEST_SECRET = 16


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_names(value: Any) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(item, str) for item in value)


TESTS: dict[str, Callable[[Any], bool]] = {
    NUMBER: _is_number,
    TEXT: lambda value: isinstance(value, str) and value != "",
    FLAG: lambda value: isinstance(value, bool),
    NAMES: _is_names,
}

#: key → what it must be, and whether ``None`` is fine too.
TYPES: dict[str, tuple[str, bool]] = {
    "UI_ENABLED": (FLAG, False),
    "API_ENABLED": (FLAG, False),
    "API_ALLOWED_ORIGINS": (NAMES, False),
    "REALTIME_ENABLED": (FLAG, False),
    "POLL_SECONDS": (NUMBER, False),
    "DEFAULT_PRIORITY": (TEXT, False),
    "ALLOW_CUSTOMER_CLOSE": (FLAG, False),
    "AUTO_CLOSE_RESOLVED_AFTER_DAYS": (NUMBER, True),
    "REOPEN_WINDOW_DAYS": (NUMBER, True),
    "MAX_ATTACHMENTS": (NUMBER, False),
    "MAX_ATTACHMENT_MB": (NUMBER, False),
    "BLOCKED_EXTENSIONS": (NAMES, False),
    "STORAGE_ALIAS": (TEXT, False),
    "REFERENCE_PREFIX": (TEXT, False),
    "RULE_LOG_DAYS": (NUMBER, True),
    "MAIL_DOMAIN": (TEXT, False),
    "INBOUND_SECRET": (TEXT, True),
    "INBOUND_PROVIDERS": (NAMES, False),
    "ACCEPT_UNSIGNED_REPLIES": (FLAG, False),
    "SNS_TOPIC_ARNS": (NAMES, False),
    "MAILGUN_SIGNING_KEY": (TEXT, True),
    "INBOUND_MAX_MB": (NUMBER, False),
    "UNDO_SEND_SECONDS": (NUMBER, False),
    "PORTAL_URL": (TEXT, True),
    "TRUSTED_PROXY_COUNT": (NUMBER, False),
}


@register("wagtail_escalated")
def check_settings(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    written = getattr(settings, NAME, {})
    if not isinstance(written, Mapping):
        return [
            Error(
                f"{NAME} must be a dict.",
                hint="It maps names such as 'MAIL_DOMAIN' to values.",
                id="wagtail_escalated.E001",
            )
        ]
    wrong = [*_unknown_keys(written), *_wrong_types(written)]
    # What follows reads the values as what they should be.
    return wrong or [
        *_transitions(),
        *_priority(),
        *_user_checks(),
        *_prefix(),
        *_providers(),
        *_portal_url(),
        *_origins(),
        *_mail(),
    ]


def _unknown_keys(written: Mapping[str, Any]) -> Iterator[CheckMessage]:
    for path, known, given in (
        ("", DEFAULTS, written),
        ("['SLA']", DEFAULTS["SLA"], written.get("SLA", {})),
    ):
        for key in given if isinstance(given, Mapping) else ():
            if key not in known:
                close = difflib.get_close_matches(str(key), known, n=1)
                yield Error(
                    f"{NAME}{path} has no setting {key!r}.",
                    hint=f"Did you mean {close[0]!r}?" if close else f"Known: {', '.join(known)}.",
                    id="wagtail_escalated.E002",
                )


def _wrong_types(written: Mapping[str, Any]) -> Iterator[CheckMessage]:
    for key, (kind, may_be_none) in TYPES.items():
        if key in written and not (may_be_none and written[key] is None):
            yield from _wrong_type(f"{NAME}[{key!r}]", written[key], kind, may_be_none)
    sla = written.get("SLA", {})
    if not isinstance(sla, Mapping):
        yield _type_error(f"{NAME}['SLA']", "a dict", False)
        return
    if "ENABLED" in sla:
        yield from _wrong_type(f"{NAME}['SLA']['ENABLED']", sla["ENABLED"], FLAG, False)
    if "WARNING_MINUTES" in sla:
        value = sla["WARNING_MINUTES"]
        yield from _wrong_type(f"{NAME}['SLA']['WARNING_MINUTES']", value, NUMBER, False)


def _wrong_type(name: str, value: Any, kind: str, may_be_none: bool) -> Iterator[CheckMessage]:
    if not TESTS[kind](value):
        yield _type_error(name, kind, may_be_none)


def _type_error(name: str, kind: str, may_be_none: bool) -> CheckMessage:
    return Error(
        f"{name} must be {kind}{' or None' if may_be_none else ''}.",
        hint="docs/reference/settings.md lists what each setting takes.",
        id="wagtail_escalated.E003",
    )


def _transitions() -> Iterator[CheckMessage]:
    table = desk_settings.STATUS_TRANSITIONS
    if not isinstance(table, Mapping):
        yield _type_error(f"{NAME}['STATUS_TRANSITIONS']", "a dict", False)
        return
    for status, following in table.items():
        names = following if isinstance(following, list | tuple | set) else [following]
        for unknown in [name for name in (status, *names) if name not in Status.values]:
            yield Error(
                f"{NAME}['STATUS_TRANSITIONS'] names the unknown status {unknown!r}.",
                hint=f"Statuses are {', '.join(Status.values)}.",
                id="wagtail_escalated.E004",
            )


def _priority() -> Iterator[CheckMessage]:
    if desk_settings.DEFAULT_PRIORITY not in PRIORITY_NAMES:
        yield Error(
            f"{NAME}['DEFAULT_PRIORITY'] is {desk_settings.DEFAULT_PRIORITY!r}, which is no priority.",
            hint=f"Priorities are {', '.join(PRIORITY_NAMES)}.",
            id="wagtail_escalated.E005",
        )


def _user_checks() -> Iterator[CheckMessage]:
    for key in ("AGENT_CHECK", "ADMIN_CHECK", "ADDRESS_CHECK", "CAPTCHA_CHECK"):
        try:
            check = desk_settings.user_check(key)
        except (ImportError, ValueError) as error:
            reason = str(error)
        else:
            reason = "" if check is None or callable(check) else f"{check!r} is not callable"
        if reason:
            yield Error(
                f"{NAME}[{key!r}] cannot be used: {reason}.",
                hint="Give the dotted path of a function that takes a user (CAPTCHA_CHECK: a request), or the function itself.",
                id="wagtail_escalated.E006",
            )


def _prefix() -> Iterator[CheckMessage]:
    if not re.fullmatch(r"[A-Z0-9]{1,10}", desk_settings.REFERENCE_PREFIX):
        yield Error(
            f"{NAME}['REFERENCE_PREFIX'] is {desk_settings.REFERENCE_PREFIX!r}.",
            hint="Use one to ten capital letters and digits; it is read in mail subjects.",
            id="wagtail_escalated.E007",
        )


def _providers() -> Iterator[CheckMessage]:
    from wagtail_escalated.mail import adapters

    for entry in desk_settings.INBOUND_PROVIDERS:
        if entry in adapters.BUILT_IN:
            continue
        try:
            import_string(entry)
        except ImportError as error:
            yield Error(
                f"{NAME}['INBOUND_PROVIDERS'] names {entry!r}, which cannot be imported: {error}",
                hint=f"Built in are {', '.join(adapters.BUILT_IN)}; others by their dotted path.",
                id="wagtail_escalated.E008",
            )


def _origins() -> Iterator[CheckMessage]:
    for origin in desk_settings.API_ALLOWED_ORIGINS:
        if not re.fullmatch(
            r"https?://[a-z0-9.\-]+(:[0-9]+)?|https?://\[[0-9a-f:]+\](:[0-9]+)?", origin
        ):
            yield Error(
                f"{NAME}['API_ALLOWED_ORIGINS'] names {origin!r}, which is not an origin.",
                hint="Write it as a browser sends it: 'https://www.example.com', without a path.",
                id="wagtail_escalated.E010",
            )


def _portal_url() -> Iterator[CheckMessage]:
    url = desk_settings.PORTAL_URL
    if url is None:
        if not desk_settings.UI_ENABLED:
            yield Warning(
                f"{NAME}['PORTAL_URL'] is not set though 'UI_ENABLED' is False.",
                hint="Mails have nowhere to link to. Set it, with {reference} or {token} in it.",
                id="wagtail_escalated.W001",
            )
        return
    try:
        fields = {name for _text, name, _spec, _conversion in string.Formatter().parse(url)}
    except ValueError:
        fields = {"{"}
    if unknown := {name for name in fields if name is not None} - {"reference", "token"}:
        yield Error(
            f"{NAME}['PORTAL_URL'] holds unknown fields: {', '.join(sorted(unknown))}.",
            hint="{reference} and {token} are filled in.",
            id="wagtail_escalated.E009",
        )


def _mail() -> Iterator[CheckMessage]:
    secret = desk_settings.INBOUND_SECRET
    if secret is None:
        yield Warning(
            f"{NAME}['INBOUND_SECRET'] is not set.",
            hint="The webhook answers 401 and replies carry no signed address until it is set to a"
            " long random text that your mail provider sends along.",
            id="wagtail_escalated.W002",
        )
    elif len(secret) < SHORTEST_SECRET and not settings.DEBUG:
        yield Warning(
            f"{NAME}['INBOUND_SECRET'] is short.",
            hint=f"It signs reply addresses; take at least {SHORTEST_SECRET} random characters.",
            id="wagtail_escalated.W003",
        )
    if desk_settings.MAIL_DOMAIN == "localhost":
        yield Warning(
            f"{NAME}['MAIL_DOMAIN'] is not set.",
            hint="Set it to the domain whose mail reaches the webhook, such as support.example.com.",
            id="wagtail_escalated.W004",
        )
