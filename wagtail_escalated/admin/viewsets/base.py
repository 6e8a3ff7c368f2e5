"""What the desk's viewsets have in common: scoped views, one menu, names that clash with nobody's."""

from __future__ import annotations

from django.utils.functional import cached_property
from wagtail.admin.viewsets.model import ModelViewSet

from wagtail_escalated.admin import scoped
from wagtail_escalated.admin.policies import policy_for


class DeskViewSet(ModelViewSet):
    """Set ``model`` and ``slug``; the pages stand below ``support/<slug>/`` in the admin."""

    slug = ""
    index_view_class = scoped.IndexView
    add_view_class = scoped.CreateView
    edit_view_class = scoped.EditView
    delete_view_class = scoped.DeleteView
    history_view_class = scoped.HistoryView
    inspect_view_class = scoped.InspectView
    copy_view_class = scoped.CopyView
    reorder_view_class = scoped.ReorderView
    copy_view_enabled = False
    # Saving a ticket must not rewrite an index of references; the delete page counts by itself.
    add_to_reference_index = False
    search_backend_name = None
    list_per_page = 50

    @cached_property
    def name(self):
        return f"escalated_{self.slug.replace('-', '_')}"

    @cached_property
    def url_prefix(self):
        return f"support/{self.slug}"

    @cached_property
    def export_filename(self):
        return self.slug

    @cached_property
    def permission_policy(self):
        return policy_for(self.model)

    def on_register(self):
        # Before Wagtail makes a policy of its own for the model.
        policy_for(self.model)
        super().on_register()

    def get_common_view_kwargs(self, **kwargs):
        kwargs = super().get_common_view_kwargs(**kwargs)
        del kwargs["usage_url_name"]
        return {**kwargs, "permission_policy": self.permission_policy}

    def get_urlpatterns(self):
        # Wagtail's page of references shows objects without asking who may see them.
        return [pattern for pattern in super().get_urlpatterns() if pattern.name != "usage"]

    @cached_property
    def menu_item_class(self):
        from wagtail.admin.menu import MenuItem

        policy = self.permission_policy
        actions = self.index_view_class.any_permission_required

        class DeskMenuItem(MenuItem):
            def is_shown(self, request):
                return policy.user_has_any_permission(request.user, actions)

        return DeskMenuItem
