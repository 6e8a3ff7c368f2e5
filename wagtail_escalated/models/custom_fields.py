"""What a desk wants to know about a ticket beyond what every desk does: fields of its own, and their values."""

import re

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey
from modelcluster.models import ClusterableModel
from wagtail.models import Orderable

from .departments import Department
from .tickets import Ticket

KEY_LENGTH = 50
#: A text is one line; longer ones belong into a message.
TEXT_LENGTH = 500
#: In filters and in addresses: the field has no value.
NO_VALUE = "none"


class FieldType(models.TextChoices):
    TEXT = "text", _("Text")
    NUMBER = "number", _("Number")
    DATE = "date", _("Date")
    CHOICE = "choice", _("Choice")
    SEVERAL = "several", _("Several choices")
    YES_NO = "yes_no", _("Yes or no")


WITH_CHOICES = frozenset({FieldType.CHOICE, FieldType.SEVERAL})

valid_key = RegexValidator(
    r"\A[a-z][a-z0-9_]*\Z",
    _("Write lower-case letters, digits and underscores, and begin with a letter."),
)


def key_from(words: str, taken, fallback: str) -> str:
    """A key that is not among ``taken``, from words in any script."""
    base = re.sub(r"[^a-z0-9]+", "_", slugify(words)).strip("_")[: KEY_LENGTH - 6]
    if not base or not base[0].isalpha():
        base = f"{fallback}_{base}".rstrip("_")
    key, number = base, 2
    while key in taken or key == NO_VALUE:
        key, number = f"{base}_{number}", number + 1
    return key


class CustomFieldQuerySet(models.QuerySet):
    def for_department(self, department_pk: int | None):
        """The active ones that a ticket of the department has; ``None``: a ticket of none."""
        return self.annotate_belonging(department_pk).filter(belongs=True)

    def annotate_belonging(self, department_pk: int | None):
        """Each with ``belongs``: whether a ticket of the department has it."""
        chosen = CustomField.departments.through.objects.filter(customfield=models.OuterRef("pk"))
        belongs = models.Q(~models.Exists(chosen), active=True)
        if department_pk is not None:
            own = models.Exists(chosen.filter(department_id=department_pk))
            belongs |= models.Q(own, active=True)
        return self.annotate(
            belongs=models.Case(
                models.When(belongs, then=models.Value(True)), default=models.Value(False)
            )
        )

    def all_with_belonging(self, department_pk: int | None) -> "list[CustomField]":
        """The same as a list, by a plain join: a page that asks for all is not kept waiting."""
        found: dict[int, CustomField] = {}
        for row in self.annotate(only_of=models.F("departments")):
            field = found.setdefault(row.pk, row)
            chosen = row.only_of is None or row.only_of == department_pk
            field.belongs = getattr(field, "belongs", False) or (field.active and chosen)
        return list(found.values())

    def asked_of_customers(self):
        return self.filter(active=True, filled_in_by_customers=True)


class CustomField(ClusterableModel):
    """``key`` names it in the API, in filters and in addresses; once made it stays."""

    name = models.CharField(_("name"), max_length=80, unique=True)
    key = models.CharField(
        _("key"),
        max_length=KEY_LENGTH,
        unique=True,
        blank=True,
        validators=[valid_key],
        help_text=_("For the API and for filters; empty: made from the name. It stays as it is."),
    )
    type = models.CharField(_("type"), max_length=10, choices=FieldType.choices)
    help_text = models.CharField(_("help"), max_length=200, blank=True)
    departments = models.ManyToManyField(
        Department,
        verbose_name=_("departments"),
        blank=True,
        related_name="+",
        help_text=_("None chosen: for all tickets."),
    )
    required_to_submit = models.BooleanField(
        _("required to submit"),
        default=False,
        help_text=_("In forms and in the API. Letters arrive without it."),
    )
    required_to_resolve = models.BooleanField(
        _("required to resolve"),
        default=False,
        help_text=_("Agents can neither resolve nor close a ticket without it."),
    )
    filled_in_by_customers = models.BooleanField(
        _("customers fill it in"),
        default=False,
        help_text=_("It stands in the portal's and the widget's form."),
    )
    visible_to_customers = models.BooleanField(
        _("shown to customers"),
        default=False,
        help_text=_("Customers see its value at their ticket."),
    )
    active = models.BooleanField(
        _("active"), default=True, help_text=_("Otherwise only values that are there are shown.")
    )
    sort_order = models.IntegerField(null=True, blank=True, editable=False)

    objects = CustomFieldQuerySet.as_manager()

    class Meta:
        ordering = ["sort_order", "pk"]
        verbose_name = _("custom field")
        verbose_name_plural = _("custom fields")

    def __str__(self):
        return self.name

    def clean(self):
        if self.pk and self._type_before() != self.type and self.values.exists():
            raise ValidationError(
                {"type": _("Tickets have values of this field, so that its type has to stay.")}
            )

    def _type_before(self):
        return CustomField.objects.values_list("type", flat=True).get(pk=self.pk)

    def save(self, *args, **kwargs):
        if not self.key:
            taken = set(CustomField.objects.values_list("key", flat=True))
            self.key = key_from(self.name, taken, "field")
        super().save(*args, **kwargs)

    @property
    def has_choices(self) -> bool:
        return self.type in WITH_CHOICES

    @property
    def is_for_all(self) -> bool:
        return not self.departments.all()


class FieldChoice(Orderable):
    """One of the answers to a field. Its label may change; its key stays."""

    field = ParentalKey(CustomField, on_delete=models.CASCADE, related_name="choices")
    label = models.CharField(_("answer"), max_length=80)
    key = models.CharField(max_length=KEY_LENGTH, editable=False)

    class Meta(Orderable.Meta):
        constraints = [
            models.UniqueConstraint(fields=["field", "key"], name="esc_one_choice_per_key")
        ]
        verbose_name = _("answer")
        verbose_name_plural = _("answers")

    def __str__(self):
        return f"{self.field}: {self.label}"

    def save(self, *args, **kwargs):
        if not self.key:
            others = FieldChoice.objects.filter(field=self.field)
            taken = set(others.values_list("key", flat=True))
            self.key = key_from(self.label, taken, "answer")
        super().save(*args, **kwargs)


class CustomFieldValueQuerySet(models.QuerySet):
    def of(self, ticket: Ticket):
        """With the choices, which say what the rows mean."""
        return self.filter(ticket=ticket).select_related("choice")


class CustomFieldValue(models.Model):
    """What a ticket says in a field: one row, or one for each of several choices."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="custom_values")
    field = models.ForeignKey(CustomField, on_delete=models.CASCADE, related_name="values")
    #: The choice's key where there may be several, else 0: a plain unique key on every database.
    slot = models.PositiveBigIntegerField(default=0)
    #: The value as text that a program reads: ``2.5``, ``2026-05-01``, ``true``, a choice's key.
    plain = models.CharField(max_length=TEXT_LENGTH)
    #: A text as it is searched: without regard to case.
    folded = models.CharField(max_length=TEXT_LENGTH, blank=True)
    number = models.DecimalField(max_digits=15, decimal_places=4, null=True)
    date = models.DateField(null=True)
    boolean = models.BooleanField(null=True)
    choice = models.ForeignKey(
        FieldChoice, null=True, on_delete=models.RESTRICT, related_name="values"
    )

    objects = CustomFieldValueQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["ticket", "field", "slot"], name="esc_one_value_per_field"
            )
        ]
        indexes = [
            models.Index(fields=["field", "choice", "ticket"], name="esc_value_choice"),
            models.Index(fields=["field", "number", "ticket"], name="esc_value_number"),
            models.Index(fields=["field", "date", "ticket"], name="esc_value_date"),
            models.Index(fields=["field", "boolean", "ticket"], name="esc_value_boolean"),
            models.Index(fields=["field", "folded"], name="esc_value_text"),
        ]
        verbose_name = _("value of a custom field")
        verbose_name_plural = _("values of custom fields")

    def __str__(self):
        return f"{self.ticket_id} {self.field_id}: {self.plain}"
