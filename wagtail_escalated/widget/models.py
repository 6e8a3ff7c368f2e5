"""What a manager says about the widget of a site."""

import hashlib
import hmac
import secrets
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.contrib.settings.models import BaseSiteSetting, register_setting
from wagtail.models import PreviewableMixin

from .panels import settings_panels


def new_secret() -> str:
    return secrets.token_hex(32)


@register_setting(icon="help", order=910)
class WidgetSettings(PreviewableMixin, BaseSiteSetting):
    class Position(models.TextChoices):
        END = "end", _("Where lines end (bottom right in English)")
        START = "start", _("Where lines begin (bottom left in English)")

    class Theme(models.TextChoices):
        AUTO = "auto", _("As the visitor's system")
        LIGHT = "light", _("Light")
        DARK = "dark", _("Dark")

    enabled = models.BooleanField(
        _("widget on"), default=True, help_text=_("Off: no address of the widget answers any more.")
    )
    allowed_origins = models.TextField(
        _("other sites that may show it"),
        blank=True,
        help_text=_(
            "One origin a line, e.g. https://shop.example.com. This site itself always may."
        ),
    )
    title = models.CharField(
        _("title"), max_length=60, blank=True, help_text=_("Empty: “How can we help?”")
    )
    greeting = models.CharField(_("greeting"), max_length=200, blank=True)
    closed_text = models.CharField(
        _("text outside business hours"),
        max_length=300,
        blank=True,
        help_text=_("Empty: a sentence that says you are away and will answer."),
    )
    colour = models.CharField(
        _("colour"),
        max_length=7,
        blank=True,
        help_text=_("As #rrggbb. Empty: the support desk's colour."),
        validators=[RegexValidator(r"^#[0-9a-fA-F]{6}$", _("Write it as #rrggbb."))],
    )
    position = models.CharField(
        _("position"), max_length=5, choices=Position.choices, default=Position.END
    )
    theme = models.CharField(
        _("light or dark"), max_length=5, choices=Theme.choices, default=Theme.AUTO
    )
    secret = models.CharField(
        _("secret for identified visitors"),
        max_length=64,
        default=new_secret,
        blank=True,
        help_text=_("Your server signs a visitor's address with it. Empty it to get a new one."),
    )

    panels = settings_panels()

    class Meta:
        verbose_name = _("support widget")
        verbose_name_plural = _("support widgets")

    def __str__(self):
        return str(_("Settings of the support widget"))

    def clean(self):
        super().clean()
        self.secret = self.secret or new_secret()
        wrong = [line for line in self.origin_lines() if origin_of(line) is None]
        if wrong:
            message = _("“%(origin)s” is not an origin. Write it as https://www.example.com.")
            raise ValidationError({"allowed_origins": message % {"origin": wrong[0]}})

    def origin_lines(self) -> list[str]:
        return [line.strip() for line in self.allowed_origins.splitlines() if line.strip()]

    def allows(self, origin: str, *, own: str) -> bool:
        """Whether a page of this origin may ask; ``own`` is the site's own origin."""
        return origin == own or origin in map(origin_of, self.origin_lines())

    def signature_of(self, email: str) -> str:
        return hmac.new(self.secret.encode(), email.encode(), hashlib.sha256).hexdigest()

    def verifies(self, email: str, signature: str) -> bool:
        """Whether the host's server signed this address; nothing is right without a secret."""
        if not self.secret or not email:
            return False
        return hmac.compare_digest(self.signature_of(email).encode(), signature.lower().encode())

    def get_preview_template(self, request, mode_name):
        return "wagtail_escalated_widget/preview.html"

    def get_preview_context(self, request, mode_name):
        from .preview import preview_context

        return preview_context(self, request)


def origin_of(text: str) -> str | None:
    """``HTTPS://Shop.example.com/`` → ``https://shop.example.com``; nothing for what is no origin."""
    parts = urlsplit(text.strip())
    try:
        port = parts.port
    except ValueError:
        return None
    extra = parts.path not in ("", "/") or parts.query or parts.fragment or parts.username
    if parts.scheme not in ("http", "https") or not parts.hostname or extra:
        return None
    if not all(char.isalnum() or char in "-._:" for char in parts.hostname):
        return None
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    default = {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{host}" + (f":{port}" if port and port != default else "")
