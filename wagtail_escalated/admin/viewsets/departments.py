"""Departments: who answers what, from which address, within which hours."""

from django.forms import CheckboxSelectMultiple
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.panels import FieldPanel, FieldRowPanel, MultiFieldPanel, ObjectList
from wagtail.admin.ui.tables import BooleanColumn, Column

from wagtail_escalated.admin import scoped
from wagtail_escalated.admin.viewsets.base import DeskViewSet
from wagtail_escalated.admin.viewsets.columns import count_of
from wagtail_escalated.models import AgentProfile, Department, DepartmentMembership, Ticket


class DepartmentIndexView(scoped.IndexView):
    def get_base_queryset(self):
        return (
            super()
            .get_base_queryset()
            .annotate(
                agent_count=count_of(DepartmentMembership, "department"),
                open_tickets=count_of(Ticket, "department", is_open=True),
            )
        )


class DepartmentForm(WagtailAdminModelForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["agents"].queryset = AgentProfile.objects.select_related("user")

    def clean_address(self):
        # An empty text would be a second empty address; NULL may stand in many rows.
        return self.cleaned_data["address"] or None


class DepartmentViewSet(DeskViewSet):
    model = Department
    slug = "departments"
    icon = "group"
    index_view_class = DepartmentIndexView
    edit_handler = ObjectList(
        [
            MultiFieldPanel(
                [
                    FieldPanel("name"),
                    FieldPanel("slug"),
                    FieldPanel("description"),
                    FieldPanel("active"),
                    FieldPanel("public"),
                ],
                heading=_("Department"),
            ),
            MultiFieldPanel(
                [
                    FieldPanel("agents", widget=CheckboxSelectMultiple),
                    FieldPanel("auto_assign"),
                ],
                heading=_("Agents"),
            ),
            MultiFieldPanel(
                [
                    FieldPanel("address"),
                    FieldPanel("sender_name"),
                    FieldPanel("site"),
                ],
                heading=_("Mail"),
            ),
            FieldRowPanel(
                [FieldPanel("sla_policy"), FieldPanel("business_hours")], heading=_("Promises")
            ),
        ],
        base_form_class=DepartmentForm,
    )
    list_display = [
        "name",
        Column("agent_count", label=_("Agents"), sort_key="agent_count"),
        Column("open_tickets", label=_("Open tickets"), sort_key="open_tickets"),
        "address",
        BooleanColumn("auto_assign", label=_("Assigns automatically"), sort_key="auto_assign"),
        BooleanColumn("active", label=_("Active"), sort_key="active"),
    ]
    list_filter = ["active", "public", "auto_assign"]
    search_fields = ["name", "description", "address"]
    list_export = ["name", "slug", "address", "agent_count", "open_tickets", "active", "public"]
    export_headings = {"agent_count": _("Agents"), "open_tickets": _("Open tickets")}
    ordering = "sort_order"
    sort_order_field = "sort_order"
