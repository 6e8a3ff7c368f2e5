"""Is mail flowing? For the setup page, and as JSON for monitoring."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.db.models import Max, Min
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from wagtail_escalated.conf import desk_settings
from wagtail_escalated.mail.verify import has_secret
from wagtail_escalated.models import InboundEmail, OutboundEmail

LOOKED_BACK = timedelta(days=30)
SO_MANY = 20  # replies after which an answer to one of them would have come
WAITING = [InboundEmail.State.RECEIVED, InboundEmail.State.PROCESSING, InboundEmail.State.FAILED]


def report(now: datetime | None = None) -> dict[str, Any]:
    """Ages in seconds; ``None`` where there is nothing."""
    now = now or timezone.now()
    oldest = InboundEmail.objects.filter(state__in=WAITING).aggregate(at=Min("received_at"))["at"]
    out = OutboundEmail.objects.filter(state=OutboundEmail.State.QUEUED, send_after__lte=now)
    last = InboundEmail.objects.order_by().values("provider").annotate(at=Max("received_at"))
    return {
        "oldest_unprocessed_seconds": _age(oldest, now),
        "oldest_unsent_seconds": _age(out.aggregate(at=Min("send_after"))["at"], now),
        "held": InboundEmail.objects.filter(state=InboundEmail.State.HELD).count(),
        "failed_mails": OutboundEmail.objects.filter(state=OutboundEmail.State.FAILED).count(),
        "last_received": {one["provider"]: one["at"].isoformat() for one in last},
    }


def answers_come_home(now: datetime | None = None) -> bool | None:
    """Whether letters to signed addresses arrive; ``None`` as long as nothing tells.

    ``False`` where twenty replies are older than a day, letters come, and not one came to such an address.
    """
    domain, now = f"@{desk_settings.MAIL_DOMAIN}", now or timezone.now()
    if not desk_settings.INBOUND_SECRET:
        return None
    lately = InboundEmail.objects.filter(received_at__gt=now - LOOKED_BACK)
    if lately.filter(recipient__istartswith="reply+", recipient__iendswith=domain).exists():
        return True
    replies = OutboundEmail.objects.filter(kind="reply", sent_at__lt=now - timedelta(days=1))
    enough = len(replies.filter(sent_at__gt=now - LOOKED_BACK).order_by()[:SO_MANY]) == SO_MANY
    return False if enough and lately.exists() else None


def _age(at: datetime | None, now: datetime) -> int | None:
    return None if at is None else max(0, int((now - at).total_seconds()))


@login_not_required
@require_GET
def view(request: HttpRequest) -> JsonResponse:
    """Behind the webhook's secret: the numbers tell how busy the desk is."""
    if not has_secret(request):
        return JsonResponse({"error": "missing or invalid inbound secret"}, status=401)
    return JsonResponse(report())
