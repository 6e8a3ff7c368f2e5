"""How a site's mails look and where they come from: what is changed shows in the next mail, or a second later
in those that leave together."""

from __future__ import annotations

from dataclasses import dataclass
from email.utils import formataddr, parseaddr

from django.conf import settings
from django.urls import reverse
from wagtail.models import Site

from wagtail_escalated.batches import remembered
from wagtail_escalated.conf import desk_settings
from wagtail_escalated.mail.headers import one_line
from wagtail_escalated.models import Contact, Department, DeskSettings, Ticket
from wagtail_escalated.tokens import mail_choices_token

LOGO = "max-320x80"


@dataclass(frozen=True, slots=True)
class Brand:
    name: str
    colour: str
    on_colour: str
    logo_url: str
    footer: str
    site_url: str


def settings_of(site: Site) -> DeskSettings:
    return remembered(("desk settings", site.pk), lambda: _load_settings(site))


def _load_settings(site: Site) -> DeskSettings:
    found = DeskSettings.for_site(site)
    found.site = site  # as it is at hand
    return found


def brand_of(found: DeskSettings) -> Brand:
    return remembered(("brand", found.site_id), lambda: _load_brand(found))


def _load_brand(found: DeskSettings) -> Brand:
    site = found.site
    return Brand(
        name=found.display_name,
        colour=found.colour,
        on_colour=readable_on(found.colour),
        logo_url=_logo_url(found, site),
        footer=found.mail_footer,
        site_url=site.root_url,
    )


def _logo_url(found: DeskSettings, site: Site) -> str:
    if found.logo is None:
        return ""
    try:
        url = found.logo.get_rendition(LOGO).url
    except OSError:  # the file is gone: a mail without a logo is still a mail
        return ""
    return url if "://" in url else f"{site.root_url}{url}"


def readable_on(colour: str) -> str:
    """Black or white, whichever has the greater contrast (WCAG's relative luminance)."""
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in channels]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return "#000000" if luminance > 0.179 else "#ffffff"


def sender_of(found: DeskSettings, department: Department | None) -> tuple[str, str]:
    """(From as a header, its bare address): the department's, else the site's, else Django's."""
    default_name, default_address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    address = (
        (department.address if department else None) or found.sender_address or default_address
    )
    own_name = department.sender_name if department else ""
    name = own_name or found.sender_name or found.display_name or default_name
    return formataddr((one_line(name), address)), address


def ticket_url(ticket: Ticket, *, token: str = "") -> str:
    """Where a customer reads it. The host is the site's, never the request's."""
    if not desk_settings.UI_ENABLED:
        pattern = desk_settings.PORTAL_URL or ""
        return pattern.replace("{reference}", ticket.reference).replace("{token}", token)
    if token:
        path = reverse("wagtail_escalated:guest_conversation", args=[token])
    else:
        path = reverse("wagtail_escalated:ticket_conversation", args=[ticket.reference])
    return f"{ticket.site.root_url}{path}"


def agent_url(ticket: Ticket) -> str:
    """The ticket's page in the admin, which may have a host of its own."""
    return admin_url(ticket.site, "ticket", ticket.reference)


def admin_url(site: Site, name: str, *args: str) -> str:
    base = (getattr(settings, "WAGTAILADMIN_BASE_URL", None) or site.root_url).rstrip("/")
    return f"{base}{reverse(f'wagtail_escalated_admin:{name}', args=args)}"


def survey_url(site: Site, token: str) -> str:
    return f"{site.root_url}{reverse('wagtail_escalated:survey', args=[token])}"


def mail_choices_url(site: Site, contact: Contact, *, off: str = "") -> str:
    """Where a customer says which mails they want; ``off``: the kind that one click switches off."""
    token = mail_choices_token(contact.pk, contact.address)
    if off:
        path = reverse("wagtail_escalated:mail_off", args=[token, off])
    else:
        path = reverse("wagtail_escalated:mail_choices_link", args=[token])
    return f"{site.root_url}{path}"
