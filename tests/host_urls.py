"""A host that has views of its own for the people of the desk."""

from django.http import HttpResponse
from django.urls import path
from django.views.generic import TemplateView, View

from tests.urls import urlpatterns as desk
from wagtail_escalated.access import (
    AdminRequiredMixin,
    AgentRequiredMixin,
    admin_required,
    agent_required,
)


@agent_required
def for_agents(request):
    """What agents see."""
    return HttpResponse("welcome")


@admin_required
def for_managers(request, number):
    return HttpResponse(f"welcome {number}")


class ForAgents(AgentRequiredMixin, View):
    login_url = "/another/login/"

    def get(self, request):
        return HttpResponse("welcome")


class ForManagers(AdminRequiredMixin, TemplateView):
    def get(self, request, *args, **kwargs):
        return HttpResponse("welcome")


urlpatterns = [
    path("host/agents/", for_agents),
    path("host/managers/", for_managers, {"number": 2}),
    path("host/class/agents/", ForAgents.as_view()),
    path("host/class/managers/", ForManagers.as_view()),
    *desk,
]
