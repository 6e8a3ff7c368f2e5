"""The people who ask: one contact per address, whatever its case."""

import re
from contextlib import suppress

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

_DOMAIN = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+")


def normalise_address(address: str) -> str:
    """The key under which an address is unique: trimmed and lower-case, its domain in ASCII (IDNA)."""
    local, at, domain = address.strip().rpartition("@")
    # An address that IDNA refuses stays as it was written; it still is one key.
    with suppress(UnicodeError):
        domain = domain.encode("idna").decode("ascii")
    return f"{local}{at}{domain}".lower()


def mail_domain(written: str) -> str:
    """A domain such as ``example.com`` in ASCII; with or without what stands before it in an address."""
    domain = normalise_address(f"@{written.strip().lstrip('@')}")[1:]
    if not _DOMAIN.fullmatch(domain):
        raise ValidationError(
            _("“%(domain)s” is not a domain; write it as example.com."),
            code="domain",
            params={"domain": domain[:60]},
        )
    return domain


class Organisation(models.Model):
    """A company whose people may see each other's tickets, if a manager allows it."""

    name = models.CharField(_("name"), max_length=200, unique=True)
    domains = models.JSONField(
        _("mail domains"),
        default=list,
        blank=True,
        help_text=_("People who write from these domains belong to it, e.g. example.com."),
    )
    shares_tickets = models.BooleanField(_("its people see each other's tickets"), default=False)
    notes = models.TextField(_("notes"), blank=True)

    class Meta:
        ordering = ["name"]
        verbose_name = _("organisation")
        verbose_name_plural = _("organisations")

    def __str__(self):
        return self.name


class ContactQuerySet(models.QuerySet):
    def for_address(self, address: str):
        return self.filter(address=normalise_address(address))


class Contact(models.Model):
    address = models.CharField(
        _("email address"),
        max_length=254,
        unique=True,
        help_text=_("Lower case, one contact each."),
    )
    name = models.CharField(_("name"), max_length=200, blank=True)
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        verbose_name=_("user"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="escalated_contact",
    )
    organisation = models.ForeignKey(
        Organisation,
        verbose_name=_("organisation"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="contacts",
    )
    locale = models.CharField(_("language"), max_length=20, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True)
    proved_at = models.DateTimeField(
        _("address proved"),
        null=True,
        blank=True,
        help_text=_("When the person showed that the address is theirs."),
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    objects = ContactQuerySet.as_manager()

    class Meta:
        ordering = ["name", "address"]
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")

    def __str__(self):
        return self.name or self.address

    def save(self, *args, **kwargs):
        self.address = normalise_address(self.address)
        super().save(*args, **kwargs)

    @property
    def first_name(self) -> str:
        return self.name.split()[0] if self.name.strip() else ""
