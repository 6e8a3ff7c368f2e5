"""Tags: names and colours, how often each is used, and two that become one."""

from django import forms
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.generic import FormView
from wagtail.admin import messages
from wagtail.admin.panels import FieldPanel, ObjectList
from wagtail.admin.ui.tables import Column
from wagtail.admin.views.generic import PermissionCheckedMixin, WagtailAdminTemplateMixin
from wagtail.admin.widgets.button import Button

from wagtail_escalated.actions.tag_merging import merge_tags
from wagtail_escalated.admin import scoped
from wagtail_escalated.admin.viewsets.base import DeskViewSet
from wagtail_escalated.admin.viewsets.columns import count_of
from wagtail_escalated.admin.widgets import ColourInput
from wagtail_escalated.models import Tag, Ticket
from wagtail_escalated.permissions import is_manager


class TagIndexView(scoped.IndexView):
    def get_base_queryset(self):
        used = count_of(Ticket.tags.through, "tag")
        return super().get_base_queryset().annotate(tickets_count=used)

    def get_list_more_buttons(self, instance):
        buttons = super().get_list_more_buttons(instance)
        if self._may("delete", instance) and is_manager(self.request.user):
            url = reverse("escalated_tags:merge", args=[instance.pk])
            buttons.append(Button(_("Merge"), url=url, icon_name="resubmit", priority=25))
        return buttons


class MergeForm(forms.Form):
    into = forms.ModelChoiceField(
        label=gettext_lazy("Merge into"),
        queryset=None,
        help_text=gettext_lazy("Its tickets get this tag instead; this cannot be undone."),
    )

    def __init__(self, *args, tag, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["into"].queryset = Tag.objects.exclude(pk=tag.pk)


class MergeView(PermissionCheckedMixin, WagtailAdminTemplateMixin, FormView):
    model = Tag
    permission_required = "delete"
    permission_policy = None
    form_class = MergeForm
    template_name = "wagtail_escalated/admin/merge_tag.html"
    header_icon = "tag"
    page_title = gettext_lazy("Merge tag")

    def setup(self, request, *args, **kwargs):
        super().setup(request, *args, **kwargs)
        self.tag = get_object_or_404(scoped.reachable(self, "delete"), pk=kwargs["pk"])

    def get_page_subtitle(self):
        return self.tag.name

    def get_breadcrumbs_items(self):
        index = {"url": reverse("escalated_tags:index"), "label": _("Tags")}
        return [*self.breadcrumbs_items, index, {"url": "", "label": self.tag.name}]

    def get_form_kwargs(self):
        return {**super().get_form_kwargs(), "tag": self.tag}

    def form_valid(self, form):
        into, name = form.cleaned_data["into"], self.tag.name
        moved = merge_tags(self.tag, into, actor=self.request.user)
        messages.success(
            self.request,
            ngettext(
                "“%(tag)s” is now “%(into)s”; %(count)d ticket got it.",
                "“%(tag)s” is now “%(into)s”; %(count)d tickets got it.",
                moved,
            )
            % {"tag": name, "into": into.name, "count": moved},
        )
        return redirect("escalated_tags:index")

    def get_context_data(self, **kwargs):
        used = self.tag.tickets.count()
        return super().get_context_data(tag=self.tag, used=used, **kwargs)


class ColourColumn(Column):
    cell_template_name = "wagtail_escalated/admin/tag_cell.html"


class TagViewSet(DeskViewSet):
    model = Tag
    slug = "tags"
    icon = "tag"
    index_view_class = TagIndexView
    edit_handler = ObjectList([FieldPanel("name"), FieldPanel("colour", widget=ColourInput)])
    list_display = [
        "name",
        ColourColumn("colour", label=gettext_lazy("Colour")),
        Column("tickets_count", label=gettext_lazy("Tickets"), sort_key="tickets_count"),
    ]
    search_fields = ["name"]
    list_export = ["name", "colour", "tickets_count"]
    export_headings = {"tickets_count": gettext_lazy("Tickets")}

    @property
    def merge_view(self):
        return self.construct_view(MergeView)

    def get_urlpatterns(self):
        return [*super().get_urlpatterns(), path("merge/<int:pk>/", self.merge_view, name="merge")]
