"""For host code: views for agents or managers alone, as decorators and mixins.

Whoever is not logged in is sent to ``settings.LOGIN_URL``; whoever is, and may not, gets 403.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.mixins import AccessMixin
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.views import generic

from wagtail_escalated.permissions import is_agent, is_manager

View = Callable[..., HttpResponseBase]

__all__ = ["AdminRequiredMixin", "AgentRequiredMixin", "admin_required", "agent_required"]


def _required(test: Callable[[Any], bool]) -> Callable[[View], View]:
    def decorator(view: View) -> View:
        @wraps(view)
        def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            if not test(request.user):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return wrapper

    return decorator


def _agent_or_manager(user: Any) -> bool:
    return is_agent(user) or is_manager(user)


#: A view for agents and managers.
agent_required = _required(_agent_or_manager)
#: A view for managers.
admin_required = _required(is_manager)


class _RequiredMixin(AccessMixin, generic.View):
    """``login_url``, ``redirect_field_name`` and ``permission_denied_message`` as in Django's own mixins."""

    @staticmethod
    def _may_enter(user: Any) -> bool:
        raise NotImplementedError

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return redirect_to_login(
                request.get_full_path(), self.get_login_url(), self.get_redirect_field_name()
            )
        if not self._may_enter(request.user):
            raise PermissionDenied(self.get_permission_denied_message())
        return super().dispatch(request, *args, **kwargs)


class AgentRequiredMixin(_RequiredMixin):
    """A class-based view for agents and managers."""

    _may_enter = staticmethod(_agent_or_manager)


class AdminRequiredMixin(_RequiredMixin):
    """A class-based view for managers."""

    _may_enter = staticmethod(is_manager)
