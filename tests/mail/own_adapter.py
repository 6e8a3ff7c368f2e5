"""What a host writes for a provider of its own."""

from wagtail_escalated.mail.adapters.base import Letter, Proof


class Pigeon:
    name = "pigeon"

    def authenticate(self, delivery):
        return Proof()

    def is_remote(self, delivery):
        return False

    def letter(self, delivery):
        return Letter(raw=delivery.body)

    def statuses(self, delivery):
        return ()
