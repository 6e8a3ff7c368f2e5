"""What customers do beside their tickets: which mails they get, and new links for guests."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import Throttled
from rest_framework.request import Request
from rest_framework.response import Response
from wagtail.models import Site

from wagtail_escalated import tasks
from wagtail_escalated.actions import guests, mail_choices
from wagtail_escalated.captcha import NOT_SHOWN, passed_captcha
from wagtail_escalated.models import Contact, CustomerMail
from wagtail_escalated.permissions import user_contact
from wagtail_escalated.ratelimit import client_ip, hit

from . import callers
from .base import DeskView
from .describing import describe
from .fields import Text

#: As in the portal, and counted with it.
PER_IP, PER_ADDRESS = {"limit": 10, "window": 3600}, {"limit": 3, "window": 3600}


class MailChoicesJSON(serializers.Serializer):
    mails = serializers.ListField(
        child=serializers.ChoiceField(choices=CustomerMail.choices),
        max_length=len(CustomerMail.choices),
        help_text="Those that they get, of those that can be switched off.",
    )


class MailChoices(DeskView):
    serializer_class = MailChoicesJSON

    def contact(self) -> Contact:
        """Whom the token, session or link stands for; nobody writes to who has no contact."""
        actor = self.caller.actor
        found = actor if isinstance(actor, Contact) else user_contact(actor)
        if found is None:
            raise PermissionDenied
        return found

    @describe(
        operation_id="mail_choices",
        description="Which mails you get as a customer.",
        responses={200: MailChoicesJSON},
    )
    def get(self, request: Request) -> Response:
        return Response({"mails": sorted(mail_choices.wanted(self.contact()))})

    @describe(
        operation_id="mail_choices_update",
        description="Choose which mails you get as a customer.",
        request=MailChoicesJSON,
        responses={200: MailChoicesJSON},
    )
    def patch(self, request: Request) -> Response:
        contact = self.contact()
        mail_choices.choose(contact, self.sent()["mails"])
        return Response({"mails": sorted(mail_choices.wanted(contact))})


class GuestLinkSent(serializers.Serializer):
    email = serializers.EmailField(max_length=254)


class GuestLinks(DeskView):
    """For whoever lost theirs: nobody is asked who they are."""

    serializer_class = GuestLinkSent
    authentication_classes: list[Any] = []
    permission_classes: list[Any] = []
    throttle_classes = [callers.Throttle]

    @describe(
        operation_id="guest_links",
        description=(
            "Send an address new links to its tickets by mail. The answer is the same whether or not it is known."
        ),
        request=GuestLinkSent,
        responses={202: None},
        auth=[],
    )
    def post(self, request: Request) -> Response:
        email = self.sent()["email"]
        if not passed_captcha(request._request):
            raise serializers.ValidationError({"email": [NOT_SHOWN]})
        limited = hit("guest-link", client_ip(request), **PER_IP)
        if limited:
            raise Throttled(
                limited.retry_after, _("That was a lot at once. Please try again later.")
            )
        # Past the limit of an address it is told the same: who asked too often is nobody's business.
        if not hit("guest-link-address", email.lower(), **PER_ADDRESS):
            tasks.enqueue("send_guest_links", email, Site.find_for_request(request).pk)
        return Response(status=202)


class ClaimSent(serializers.Serializer):
    token = Text(max_length=guests.MAX_TOKEN_LENGTH, help_text="Of a guest link that came by mail.")


class ClaimGuestTickets(DeskView):
    serializer_class = ClaimSent

    @describe(
        operation_id="guest_links_claim",
        description=(
            "Put into your account what you have asked for as a guest. The link must have come by mail to the address "
            "of your account, and nobody else's may have it already."
        ),
        request=ClaimSent,
        responses={204: None},
    )
    def post(self, request: Request) -> Response:
        user = self.caller.actor
        link = guests.resolve(self.sent()["token"])
        if isinstance(user, Contact) or link is None or not guests.may_claim(link, user):
            message = _("These requests cannot be put into your account.")
            raise serializers.ValidationError({"token": [message]})
        guests.use(link, user=user)
        return Response(status=204)
