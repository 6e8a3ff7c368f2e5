"""Letters from a file, a maildir or standard input: no provider, no verdict."""

from __future__ import annotations

from collections.abc import Iterable

from wagtail_escalated.mail.adapters.base import Delivery, Letter, Proof, StatusEvent, Unauthorised


class Raw:
    """Not for the webhook: whoever runs a command is trusted, whoever posts is not."""

    name = "raw"

    def authenticate(self, delivery: Delivery) -> Proof:
        raise Unauthorised("letters without a provider come by command")

    def is_remote(self, delivery: Delivery) -> bool:
        return False

    def letter(self, delivery: Delivery) -> Letter:
        return Letter(raw=delivery.body)

    def statuses(self, delivery: Delivery) -> Iterable[StatusEvent]:
        return ()
