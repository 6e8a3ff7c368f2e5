"""What a visitor fills in. Anything else in a payload has no field and is ignored."""

from __future__ import annotations

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from wagtail.models import Site

from wagtail_escalated.custom_forms import CustomFieldsMixin, asked_of_customers
from wagtail_escalated.models import SUBJECT_LENGTH, Department, TicketType

MAX_BODY = 20_000
RATINGS = [(score, str(score)) for score in range(1, 6)]


class DepartmentField(forms.ModelChoiceField):
    """The departments a visitor of the site may choose; gone where there is no choice."""

    def __init__(self, **kwargs):
        super().__init__(queryset=Department.objects.none(), required=False, **kwargs)

    @staticmethod
    def offered(site: Site):
        return Department.objects.filter(Q(site=site) | Q(site=None), active=True, public=True)


class RequestForm(CustomFieldsMixin, forms.Form):
    subject = forms.CharField(
        label=_("Subject"),
        max_length=SUBJECT_LENGTH,
        error_messages={"required": _("Say in a few words what it is about.")},
    )
    body = forms.CharField(
        label=_("Message"),
        max_length=MAX_BODY,
        widget=forms.Textarea(attrs={"rows": 8}),
        error_messages={"required": _("Describe what you need.")},
    )
    department = DepartmentField(label=_("Department"), empty_label=_("I don't know"))
    type = forms.ChoiceField(label=_("Kind of request"), choices=TicketType.choices, required=False)

    def __init__(self, data=None, *, site: Site, **kwargs):
        super().__init__(data, **kwargs)
        offered = DepartmentField.offered(site)
        self.fields["department"].queryset = offered
        fields = list(asked_of_customers())
        if fields:
            self.add_custom_fields(fields, offered.values_list("pk", flat=True))


class GuestRequestForm(RequestForm):
    name = forms.CharField(
        label=_("Your name"), max_length=150, error_messages={"required": _("Tell us your name.")}
    )
    email = forms.EmailField(
        label=_("Email address"),
        max_length=254,
        error_messages={
            "required": _("We need an address to answer you."),
            "invalid": _("This does not look like an email address."),
        },
    )
    field_order = ["name", "email", "department", "type", "subject", "body"]


class ReplyForm(forms.Form):
    body = forms.CharField(
        label=_("Your answer"),
        max_length=MAX_BODY,
        widget=forms.Textarea(attrs={"rows": 5}),
        error_messages={"required": _("Write something first.")},
    )


class RatingForm(forms.Form):
    score = forms.TypedChoiceField(
        label=_("How was the help you got?"),
        choices=RATINGS,
        coerce=int,
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Choose one of the five."),
            "invalid_choice": _("Choose one of the five."),
        },
    )
    comment = forms.CharField(
        label=_("Anything you want to add?"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class LinkForm(forms.Form):
    email = forms.EmailField(label=_("Email address"), max_length=254)
