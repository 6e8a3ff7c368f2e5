"""A guest asks for new links by mail. The answer never tells whether the address is known."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from wagtail_escalated import tasks
from wagtail_escalated.captcha import NOT_SHOWN, passed_captcha
from wagtail_escalated.ratelimit import client_ip, hit

from .forms import LinkForm
from .pages import page, site_of

PER_IP, PER_ADDRESS = {"limit": 10, "window": 3600}, {"limit": 3, "window": 3600}


@never_cache
def request_link(request: HttpRequest) -> HttpResponse:
    form = LinkForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return page(request, "guest", {"form": form}, status=400 if form.errors else 200)
    if not request.user.is_authenticated and not passed_captcha(request):
        form.add_error(None, NOT_SHOWN)
        return page(request, "guest", {"form": form}, status=400)
    email = form.cleaned_data["email"]
    limited = hit("guest-link", client_ip(request), **PER_IP)
    if limited:
        form.add_error(None, _("That was a lot at once. Please try again later."))
        response = page(request, "guest", {"form": form}, status=429)
        response["Retry-After"] = str(limited.retry_after)
        return response
    # Past the limit of an address it is told the same: who asked too often is nobody's business.
    if not hit("guest-link-address", email.lower(), **PER_ADDRESS):
        tasks.enqueue("send_guest_links", email, site_of(request).pk)
    return page(request, "guest", {"form": LinkForm(), "asked": email})


request_link.login_required = False
