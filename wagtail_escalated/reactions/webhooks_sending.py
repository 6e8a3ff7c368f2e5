"""Sending what is due: in order per ticket, again with growing pauses for a day, each attempt in the log."""

from __future__ import annotations

import logging
import time
from datetime import datetime, timedelta

from django.core.mail import send_mail
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from wagtail_escalated.models import (
    AgentProfile,
    EventKind,
    WebhookAttempt,
    WebhookDelivery,
    WebhookEndpoint,
    user_address,
)
from wagtail_escalated.permissions import is_manager

from . import webhooks_http
from .webhooks_payload import body_of
from .webhooks_secrets import secrets_of, sign

logger = logging.getLogger(__name__)

#: After each failed attempt; a little more than a day in all.
PAUSES = (
    timedelta(seconds=5),
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=8),
    timedelta(hours=9),
)
#: A worker that died in the middle gives the delivery free after this long.
LEASE = timedelta(minutes=1)
#: An endpoint that has failed for so long is switched off.
PATIENCE = timedelta(days=5)
#: An endpoint that kept the worker waiting for so long is asked again after a rest, whatever is due by then:
#: a dead one with many tickets would hold up mails and the webhooks of others.
SLOW_MILLISECONDS = 4000
REST = timedelta(minutes=1)
BATCH = 100
AGENT = "Wagtail-Escalated"
State = WebhookDelivery.State


def send_due(now: datetime | None = None) -> int:
    """Send what is due, oldest first; how many were delivered."""
    fixed, delivered, tried = now, 0, 0
    while tried < BATCH:
        now = fixed or timezone.now()
        delivery = _claim(now)
        if delivery is None:
            break
        tried += 1
        delivered += _send(delivery, now)
    return delivered


def due(now: datetime) -> QuerySet[WebhookDelivery]:
    """Those whose time has come, that follow no unsent one of the same ticket, and whose endpoint is not at rest."""
    earlier = WebhookDelivery.objects.filter(
        endpoint=OuterRef("endpoint"),
        ticket=OuterRef("ticket"),
        state=State.PENDING,
        pk__lt=OuterRef("pk"),
    )
    rows = WebhookDelivery.objects.filter(
        ~Exists(earlier), state=State.PENDING, next_attempt_at__lte=now, endpoint__active=True
    )
    rows = rows.exclude(endpoint__rests_until__gt=now)
    return rows.order_by("next_attempt_at", "pk")


def _claim(now: datetime) -> WebhookDelivery | None:
    """The next one, for this worker alone: whoever moves its time first has it."""
    for row in due(now)[:20]:
        mine = WebhookDelivery.objects.filter(
            pk=row.pk, state=State.PENDING, next_attempt_at=row.next_attempt_at
        ).update(next_attempt_at=now + LEASE)
        if mine:
            return WebhookDelivery.objects.select_related(
                "endpoint", "event__ticket__requester", "event__reply", "event__note"
            ).get(pk=row.pk)
    return None


def _send(delivery: WebhookDelivery, now: datetime) -> int:
    event = delivery.event
    if event is not None and event.kind == EventKind.REPLIED and event.reply is None:
        _finish(delivery, State.CANCELLED, now)  # taken back before it left
        return 0
    if not delivery.body:
        delivery.body = body_of(delivery)
        delivery.save(update_fields=["body"])
    attempt = _attempt(delivery, now)
    attempt.save()
    if attempt.status is not None and 200 <= attempt.status < 300:
        _succeeded(delivery, now)
        return 1
    _failed(delivery, attempt, now)
    return 0


def _attempt(delivery: WebhookDelivery, now: datetime) -> WebhookAttempt:
    delivery.attempts += 1
    attempt = WebhookAttempt(delivery=delivery, at=now)
    start = time.monotonic()
    try:
        answer = webhooks_http.post(
            delivery.endpoint.url, delivery.body.encode(), headers_of(delivery, now)
        )
    except webhooks_http.NotSent as error:
        attempt.error = str(error)[:300]
    else:
        attempt.status, attempt.answer = answer.status, answer.body.replace("\x00", "")
    attempt.milliseconds = webhooks_http.seconds_since(start)
    return attempt


def headers_of(delivery: WebhookDelivery, now: datetime) -> dict[str, str]:
    """Id, timestamp, and a signature by each secret that is good now."""
    message_id, timestamp = f"msg_{delivery.uuid.hex}", int(now.timestamp())
    signatures = [
        sign(secret, message_id, timestamp, delivery.body.encode())
        for secret in secrets_of(delivery.endpoint, now=now)
    ]
    return {
        "Content-Type": "application/json",
        "User-Agent": AGENT,
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signatures),
    }


def _succeeded(delivery: WebhookDelivery, now: datetime) -> None:
    _finish(delivery, State.DELIVERED, now)
    WebhookEndpoint.objects.filter(pk=delivery.endpoint_id).update(
        failing_since=None, rests_until=None
    )


def _failed(delivery: WebhookDelivery, attempt: WebhookAttempt, now: datetime) -> None:
    logger.info("Webhook %s failed: %s", delivery.uuid, attempt.status or attempt.error)
    gone = attempt.status == 410  # the receiver says: never again
    if delivery.attempts > len(PAUSES) or gone:
        _finish(delivery, State.FAILED, now)
    else:
        delivery.next_attempt_at = now + PAUSES[delivery.attempts - 1]
        delivery.save(update_fields=["attempts", "next_attempt_at"])
    endpoint = delivery.endpoint
    WebhookEndpoint.objects.filter(pk=endpoint.pk, failing_since=None).update(failing_since=now)
    if attempt.milliseconds >= SLOW_MILLISECONDS:
        WebhookEndpoint.objects.filter(pk=endpoint.pk).update(rests_until=now + REST)
    failing_since = endpoint.failing_since
    if gone or (failing_since is not None and failing_since <= now - PATIENCE):
        _switch_off(endpoint, now, gone=gone)


def _finish(delivery: WebhookDelivery, state: str, now: datetime) -> None:
    delivery.state, delivery.finished_at, delivery.next_attempt_at = state, now, None
    delivery.save(update_fields=["state", "finished_at", "next_attempt_at", "attempts"])


def _switch_off(endpoint: WebhookEndpoint, now: datetime, *, gone: bool) -> None:
    """Once, with a mail to the desk's managers; what is pending waits until it is switched on."""
    off = WebhookEndpoint.objects.filter(pk=endpoint.pk, active=True).update(
        active=False, switched_off_at=now
    )
    if off:
        why = _("It answered that it is gone for good.") if gone else _("It has failed for days.")
        after = _("Nothing more is sent to %(url)s until you switch it on.") % {"url": endpoint.url}
        send_mail(
            _("The webhook “%(name)s” was switched off") % {"name": endpoint.name},
            f"{why} {after}",
            None,
            managers(),
            fail_silently=True,
        )


def managers() -> list[str]:
    """Addresses of the agents who manage the desk."""
    agents = AgentProfile.objects.filter(active=True, user__is_active=True).select_related("user")
    found = [user_address(agent.user) for agent in agents if is_manager(agent.user)]
    return [address for address in found if address]


def run() -> str:
    """The job ``escalated_send_webhooks``."""
    return f"{send_due()} webhooks delivered"
