"""Notifications of SNS signed by a certificate of the test's own."""

import base64
import json
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

from wagtail_escalated.mail.adapters.sns import SIGNED

TOPIC = "arn:aws:sns:eu-west-1:123456789012:letters"
CERTIFICATE_URL = (
    "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem"
)

_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
_now = datetime.now(UTC)
CERTIFICATE = (
    x509.CertificateBuilder()
    .subject_name(_name)
    .issuer_name(_name)
    .public_key(_key.public_key())
    .serial_number(1)
    .not_valid_before(_now - timedelta(days=1))
    .not_valid_after(_now + timedelta(days=3650))
    .sign(_key, hashes.SHA256())
    .public_bytes(serialization.Encoding.PEM)
)


def signed(**fields):
    document = {
        "Type": "Notification",
        "MessageId": "00000000-1111-2222-3333-444444444444",
        "TopicArn": TOPIC,
        "Timestamp": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "SignatureVersion": "2",
        "SigningCertURL": CERTIFICATE_URL,
    } | fields
    names = [name for name in SIGNED[document["Type"]] if document.get(name) is not None]
    text = "".join(f"{name}\n{document[name]}\n" for name in names)
    algorithm = hashes.SHA256() if document["SignatureVersion"] == "2" else hashes.SHA1()
    signature = _key.sign(text.encode(), padding.PKCS1v15(), algorithm)
    return document | {"Signature": base64.b64encode(signature).decode()}


def received(
    raw, *, recipients=("support@support.example.com",), encoding="BASE64", s3=None, **verdicts
):
    """SES's notification of a received letter, inside SNS's."""
    action = {"type": "SNS", "encoding": encoding, "topicArn": TOPIC}
    message = {"notificationType": "Received", "mail": {"messageId": "ses-1"}}
    if s3:
        action = {"type": "S3", "bucketName": s3[0], "objectKey": s3[1], "topicArn": TOPIC}
    elif encoding == "BASE64":
        message["content"] = base64.b64encode(raw).decode()
    else:
        message["content"] = raw.decode("utf-8", "surrogateescape")
    receipt = {"recipients": list(recipients), "action": action}
    for name, status in verdicts.items():
        receipt[f"{name}Verdict"] = {"status": status}
    message["receipt"] = receipt
    return signed(Message=json.dumps(message))
