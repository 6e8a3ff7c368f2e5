"""Changes that a client may send twice, or to a ticket that has moved on: ``Idempotency-Key`` and ``If-Match``."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.encoders import JSONEncoder

from wagtail_escalated.actions.change import lock
from wagtail_escalated.models import IdempotencyKey, Ticket

from .callers import Caller, caller_of
from .errors import Conflict, PreconditionFailed

LONGEST_KEY = 255


def etag_of(ticket: Ticket, caller: Caller) -> str:
    """Customers' tags change with what they may see, not with what happens inside."""
    inside = caller.inside
    return f'"{ticket.version}"' if inside else f'"p{ticket.public_version}"'


@contextmanager
def matching(request: Request, ticket: Ticket, caller: Caller) -> Iterator[Ticket]:
    """The transaction of a change; with ``If-Match``, only of the version that the client has seen (else 412)."""
    with transaction.atomic():
        wanted = [tag.strip() for tag in request.headers.get("If-Match", "*").split(",")]
        if "*" not in wanted:
            lock(ticket)
            if etag_of(ticket, caller) not in wanted:
                raise PreconditionFailed(
                    _("This ticket has changed since you read it. Read it again."), "stale"
                )
        yield ticket


def once(handler: Callable[..., Response]) -> Callable[..., Response]:
    """With an ``Idempotency-Key``, do it once and give the same answer again.

    The key is written in the transaction of what it stands for: a second request waits for the first, and
    what failed may be tried again.
    """

    @wraps(handler)
    def keyed(view: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
        key = request.headers.get("Idempotency-Key", "")
        if not key:
            return handler(view, request, *args, **kwargs)
        if len(key) > LONGEST_KEY:
            raise ValidationError({"Idempotency-Key": [_("The key is too long.")]})
        caller = caller_of(request)
        key_hash = _hash(caller.key if caller else "", request.method, request.path, key)
        body_hash = _hash_of_body(request)
        try:
            with transaction.atomic():
                row = IdempotencyKey.objects.create(key_hash=key_hash, body_hash=body_hash)
                response = handler(view, request, *args, **kwargs)
                row.status, row.answer = response.status_code, _plain(response.data)
                row.save(update_fields=["status", "answer"])
                return response
        except IntegrityError:
            kept = IdempotencyKey.objects.filter(key_hash=key_hash).first()
            if kept is None:
                raise
            return _again(kept, body_hash)

    return keyed


def _again(kept: IdempotencyKey, body_hash: str) -> Response:
    if kept.body_hash != body_hash:
        raise Conflict(_("This key was used for another request."), "idempotency_key_reused")
    return Response(kept.answer, kept.status, headers={"Idempotent-Replayed": "true"})


def _hash(*parts: str | None) -> str:
    return hashlib.sha256("\n".join(part or "" for part in parts).encode()).hexdigest()


def _hash_of_body(request: Request) -> str:
    fields = json.dumps(_plain(_without_files(request)), sort_keys=True)
    digest = hashlib.sha256(fields.encode())
    for name in sorted(request.FILES):
        for file in request.FILES.getlist(name):
            digest.update(f"{name} {file.name} {file.size}".encode("utf-8", "replace"))
    return digest.hexdigest()


def _without_files(request: Request) -> Any:
    data = request.data
    if not hasattr(data, "lists"):
        return data
    return {name: values for name, values in data.lists() if name not in request.FILES}


def _plain(data: Any) -> Any:
    return json.loads(json.dumps(data, cls=JSONEncoder))
