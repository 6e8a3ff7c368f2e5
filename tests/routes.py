"""Every address of ours, with real arguments, so that a new one is tested without being listed."""

from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, get_resolver

PACKAGE = "wagtail_escalated"


@dataclass(frozen=True)
class Route:
    path: str  # as Django writes it, such as "support/tickets/<str:reference>/"
    name: str
    callback: Any

    @property
    def model(self):
        return getattr(self.callback, "view_initkwargs", {}).get("model")

    def filled(self, values):
        """The path with arguments from ``values`` (by name, or a model's first row for ``pk``);
        ``None`` where one is not known."""
        parts = []
        for part in self.path.split("/"):
            if part.startswith("<"):
                name = part.strip("<>").split(":")[-1]
                value = self.first_row() if name == "pk" and self.model else values.get(name)
                if value is None:
                    return None
                part = str(value)
            parts.append(part)
        return "/" + "/".join(parts)

    def first_row(self):
        row = self.model._default_manager.order_by("pk").first()
        return row and row.pk


def _patterns(resolver, prefix=""):
    for pattern in resolver.url_patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield Route(path, pattern.name or "", pattern.callback)
        else:
            yield from _patterns(pattern, path)


def _is_ours(callback):
    view_class = getattr(callback, "view_class", None)
    modules = (getattr(callback, "__module__", ""), getattr(view_class, "__module__", ""))
    return any(module.startswith(f"{PACKAGE}.") for module in modules)


def own_routes(below=""):
    """In the order in which Django would ask them."""
    routes = list(_patterns(get_resolver()))
    admin = "admin/support/"
    return [
        route
        for route in routes
        if route.path.startswith(below)
        and (_is_ours(route.callback) or route.path.startswith(("support/", admin)))
    ]
