"""The signature of SNS, checked with a certificate from Amazon's own hosts.

https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html
"""

from __future__ import annotations

import base64
import binascii
import re
import urllib.error
import urllib.request
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from wagtail_escalated.mail.adapters.base import InvalidPayload, Unauthorised, Unavailable

CERTIFICATE_URL = re.compile(
    r"https://sns\.[a-z0-9-]{1,40}\.amazonaws\.com(?:\.cn)?/SimpleNotificationService-[0-9a-f]{1,64}\.pem"
)
TOPIC = re.compile(r"arn:aws[a-z-]*:sns:([a-z0-9-]{1,40}):[0-9]{1,20}:[A-Za-z0-9_.-]{1,256}")
SIGNED = {
    "Notification": ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    "SubscriptionConfirmation": (
        "Message",
        "MessageId",
        "SubscribeURL",
        "Timestamp",
        "Token",
        "TopicArn",
        "Type",
    ),
}
SIGNED["UnsubscribeConfirmation"] = SIGNED["SubscriptionConfirmation"]
HASHES = {"1": hashes.SHA1, "2": hashes.SHA256}  # noqa: S303  (version 1 of SNS is SHA-1)
MAX_CERTIFICATE = 100_000
#: SNS tries for an hour at most; a day leaves room for clocks and for what holds a request back.
MAX_AGE = timedelta(days=1)


def verify(document: dict[str, Any]) -> None:
    """Raises ``Unauthorised`` unless Amazon signed this very document."""
    names = SIGNED.get(str(document.get("Type")))
    algorithm = HASHES.get(str(document.get("SignatureVersion")))
    url = document.get("SigningCertURL")
    if names is None:
        raise InvalidPayload("This is no document of SNS.")
    if algorithm is None or not isinstance(url, str) or not CERTIFICATE_URL.fullmatch(url):
        raise Unauthorised("a signature or certificate from elsewhere")
    text = "".join(
        f"{name}\n{document[name]}\n" for name in names if document.get(name) is not None
    )
    try:
        signature = base64.b64decode(str(document.get("Signature", "")), validate=True)
        public_key = x509.load_pem_x509_certificate(certificate(url)).public_key()
        public_key.verify(signature, text.encode(), padding.PKCS1v15(), algorithm())
    except (InvalidSignature, binascii.Error, ValueError, AttributeError, TypeError):
        raise Unauthorised("wrong signature") from None
    if _is_stale(document.get("Timestamp")):
        raise Unauthorised("stale signature")


def _is_stale(timestamp: Any) -> bool:
    try:
        signed_at = datetime.fromisoformat(str(timestamp))
        return abs(datetime.now(UTC) - signed_at) > MAX_AGE
    except (ValueError, TypeError):
        return True


@lru_cache(maxsize=8)
def certificate(url: str) -> bytes:
    """PEM. The address was checked; redirects lead nowhere. Raises ``Unavailable``."""
    opener = urllib.request.build_opener(_NoRedirects)
    try:
        with opener.open(url, timeout=5) as response:
            return response.read(MAX_CERTIFICATE)
    except (urllib.error.URLError, OSError) as error:
        raise Unavailable(f"the certificate of SNS: {type(error).__name__}") from None


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args, **kwargs):
        return None


def confirm(document: dict[str, Any]) -> None:
    """Confirm the subscription through the API; ``SubscribeURL`` is never opened."""
    topic = str(document.get("TopicArn", ""))
    found = TOPIC.fullmatch(topic)
    if not found:
        raise InvalidPayload("The topic has no region.")
    try:
        import boto3
        from botocore import UNSIGNED
        from botocore.config import Config
        from botocore.exceptions import BotoCoreError, ClientError
    except ImportError:
        raise Unavailable("boto3 is not installed: pip install wagtail-escalated[ses]") from None
    try:
        client = boto3.client(
            "sns", region_name=found[1], config=Config(signature_version=UNSIGNED)
        )
        client.confirm_subscription(TopicArn=topic, Token=str(document.get("Token", "")))
    except (BotoCoreError, ClientError) as error:
        raise Unavailable(f"SNS: {type(error).__name__}") from None
