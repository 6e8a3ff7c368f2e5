"""Amazon SES: notifications of SNS, with the letter in them or in an S3 bucket.

https://docs.aws.amazon.com/ses/latest/dg/receiving-email-notifications-contents.html
SNS proves itself by its signature alone: it can send no secret.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable
from typing import Any

from wagtail_escalated.conf import desk_settings
from wagtail_escalated.mail.adapters import sns
from wagtail_escalated.mail.adapters.base import (
    Delivery,
    InvalidPayload,
    Letter,
    Proof,
    StatusEvent,
    Unauthorised,
    Unavailable,
    word,
)

VERDICTS = {"PASS": "pass", "FAIL": "fail", "GRAY": "none", "PROCESSING_FAILED": "none"}
STATUS_KINDS = {"Delivery": "delivered", "Bounce": "bounced", "Complaint": "complained"}


class SES:
    name = "ses"

    def authenticate(self, delivery: Delivery) -> Proof:
        document = _json(delivery.body)
        if not desk_settings.SNS_TOPIC_ARNS:
            raise Unauthorised("SNS_TOPIC_ARNS is empty: no topic is accepted")
        if document.get("TopicArn") not in desk_settings.SNS_TOPIC_ARNS:
            raise Unauthorised("a topic that is not accepted")
        sns.verify(document)
        return Proof(stands_in_for_secret=True)

    def is_remote(self, delivery: Delivery) -> bool:
        document = _json(delivery.body)
        return document.get("Type") != "Notification" or _action(_message(document))["type"] == "S3"

    def letter(self, delivery: Delivery) -> Letter:
        document = _json(delivery.body)
        if document.get("Type") == "SubscriptionConfirmation":
            sns.confirm(document)
            return Letter(b"", note="sns_confirmation")
        if document.get("Type") != "Notification":
            return Letter(b"", note="sns_other")
        message = _message(document)
        if message.get("notificationType") != "Received":
            return Letter(b"", note="no_letter")
        receipt = word(message.get("receipt"), dict, {})
        recipients = [
            one for one in word(receipt.get("recipients"), list, []) if isinstance(one, str)
        ]
        return Letter(raw=_raw(message), recipients=tuple(recipients), verdict=_verdict(receipt))

    def statuses(self, delivery: Delivery) -> Iterable[StatusEvent]:
        document = _json(delivery.body)
        if document.get("Type") == "SubscriptionConfirmation":
            sns.confirm(document)
            return
        message = _message(document)
        kind_name = word(message.get("eventType") or message.get("notificationType"), str, "")
        kind = STATUS_KINDS.get(kind_name)
        if kind is None:
            return
        detail = word(message.get(kind_name.lower()), dict, {})
        permanent = detail.get("bounceType") == "Permanent" or kind == "complained"
        for recipient in _recipients(detail):
            yield StatusEvent(
                kind=kind if permanent or kind != "bounced" else "delayed",
                provider_id=word(word(message.get("mail"), dict, {}).get("messageId"), str, ""),
                recipient=recipient,
                permanent=permanent,
                detail=str(
                    detail.get("bounceSubType") or detail.get("complaintFeedbackType") or ""
                ),
            )


def _json(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        raise InvalidPayload("The body is not JSON.") from None
    if not isinstance(found, dict):
        raise InvalidPayload("The body is not a JSON object.")
    return found


def _message(document: dict[str, Any]) -> dict[str, Any]:
    try:
        return _json(word(document.get("Message"), str, "").encode("utf-8", "replace"))
    except InvalidPayload:
        raise InvalidPayload("The Message of the notification is not JSON.") from None


def _action(message: dict[str, Any]) -> dict[str, Any]:
    return {"type": "", **word(word(message.get("receipt"), dict, {}).get("action"), dict, {})}


def _raw(message: dict[str, Any]) -> bytes:
    action = _action(message)
    if action["type"] == "S3":
        return _from_s3(str(action.get("bucketName", "")), str(action.get("objectKey", "")))
    content = word(message.get("content"), str, "")
    if str(action.get("encoding", "")).upper() == "BASE64":
        try:
            return base64.b64decode(content)
        except (binascii.Error, ValueError):
            raise InvalidPayload("The content is not base64.") from None
    return content.encode("utf-8", "surrogateescape")


def _from_s3(bucket: str, key: str) -> bytes:
    """Called by the worker alone: SNS waits 15 seconds for an answer."""
    try:
        import boto3
        from botocore.exceptions import BotoCoreError, ClientError
    except ImportError:
        raise Unavailable("boto3 is not installed: pip install wagtail-escalated[ses]") from None
    limit = desk_settings.INBOUND_MAX_MB * 1024 * 1024
    try:
        body = boto3.client("s3").get_object(Bucket=bucket, Key=key)["Body"]
        content = body.read(limit + 1)
    except (BotoCoreError, ClientError) as error:
        raise Unavailable(f"S3: {type(error).__name__}") from None
    if len(content) > limit:
        return b""
    return content


def _verdict(receipt: dict[str, Any]) -> dict[str, str]:
    found = {}
    for name in ("spf", "dkim", "dmarc", "spam", "virus"):
        status = word(word(receipt.get(f"{name}Verdict"), dict, {}).get("status"), str, "")
        if status:
            found[name] = VERDICTS.get(status.upper(), "none")
    return found


def _recipients(detail: dict[str, Any]) -> list[str]:
    found = []
    for name in ("bouncedRecipients", "complainedRecipients", "recipients"):
        for one in word(detail.get(name), list, []):
            address = one.get("emailAddress") if isinstance(one, dict) else one
            found += [address] if isinstance(address, str) else []
    return found
