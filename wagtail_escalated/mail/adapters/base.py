"""What every provider's adapter gives, and what it may refuse."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Protocol


class InvalidPayload(Exception):
    """The delivery is not what this provider sends. ``str()`` names what is wrong, without its content."""


class Unauthorised(Exception):
    """The provider's own proof is missing, wrong, stale or foreign."""


class Unavailable(Exception):
    """The letter lies elsewhere and cannot be had now; it is tried again."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One POST of a provider, as it came."""

    body: bytes = field(repr=False)
    content_type: str = ""
    has_secret: bool = False


@dataclass(frozen=True, slots=True)
class Proof:
    """What ``authenticate`` found: whether the provider proved itself, and what may be used once."""

    stands_in_for_secret: bool = False
    replay_key: str | None = None


@dataclass(frozen=True, slots=True)
class Letter:
    """What lies in a delivery: raw MIME, where it was delivered to, and the provider's verdicts.

    ``raw`` is empty where there was no letter in it; ``note`` then says what it was.
    """

    raw: bytes = field(repr=False)
    recipients: tuple[str, ...] = ()
    #: ``{"spf" | "dkim" | "dmarc" | "spam": "pass" | "fail" | "none"}``, by the provider, not by the sender.
    verdict: dict[str, str] = field(default_factory=dict)
    note: str = ""


@dataclass(frozen=True, slots=True)
class StatusEvent:
    """What became of a mail of ours: ``delivered``, ``bounced``, ``delayed`` or ``complained``."""

    kind: str
    provider_id: str = ""
    message_id: str = ""
    recipient: str = ""
    permanent: bool = False
    detail: str = ""


class Adapter(Protocol):
    name: str

    def authenticate(self, delivery: Delivery) -> Proof:
        """Raises ``Unauthorised`` and ``InvalidPayload``. Without a proof of its own: ``Proof()``."""

    def letter(self, delivery: Delivery) -> Letter:
        """Pure but for SES with S3. Raises ``InvalidPayload`` and ``Unavailable``."""

    def is_remote(self, delivery: Delivery) -> bool:
        """Whether ``letter`` asks another server, which only the worker may."""

    def statuses(self, delivery: Delivery) -> Iterable[StatusEvent]:
        """Raises ``InvalidPayload``."""


def word(value: Any, kind: type, default: Any) -> Any:
    """``value`` if it is of this kind, else ``default``: providers send null and numbers too."""
    return value if isinstance(value, kind) else default
