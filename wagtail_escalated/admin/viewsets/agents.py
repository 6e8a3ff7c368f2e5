"""Agents: which users work on tickets, in which departments, and how many they take."""

from django import forms
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_filters import ModelMultipleChoiceFilter
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.panels import FieldPanel, FieldRowPanel, MultiFieldPanel, ObjectList
from wagtail.admin.ui.tables import BooleanColumn, Column

from wagtail_escalated.admin import scoped
from wagtail_escalated.admin.viewsets.base import DeskViewSet
from wagtail_escalated.admin.viewsets.columns import count_of
from wagtail_escalated.admin.widgets import DateTimeInput
from wagtail_escalated.models import AgentProfile, Department, Ticket, display_name


def users_with_access():
    """Active users who may enter the admin; nobody else can be an agent."""
    access = Permission.objects.filter(
        content_type__app_label="wagtailadmin", codename="access_admin"
    )
    entitled = Q(is_superuser=True) | Q(groups__permissions__in=access)
    entitled |= Q(user_permissions__in=access)
    users = get_user_model().objects.filter(entitled, is_active=True)
    return users.distinct().order_by(get_user_model().USERNAME_FIELD)


class UserChoiceField(forms.ModelChoiceField):
    def label_from_instance(self, user):
        name, login = display_name(user), user.get_username()
        return name if name == login else f"{name} ({login})"


class AgentForm(WagtailAdminModelForm):
    user = UserChoiceField(
        label=_("User"),
        queryset=None,
        help_text=_(
            "Users with access to the admin who are no agents yet. Their rights come from their"
            " groups, such as “Support agents”."
        ),
    )
    departments = forms.ModelMultipleChoiceField(
        label=_("Departments"),
        queryset=Department.objects.all(),
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=_("They see the tickets of these, those of none, and their own."),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            users = get_user_model().objects.filter(pk=self.instance.user_id)
            self.fields["user"].disabled = True
            self.fields["user"].help_text = ""
            self.initial["departments"] = self.instance.departments.all()
        else:
            users = users_with_access().filter(escalated_agent=None)
        self.fields["user"].queryset = users

    def _save_m2m(self):
        super()._save_m2m()
        self.instance.departments.set(self.cleaned_data["departments"])


class AgentIndexView(scoped.IndexView):
    def get_base_queryset(self):
        agents = super().get_base_queryset().select_related("user")
        return agents.prefetch_related("departments").annotate(
            open_tickets=count_of(Ticket, "assignee", is_open=True)
        )

    def search_queryset(self, queryset):
        """By what the user model has: names, login, address."""
        if not self.search_query:
            return queryset
        model = get_user_model()
        names = {model.USERNAME_FIELD, model.get_email_field_name(), "first_name", "last_name"}
        known = {field.name for field in model._meta.concrete_fields}
        matching = Q()
        for name in names & known:
            matching |= Q(**{f"user__{name}__icontains": self.search_query})
        return queryset.filter(matching)

    @property
    def is_searchable(self):
        return True


class DepartmentsColumn(Column):
    def get_value(self, agent):
        return ", ".join(department.name for department in agent.departments.all())


class AgentFilterSet(WagtailFilterSet):
    departments = ModelMultipleChoiceFilter(
        label=_("Departments"),  # the relation's other end has no name that could be translated
        queryset=Department.objects.all(),
        widget=forms.CheckboxSelectMultiple,
    )

    class Meta:
        model = AgentProfile
        fields = ["active", "away", "departments"]


class AgentViewSet(DeskViewSet):
    model = AgentProfile
    slug = "agents"
    icon = "user"
    index_view_class = AgentIndexView
    edit_handler = ObjectList(
        [
            MultiFieldPanel(
                [FieldPanel("user"), FieldPanel("active"), FieldPanel("departments")],
                heading=_("Agent"),
            ),
            MultiFieldPanel(
                [
                    FieldPanel("max_open_tickets"),
                    FieldPanel("working_hours"),
                    FieldRowPanel(
                        [FieldPanel("away"), FieldPanel("away_until", widget=DateTimeInput)]
                    ),
                ],
                heading=_("Automatic assignment"),
            ),
            MultiFieldPanel(
                [FieldPanel("signature"), FieldPanel("after_send")], heading=_("Answering")
            ),
        ],
        base_form_class=AgentForm,
    )
    list_display = [
        "__str__",
        DepartmentsColumn("departments", label=_("Departments")),
        Column("open_tickets", label=_("Open tickets"), sort_key="open_tickets"),
        Column("max_open_tickets", label=_("At most"), sort_key="max_open_tickets"),
        BooleanColumn("away", label=_("Away"), sort_key="away"),
        BooleanColumn("active", label=_("Active"), sort_key="active"),
    ]
    filterset_class = AgentFilterSet
    list_export = ["__str__", "open_tickets", "max_open_tickets", "away", "active"]
    export_headings = {"__str__": _("Agent"), "open_tickets": _("Open tickets")}
