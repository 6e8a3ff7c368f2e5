"""What an agent chose for their inbox: kept with their profile, read in one place."""

from __future__ import annotations

from typing import Any

from wagtail_escalated.models import AgentProfile
from wagtail_escalated.permissions import agent_profile

PAGE_SIZES = (25, 50, 100)
DENSITIES = ("comfortable", "compact")
COLUMNS = (
    "requester",
    "assignee",
    "department",
    "priority",
    "status",
    "type",
    "tags",
    "sla",
    "created_at",
    "last_message_at",
)
DEFAULT_COLUMNS = ("requester", "assignee", "priority", "status", "sla", "last_message_at")
#: Before the key of a custom field that stands as a column.
CUSTOM = "custom:"
MOST_CUSTOM = 20
START_VIEW = "all"


class InboxPreferences:
    """Each property falls back to its default where nothing, or nonsense, is stored."""

    def __init__(self, profile: AgentProfile | None):
        self.profile = profile
        self.stored: dict[str, Any] = dict(
            (profile.preferences if profile else {}).get("inbox", {})
        )

    @property
    def columns(self) -> tuple[str, ...]:
        chosen = known_columns(self.stored.get("columns"))
        return chosen or DEFAULT_COLUMNS

    @property
    def density(self) -> str:
        density = self.stored.get("density")
        return density if density in DENSITIES else DENSITIES[0]

    @property
    def page_size(self) -> int:
        size = self.stored.get("page_size")
        return size if size in PAGE_SIZES else PAGE_SIZES[0]

    @property
    def start_view(self) -> str:
        return str(self.stored.get("start_view") or START_VIEW)

    def save(self, **changes: Any) -> None:
        """Managers without an agent's profile have nowhere to keep them."""
        if self.profile is None:
            return
        self.stored.update(changes)
        self.profile.preferences = {**self.profile.preferences, "inbox": self.stored}
        self.profile.save(update_fields=["preferences"])


def known_columns(names: Any) -> tuple[str, ...]:
    if not isinstance(names, list | tuple):
        return ()
    custom = [name for name in names if isinstance(name, str) and name.startswith(CUSTOM)]
    return (*(name for name in COLUMNS if name in names), *dict.fromkeys(custom[:MOST_CUSTOM]))


def preferences_of(user: Any) -> InboxPreferences:
    return InboxPreferences(agent_profile(user))
