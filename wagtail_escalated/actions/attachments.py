"""Files of a message: checked before anything is stored, stored before the transaction, rows within it."""

from __future__ import annotations

import mimetypes
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from wagtail_escalated import storage
from wagtail_escalated.conf import desk_settings
from wagtail_escalated.exceptions import AttachmentRejected
from wagtail_escalated.files import ELSEWHERE, IncomingFile
from wagtail_escalated.models import Attachment, Ticket

MEGABYTE = 1024 * 1024
#: Windows (PE, DOS), Linux (ELF), macOS (Mach-O, both byte orders and universal), Java classes.
PROGRAM_SIGNATURES = (
    b"MZ",
    b"\x7fELF",
    b"\xfe\xed\xfa\xce",
    b"\xfe\xed\xfa\xcf",
    b"\xce\xfa\xed\xfe",
    b"\xcf\xfa\xed\xfe",
    b"\xca\xfe\xba\xbe",
)


@dataclass(frozen=True, slots=True)
class RejectedFile:
    """A file that came by mail and is not kept: it is listed with the reason."""

    name: str
    size: int
    reason: str


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file whose bytes lie in the storage, not yet a row."""

    file: IncomingFile
    key: str


Prepared = StoredFile | RejectedFile


def prepare(files: Iterable[Any], *, lenient: bool = False) -> list[Prepared]:
    """Check and store files: ``IncomingFile``, Django's ``UploadedFile``, or an ``Attachment`` to copy.

    Raises ``AttachmentRejected`` for the first that is refused; ``lenient`` (mail) lists it instead.
    """
    incoming = [file if isinstance(file, RejectedFile) else _incoming(file) for file in files]
    checked = [_checked(file, position, lenient) for position, file in enumerate(incoming)]
    return [
        file if isinstance(file, RejectedFile) else StoredFile(file, storage.put(file.content))
        for file in checked
    ]


def attach(prepared: Sequence[Prepared], ticket: Ticket, **message: Any) -> list[Attachment]:
    """The rows, at ``reply=…``, ``note=…`` or at the ticket's own text."""
    rows = [_row(file, ticket, **message) for file in prepared]
    return Attachment.objects.bulk_create(rows)


def copy_rows(rows: Iterable[Attachment], ticket: Ticket, **message: Any) -> list[Attachment]:
    """The same files at another message: new rows, the same bytes."""
    copies = [
        Attachment(
            ticket=ticket,
            name=row.name,
            content_type=row.content_type,
            size=row.size,
            key=row.key,
            content_id=row.content_id,
            inline=row.inline,
            rejected=row.rejected,
            **message,
        )
        for row in rows
    ]
    return Attachment.objects.bulk_create(copies)


def why_refused(file: IncomingFile) -> str:
    """Why a file is not taken, as a sentence; empty where it is."""
    if file.content_type == ELSEWHERE:
        return _("The letter only says where the file lies; it is not fetched from there.")
    limit = desk_settings.MAX_ATTACHMENT_MB
    if file.size > limit * MEGABYTE:
        return _("The file is larger than %(limit)s MB.") % {"limit": limit}
    extension = _extension(file.name)
    if extension in _blocked():
        return _("Files of the kind .%(extension)s are not accepted.") % {"extension": extension}
    if _is_program(file.content):
        return _("The file is a program, whatever its name says.")
    return ""


def _checked(file: Any, position: int, lenient: bool) -> IncomingFile | RejectedFile:
    if isinstance(file, RejectedFile):
        return file
    reason = why_refused(file) or _why_too_many(position, file)
    if not reason:
        return file
    if lenient:
        return RejectedFile(file.name, file.size, reason)
    raise AttachmentRejected(file.name, f"{file.name}: {reason}")


def _why_too_many(position: int, file: IncomingFile) -> str:
    limit = desk_settings.MAX_ATTACHMENTS
    # Pictures inside a letter's text are no attachments to its writer.
    if position < limit or file.inline:
        return ""
    return ngettext(
        "A message takes at most %(limit)s file.", "A message takes at most %(limit)s files.", limit
    ) % {"limit": limit}


def _incoming(file: Any) -> IncomingFile:
    if isinstance(file, UploadedFile):
        limit = desk_settings.MAX_ATTACHMENT_MB * MEGABYTE
        # One byte more than allowed tells enough; a huge upload is never read whole.
        return IncomingFile(
            name=safe_name(file.name or ""),
            content=file.read(limit + 1),
            content_type=file.content_type or "",
        )
    if isinstance(file, Attachment):
        return IncomingFile(
            name=file.name,
            content=storage.read(file.key),
            content_type=file.content_type,
            content_id=file.content_id,
            inline=file.inline,
        )
    return file


def safe_name(name: str) -> str:
    """A file's name without path, control and invisible characters, at most 200 long."""
    name = name.replace("\\", "/").rpartition("/")[2]
    name = "".join(char for char in name if char.isprintable()).strip(" .")
    if len(name) > 200:
        stem, dot, extension = name.rpartition(".")
        name = (
            f"{stem[: 199 - len(extension)]}.{extension}"
            if dot and len(extension) < 20
            else name[:200]
        )
    return name or _("unnamed")


def _row(file: Prepared, ticket: Ticket, **message: Any) -> Attachment:
    if isinstance(file, RejectedFile):
        return Attachment(
            ticket=ticket,
            name=file.name[:200],
            size=file.size,
            rejected=file.reason[:200],
            **message,
        )
    guessed = mimetypes.guess_type(file.file.name)[0] or file.file.content_type
    return Attachment(
        ticket=ticket,
        name=file.file.name[:200],
        content_type=(guessed or "application/octet-stream")[:120],
        size=file.file.size,
        key=file.key,
        content_id=file.file.content_id[:250],
        inline=file.file.inline,
        **message,
    )


def _extension(name: str) -> str:
    return name.rpartition(".")[2].lower() if "." in name else ""


def _blocked() -> set[str]:
    return {extension.lower().lstrip(".") for extension in desk_settings.BLOCKED_EXTENSIONS}


def _is_program(content: bytes) -> bool:
    return content.startswith(PROGRAM_SIGNATURES)


def sorted_out(files: Iterable[IncomingFile]) -> list[IncomingFile | RejectedFile]:
    """For mail, where nobody can be asked again: what would be refused is listed with its reason."""
    return [_checked(file, position, lenient=True) for position, file in enumerate(files)]
