"""Senders whose letters are ignored, or always let through."""

import re

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.panels import FieldPanel, ObjectList
from wagtail.admin.ui.tables import BooleanColumn, DateColumn

from wagtail_escalated.admin.viewsets.base import DeskViewSet
from wagtail_escalated.models import BlockedSender, normalise_address

_DOMAIN = re.compile(r"@[a-z0-9-]+(\.[a-z0-9-]+)+")


class BlockedSenderForm(WagtailAdminModelForm):
    def clean_pattern(self):
        pattern = normalise_address(self.cleaned_data["pattern"])
        if pattern.startswith("@"):
            if not _DOMAIN.fullmatch(pattern):
                raise ValidationError(_("Write a domain as @example.com."))
        else:
            validate_email(pattern)
        return pattern


class BlockedSenderViewSet(DeskViewSet):
    model = BlockedSender
    slug = "blocked-senders"
    icon = "cross"
    menu_label = gettext_lazy("Blocked senders")
    edit_handler = ObjectList(
        [FieldPanel("pattern"), FieldPanel("allow"), FieldPanel("reason")],
        base_form_class=BlockedSenderForm,
    )
    list_display = [
        "pattern",
        BooleanColumn("allow", label=gettext_lazy("Let through"), sort_key="allow"),
        "reason",
        DateColumn("created_at", label=gettext_lazy("Since"), sort_key="created_at"),
    ]
    list_filter = ["allow"]
    search_fields = ["pattern", "reason"]
    list_export = ["pattern", "allow", "reason", "created_at"]
