"""What is sent to the actions of a ticket."""

from __future__ import annotations

from rest_framework import serializers

from wagtail_escalated.models import SUBJECT_LENGTH, LinkKind

from .fields import AgentField, Files, Instant, Key, Names, PriorityField, StatusField, Text, Truth

LONGEST_BODY = 1_000_000


class Nothing(serializers.Serializer):
    pass


class MessageSent(serializers.Serializer):
    body = Text(max_length=LONGEST_BODY)
    attachments = Files()


class ReplySent(MessageSent):
    status = StatusField(required=False, help_text="Where an agent moves the ticket with it.")
    cc = serializers.ListField(
        child=serializers.EmailField(max_length=254), required=False, default=list, max_length=20
    )
    snooze_until = Instant(
        required=False, allow_null=True, help_text="Where an agent puts the ticket aside with it."
    )
    articles = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=2**31 - 1),
        required=False,
        default=list,
        max_length=20,
        help_text="Those that an agent's answer names by their address: it is kept that they were.",
    )
    last_seen = Key(
        required=False, help_text="The newest reply that you have read: a newer one answers 409."
    )


class NoteSent(MessageSent):
    mentions = serializers.ListField(
        child=AgentField(),
        required=False,
        default=list,
        max_length=50,
        help_text="Agents by key; each hears of it.",
    )


class FollowSent(serializers.Serializer):
    agent = AgentField(required=False, allow_null=True, help_text="Another one than yourself.")


class UncopySent(serializers.Serializer):
    contact = Key(help_text="Of `copied` in `around/`.")


class AssignSent(serializers.Serializer):
    agent = AgentField(allow_null=True)


class StatusSent(serializers.Serializer):
    status = StatusField()
    note = Text(required=False, allow_blank=True, default="", max_length=LONGEST_BODY)


class PrioritySent(serializers.Serializer):
    priority = PriorityField()


class TagsSent(serializers.Serializer):
    add = Names(required=False, default=list)
    remove = Names(required=False, default=list)


class SnoozeSent(serializers.Serializer):
    until = Instant()


class SplitSent(serializers.Serializer):
    reply = Key()
    subject = Text(required=False, allow_blank=True, default="", max_length=SUBJECT_LENGTH)


class MergeSent(serializers.Serializer):
    into = Text(max_length=40, help_text="The reference of the other ticket.")
    different_requesters = Truth(required=False, default=False)


class LinkSent(serializers.Serializer):
    other = Text(max_length=40)
    kind = serializers.ChoiceField(choices=LinkKind.choices)


class MacroSent(serializers.Serializer):
    macro = Key(help_text="Of `macros/`.")


class SpamSent(serializers.Serializer):
    spam = Truth(required=False, default=True)


class RatingSent(serializers.Serializer):
    score = serializers.IntegerField(min_value=1, max_value=5)
    comment = Text(required=False, allow_blank=True, default="", max_length=5000)
