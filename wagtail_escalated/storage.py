"""Where files and raw letters lie: addressed by their content, private, never below ``MEDIA_ROOT``."""

from __future__ import annotations

import hashlib
from pathlib import Path

from django.conf import settings
from django.core.files.base import ContentFile, File
from django.core.files.storage import FileSystemStorage, Storage, storages

from wagtail_escalated.conf import desk_settings


def desk_storage() -> Storage:
    """The storage named ``STORAGE_ALIAS``; where it is not defined, a private folder beside ``MEDIA_ROOT``."""
    alias = desk_settings.STORAGE_ALIAS
    if alias in storages.backends:
        return storages[alias]
    media = Path(settings.MEDIA_ROOT or "media").absolute()
    return FileSystemStorage(
        location=media.with_name(f"{media.name}-escalated-private"),
        base_url=None,
        file_permissions_mode=0o600,
        directory_permissions_mode=0o700,
    )


def put(content: bytes) -> str:
    """Store bytes under the hash of their content; the same bytes are stored once. Returns the key."""
    digest = hashlib.sha256(content).hexdigest()
    key = f"{digest[:2]}/{digest[2:4]}/{digest}"
    storage = desk_storage()
    if storage.exists(key) and storage.size(key) == len(content):
        return key
    # A process killed while it wrote leaves a torn file: the storage then names the next one otherwise.
    return storage.save(key, ContentFile(content))


def open_file(key: str) -> File:
    """The stored file, opened for reading bytes. Raises ``FileNotFoundError``."""
    return desk_storage().open(key, "rb")


def read(key: str) -> bytes:
    with open_file(key) as file:
        return file.read()


def delete(key: str) -> None:
    desk_storage().delete(key)
