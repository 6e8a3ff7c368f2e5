"""The webhooks: verify, store, answer. What can fail later fails in the worker."""

from __future__ import annotations

import logging

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import RequestDataTooBig
from django.db import transaction
from django.http import HttpRequest, JsonResponse, UnreadablePostError
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from wagtail_escalated.conf import desk_settings
from wagtail_escalated.mail import archive, intake, later, statuses
from wagtail_escalated.mail.adapters import accepted
from wagtail_escalated.mail.adapters.base import (
    Adapter,
    Delivery,
    InvalidPayload,
    Letter,
    Unauthorised,
    Unavailable,
)
from wagtail_escalated.mail.normalise import normalise
from wagtail_escalated.mail.verify import has_secret
from wagtail_escalated.models import InboundEmail

logger = logging.getLogger(__name__)

CHUNK = 1024 * 1024
LOOKED_INTO = 256 * 1024  # bytes of a letter up to which the webhook sees whether it is empty


class Refused(Exception):
    def __init__(self, status: int, error: str):
        self.status, self.error = status, error
        super().__init__(error)


class TooLarge(Refused):
    def __init__(self, size: int):
        self.size = size
        super().__init__(413, "message too large")


NOT_ALLOWED = "missing or invalid inbound secret"


@csrf_exempt
@login_not_required
@require_POST
@transaction.non_atomic_requests
def inbound(request: HttpRequest) -> JsonResponse:
    try:
        return _receive(request)
    except Refused as refusal:
        return JsonResponse({"error": refusal.error}, status=refusal.status)


@csrf_exempt
@login_not_required
@require_POST
@transaction.non_atomic_requests
def status(request: HttpRequest) -> JsonResponse:
    """What became of our mails: deliveries, bounces, complaints."""
    try:
        adapter = _adapter(request)
        delivery = _read(request)
        _authenticate(adapter, delivery)
        try:
            found = list(adapter.statuses(delivery))
        except InvalidPayload:
            raise Refused(400, "invalid payload") from None
        statuses.take_note(found, now=timezone.now())
    except Refused as refusal:
        return JsonResponse({"error": refusal.error}, status=refusal.status)
    return JsonResponse({"status": "accepted", "events": len(found)})


def _receive(request: HttpRequest) -> JsonResponse:
    adapter = _adapter(request)
    try:
        delivery = _read(request)
    except TooLarge as refusal:
        if has_secret(request):
            _record_too_large(adapter, refusal.size)
        raise
    proof = _authenticate(adapter, delivery)
    letter = _look(adapter, delivery)
    key = archive.delivery_key(adapter.name, letter, delivery)
    earlier = archive.known(key)
    if earlier is not None and proof.replay_key is None:
        return _answer(request, "duplicate", earlier)
    state, reason = (
        (InboundEmail.State.IGNORED, "empty")
        if _is_empty(letter)
        else (InboundEmail.State.RECEIVED, "")
    )
    try:
        row = archive.keep(
            adapter.name,
            delivery,
            key=key,
            now=timezone.now(),
            state=state,
            reason=reason,
            replay_key=proof.replay_key,
        )
    except archive.UsedTwice:
        raise Refused(401, NOT_ALLOWED) from None
    if reason:
        return _answer(request, "skipped", row)
    if not _waits(request) and not intake.is_found_by_another(row):
        later.after_commit("mail.intake.process_waiting", keep_connection=False)
    return _answer(request, "accepted", row)


def _adapter(request: HttpRequest) -> Adapter:
    name = request.GET.get("adapter") or request.headers.get("X-Escalated-Adapter", "")
    if not name:
        raise Refused(400, "missing adapter")
    adapter = accepted().get(name)
    if adapter is None:
        raise Refused(400, f"unknown adapter: {name[:40]}")
    return adapter


def _read(request: HttpRequest) -> Delivery:
    """Secret and length before the body; the body by our own reading, past Django's limit of 2.5 MB."""
    secret = has_secret(request)
    if not desk_settings.INBOUND_SECRET or not (secret or _may_be_signed(request)):
        raise Refused(401, NOT_ALLOWED)
    limit = desk_settings.INBOUND_MAX_MB * 1024 * 1024
    announced = request.META.get("CONTENT_LENGTH") or "0"
    if announced.isascii() and announced.isdigit() and int(announced[:18]) > limit:
        raise TooLarge(int(announced[:18]))
    chunks, size = [], 0
    try:
        while chunk := request.read(CHUNK):
            size += len(chunk)
            if size > limit:
                raise TooLarge(size)
            chunks.append(chunk)
    except (UnreadablePostError, RequestDataTooBig):
        raise Refused(400, "invalid payload") from None
    return Delivery(b"".join(chunks), request.META.get("CONTENT_TYPE", ""), secret)


def _may_be_signed(request: HttpRequest) -> bool:
    """Whether a proof that stands in for the secret can be in the body at all."""
    name = request.GET.get("adapter") or request.headers.get("X-Escalated-Adapter", "")
    if name == "mailgun":
        return bool(desk_settings.MAILGUN_SIGNING_KEY)
    return name != "postmark"


def _authenticate(adapter: Adapter, delivery: Delivery):
    try:
        proof = adapter.authenticate(delivery)
    except Unauthorised as error:
        logger.warning("A delivery for %s was refused: %s", adapter.name, error)
        raise Refused(401, NOT_ALLOWED) from None
    except InvalidPayload:
        if not delivery.has_secret:
            raise Refused(401, NOT_ALLOWED) from None
        raise Refused(400, "invalid payload") from None
    except Unavailable as error:
        logger.error("A delivery for %s cannot be checked now: %s", adapter.name, error)
        raise Refused(500, "cannot be checked now") from None
    if not (delivery.has_secret or proof.stands_in_for_secret):
        raise Refused(401, NOT_ALLOWED)
    return proof


def _look(adapter: Adapter, delivery: Delivery) -> Letter | None:
    """The letter, unless it lies on another server: that is the worker's."""
    try:
        return None if adapter.is_remote(delivery) else adapter.letter(delivery)
    except InvalidPayload:
        raise Refused(400, "invalid payload") from None


def _is_empty(letter: Letter | None) -> bool:
    if letter is None or letter.note or len(letter.raw) > LOOKED_INTO:
        return False
    return not letter.raw.strip() or normalise(letter.raw).is_empty


def _record_too_large(adapter: Adapter, size: int) -> None:
    InboundEmail.objects.create(
        provider=adapter.name,
        state=InboundEmail.State.HELD,
        reason="too_large",
        raw_size=size,
        received_at=timezone.now(),
        delivery_key="",
    )


def _waits(request: HttpRequest) -> bool:
    return request.GET.get("wait") == "1" or later.runs_at_once()


def _answer(request: HttpRequest, word: str, row: InboundEmail) -> JsonResponse:
    answer = {"status": word, "id": str(row.pk)}
    if _waits(request):
        if word != "skipped":
            intake.process(str(row.pk))
            row.refresh_from_db()
        if row.state == InboundEmail.State.DUPLICATE:
            answer["status"] = "duplicate"
        answer |= intake.outcome_of(row)
    return JsonResponse(answer)
