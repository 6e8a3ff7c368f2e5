"""What stands around the desk: apps, worker, channel layer, storage, hosts."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register
from django.core.exceptions import ImproperlyConfigured
from django.core.files.storage import FileSystemStorage, InvalidStorageError, default_storage

from wagtail_escalated.conf import desk_settings
from wagtail_escalated.storage import desk_storage

#: Without these the desk cannot even be imported.
NEEDED_TO_START = ("django_q",)
NEEDED_APPS = (
    *NEEDED_TO_START,
    "wagtail",
    "wagtail.admin",
    "wagtail.users",
    "wagtail.sites",
    "wagtail.images",
    "wagtail.contrib.settings",
    "modelcluster",
    "taggit",
)
NEEDED_BY_API = ("rest_framework", "django_filters", "drf_spectacular")
IN_MEMORY = "channels.layers.InMemoryChannelLayer"
#: django-q2's own, where ``Q_CLUSTER`` says nothing.
DEFAULT_RETRY = 60


def require_apps() -> None:
    """Raises ``ImproperlyConfigured`` with the name of an app without which nothing could be imported."""
    missing = [name for name in NEEDED_TO_START if not apps.is_installed(name)]
    if missing:
        raise ImproperlyConfigured(
            f"Add {', '.join(map(repr, missing))} to INSTALLED_APPS: wagtail_escalated needs it."
        )


@register("wagtail_escalated")
def check_apps(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    needed = [*NEEDED_APPS]
    if desk_settings.API_ENABLED:
        needed += NEEDED_BY_API
    if desk_settings.REALTIME_ENABLED:
        needed.append("channels")
    return [
        Error(
            f"INSTALLED_APPS lacks {name!r}.",
            hint=f"Add it; wagtail_escalated needs it{_why(name)}.",
            id="wagtail_escalated.E020",
        )
        for name in needed
        if not apps.is_installed(name)
    ]


def _why(name: str) -> str:
    if name in NEEDED_BY_API:
        return " while WAGTAIL_ESCALATED['API_ENABLED'] is on"
    return " while WAGTAIL_ESCALATED['REALTIME_ENABLED'] is on" if name == "channels" else ""


@register("wagtail_escalated")
def check_worker_settings(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    cluster = getattr(settings, "Q_CLUSTER", None)
    if not cluster:
        return [
            Error(
                "Q_CLUSTER is not set.",
                hint="Mail, deadlines and rules need django-q2's worker. Begin with"
                " Q_CLUSTER = {'orm': 'default', 'timeout': 60, 'retry': 120, 'max_attempts': 5}.",
                id="wagtail_escalated.E021",
            )
        ]
    return [*_times(cluster), *_attempts(cluster)]


def _times(cluster: dict[str, Any]) -> Iterator[CheckMessage]:
    timeout, retry = cluster.get("timeout"), cluster.get("retry", DEFAULT_RETRY)
    if timeout is None:
        yield Error(
            "Q_CLUSTER['timeout'] is not set.",
            hint="A task that hangs would hold its worker for ever. Set it to 60, and 'retry' above.",
            id="wagtail_escalated.E022",
        )
    elif retry <= timeout:
        yield Error(
            f"Q_CLUSTER['retry'] ({retry}) must be greater than Q_CLUSTER['timeout'] ({timeout}).",
            hint="Otherwise a task that is still running is started a second time beside itself.",
            id="wagtail_escalated.E023",
        )


def _attempts(cluster: dict[str, Any]) -> Iterator[CheckMessage]:
    if not cluster.get("max_attempts"):
        yield Warning(
            "Q_CLUSTER['max_attempts'] is not set.",
            hint="A task that fails is tried again for ever. Set it to 5: what matters is a row that"
            " the schedules pick up anyway.",
            id="wagtail_escalated.W020",
        )
    if cluster.get("catch_up", True):
        yield Warning(
            "Q_CLUSTER['catch_up'] is on.",
            hint="After a pause each schedule would run once for every time that it missed."
            " Set it to False.",
            id="wagtail_escalated.W021",
        )


@register("wagtail_escalated")
def check_live(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    if not desk_settings.REALTIME_ENABLED:
        return []
    return [*_layer(), *_sockets()]


def _layer() -> Iterator[CheckMessage]:
    layers = getattr(settings, "CHANNEL_LAYERS", {})
    backend = layers.get("default", {}).get("BACKEND")
    if backend is None:
        yield Warning(
            "CHANNEL_LAYERS has no 'default'.",
            hint="Live pages then learn of changes by asking the database. Use channels_redis, or"
            f" {IN_MEMORY!r} for a single process.",
            id="wagtail_escalated.W022",
        )
    elif backend == IN_MEMORY and (processes := _several_processes()):
        yield Warning(
            f"CHANNEL_LAYERS uses the in-memory layer, but {processes}.",
            hint="It reaches its own process alone, so changes made elsewhere are seen a second"
            " later, by asking the database. Use channels_redis.core.RedisChannelLayer.",
            id="wagtail_escalated.W023",
        )


def _several_processes() -> str:
    """What says that there is more than one process; empty where nothing is known of it."""
    for name in ("WEB_CONCURRENCY", "GUNICORN_WORKERS", "UVICORN_WORKERS"):
        if os.environ.get(name, "").isdigit() and int(os.environ[name]) > 1:
            return f"{name} is {os.environ[name]}"
    cluster = getattr(settings, "Q_CLUSTER", None) or {}
    if cluster and not cluster.get("sync") and not settings.DEBUG:
        return "the worker of Q_CLUSTER is a process of its own"
    return ""


def _sockets() -> Iterator[CheckMessage]:
    if not getattr(settings, "ASGI_APPLICATION", None):
        yield Warning(
            "ASGI_APPLICATION is not set though WAGTAIL_ESCALATED['REALTIME_ENABLED'] is on.",
            hint="Without ASGI there are no sockets and pages poll. Route"
            " wagtail_escalated.realtime.routing.websocket_urlpatterns in your asgi.py.",
            id="wagtail_escalated.W024",
        )
    if "*" in settings.ALLOWED_HOSTS:
        yield Warning(
            "ALLOWED_HOSTS holds '*' though WAGTAIL_ESCALATED['REALTIME_ENABLED'] is on.",
            hint="AllowedHostsOriginValidator then lets any page open a socket with the visitor's"
            " login. Name your hosts.",
            id="wagtail_escalated.W025",
        )


@register("wagtail_escalated")
def check_storage(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    name = "WAGTAIL_ESCALATED['STORAGE_ALIAS']"
    try:
        storage = desk_storage()
    except InvalidStorageError as error:
        return [
            Error(
                f"{name} ({desk_settings.STORAGE_ALIAS!r}) cannot be opened: {error}",
                hint="Mend its entry in STORAGES.",
                id="wagtail_escalated.E024",
            )
        ]
    if _is_served(storage):
        return [
            Error(
                f"{name} ({desk_settings.STORAGE_ALIAS!r}) keeps files where visitors are served from.",
                hint="Attachments and letters are private. Give it a folder outside MEDIA_ROOT and"
                " STATIC_ROOT, or a private bucket, in STORAGES.",
                id="wagtail_escalated.E025",
            )
        ]
    return []


def _is_served(storage: Any) -> bool:
    if desk_settings.STORAGE_ALIAS == "default" or storage is default_storage:
        return True
    if not isinstance(storage, FileSystemStorage):
        return False
    place = Path(storage.location).resolve()
    served = [Path(root).resolve() for root in (settings.MEDIA_ROOT, settings.STATIC_ROOT) if root]
    return any(place == root or root in place.parents for root in served)


@register("wagtail_escalated")
def check_time_zones(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    if settings.USE_TZ:
        return []
    return [
        Error(
            "USE_TZ is False.",
            hint="Deadlines are instants. Set USE_TZ = True.",
            id="wagtail_escalated.E026",
        )
    ]


@register("wagtail_escalated", deploy=True)
def check_before_going_live(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    backend = settings.EMAIL_BACKEND.rpartition("backends.")[2].split(".")[0]
    if backend not in ("console", "locmem", "dummy", "filebased"):
        return []
    return [
        Warning(
            f"EMAIL_BACKEND is Django's {backend!r} backend.",
            hint="No customer gets a mail. Use anymail's backend of your provider, or SMTP.",
            id="wagtail_escalated.W026",
        )
    ]
