"""Writing: the form of a reply or a note, and what is sent with it."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext_lazy as _
from wagtail.admin.rich_text import DraftailRichTextArea
from wagtail.rich_text import expand_db_html

from wagtail_escalated.bodies import MessageBody

FEATURES = ["bold", "italic", "link", "ol", "ul", "code", "blockquote"]
REPLY, NOTE = "reply", "note"
#: What a button does beside sending.
STAY, RESOLVE, WAIT, SNOOZE = "send", "resolve", "wait", "snooze"
MAX_COPIES = 20


class ComposerArea(DraftailRichTextArea):
    """Draftail for input that need not come from Draftail; "/" is for canned responses here."""

    def __init__(self, **kwargs: Any):
        super().__init__(features=FEATURES, **kwargs)
        # Its own list behind "/" would lie on top of ours.
        self.options["commandToolbar"] = None

    def value_from_datadict(self, data, files, name):
        try:
            return super().value_from_datadict(data, files, name) or ""
        except (ValueError, KeyError, TypeError, AttributeError):
            return ""


class ManyFiles(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.Field):
    """Any number of files; the action checks each."""

    widget = ManyFiles

    def __init__(self, **kwargs: Any):
        super().__init__(required=False, **kwargs)

    def bound_data(self, data, initial):
        return None


class AddressesField(forms.CharField):
    """Addresses between commas, semicolons, spaces or lines."""

    def to_python(self, value: Any) -> list[str]:
        return [a for a in re.split(r"[\s,;]+", super().to_python(value) or "") if a]

    def validate(self, value: list[str]) -> None:
        if len(value) > MAX_COPIES:
            raise ValidationError(
                _("A message goes to at most %(limit)s people in copy."),
                params={"limit": MAX_COPIES},
            )
        for address in value:
            try:
                validate_email(address)
            except ValidationError:
                raise ValidationError(
                    _("“%(address)s” is not an email address."), params={"address": address}
                ) from None

    def run_validators(self, value: Any) -> None:
        """``validate`` has looked at each address."""


class ComposerForm(forms.Form):
    kind = forms.ChoiceField(choices=[(REPLY, _("Reply")), (NOTE, _("Note"))])
    body = forms.CharField(label=_("Message"), required=False, widget=ComposerArea())
    #: Where scripts are off, Draftail is a hidden field; this one is not.
    body_text = forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": 8}))
    cc = AddressesField(label=_("Cc"), required=False)
    files = FilesField(label=_("Files"))
    mentions = forms.CharField(required=False, widget=forms.HiddenInput)
    cited = forms.CharField(required=False, widget=forms.HiddenInput)
    last_seen = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)
    then = forms.ChoiceField(
        required=False, choices=[(name, name) for name in (STAY, RESOLVE, WAIT, SNOOZE)]
    )
    until = forms.CharField(required=False)
    #: At a problem: its open incidents get the same answer and are resolved.
    incidents = forms.BooleanField(required=False)

    prefix = "composer"

    def __init__(self, *args: Any, site: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.site = site

    def clean(self):
        cleaned = super().clean()
        body = self._body(cleaned)
        if body.is_blank:
            self.add_error("body", _("Write something first."))
        cleaned["message"] = body
        cleaned["uploads"] = self.files.getlist(self.add_prefix("files")) if self.files else []
        return cleaned

    def _body(self, cleaned: dict[str, Any]) -> MessageBody:
        if cleaned.get("body"):
            return MessageBody.from_html(outgoing_html(cleaned["body"], self.site))
        return MessageBody.from_text(cleaned.get("body_text", ""))


_PAGE_LINK = re.compile(r'(<a\b[^>]*\bhref=")(/[^"]*")', re.IGNORECASE)


def outgoing_html(database_html: str, site: Any) -> str:
    """Wagtail's rich text as HTML that means the same in a mail: links to pages name their host."""
    return _PAGE_LINK.sub(rf"\g<1>{site.root_url}\g<2>", expand_db_html(database_html))
