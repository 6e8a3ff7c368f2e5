"""What Wagtail 7.4 lacks and we use; goes when 7.4 goes."""

from __future__ import annotations

from typing import Any

from django.db.models import Model

try:
    from wagtail.permissions import register_permission_policy as _register
except ImportError:  # 7.4 knows a policy by its viewset alone
    _register = None


def register_permission_policy(model: type[Model], policy: Any) -> None:
    if _register is not None:
        _register(model, policy, exact_class=True)
