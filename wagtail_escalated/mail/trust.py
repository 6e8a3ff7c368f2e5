"""Whether it was shown that the writer may use the address in From."""

from __future__ import annotations

import logging
import re

import dkim
import dkim.dnsplug
from dns.exception import DNSException

from wagtail_escalated.mail.adapters.base import Letter
from wagtail_escalated.mail.headers import parse_parameters
from wagtail_escalated.mail.message import InboundMessage

logger = logging.getLogger(__name__)

PASS, FAIL, NONE = "pass", "fail", "none"
MAX_SIGNATURES = 5
MAX_CHECKED = 10 * 1024 * 1024  # bytes
DNS_SECONDS = 3


def verdict_of(letter: Letter, message: InboundMessage) -> str:
    """The provider's word: ``pass`` only where what passed is aligned with From, ``fail`` where it says so.

    ``Authentication-Results`` and other headers of the letter are the sender's and count for nothing.
    """
    found = letter.verdict
    if found.get("dmarc") == FAIL:
        return FAIL
    if _has_one_author(message) and _passed(found, message):
        return PASS
    if found.get("dmarc") == PASS:
        return NONE
    dkim_failed = FAIL in {found.get("dkim"), found.get("dkim_aligned")}
    if (dkim_failed and found.get("spf") != PASS) or (
        found.get("spf") == FAIL and found.get("dkim") != PASS
    ):
        return FAIL
    return NONE


def _passed(found: dict[str, str], message: InboundMessage) -> bool:
    if found.get("dmarc") == PASS or found.get("dkim_aligned") == PASS:
        return True
    return found.get("dkim") == PASS and _only_signature_is_aligned(message)


def _has_one_author(message: InboundMessage) -> bool:
    """One From with one address, written plainly: of two readings the one that passed may be the other."""
    values = message.headers.all("from")
    if len(values) != 1 or len(message.senders) != 1:
        return False
    return message.senders[0].address.lower() in values[0].lower()


def proved(letter: Letter, message: InboundMessage) -> bool:
    """Whether an agent may be believed: the provider's aligned pass, or our own check of the raw letter."""
    verdict = verdict_of(letter, message)
    return verdict == PASS or (verdict == NONE and _signed_by_sender(letter.raw, message))


def is_spam(letter: Letter) -> bool:
    return FAIL in {letter.verdict.get("spam"), letter.verdict.get("virus")}


def aligned(signing_domain: str, from_domain: str) -> bool:
    """Relaxed alignment (RFC 7489 §3.1.1), without a list of public suffixes: one is below the other."""
    one, other = signing_domain.lower().rstrip("."), from_domain.lower().rstrip(".")
    if "." not in one or "." not in other:
        return False
    return one == other or one.endswith(f".{other}") or other.endswith(f".{one}")


def _signing_domains(message: InboundMessage) -> list[str]:
    found = []
    for value in message.headers.all("dkim-signature"):
        _, tags = parse_parameters(f"x; {value}")
        found.append(re.sub(r"\s", "", tags.get("d", "")))
    return found


def _only_signature_is_aligned(message: InboundMessage) -> bool:
    # Where there are several, the one that passed may be anybody's.
    domains = _signing_domains(message)
    return len(domains) == 1 and aligned(domains[0], message.senders[0].domain)


def _signed_by_sender(raw: bytes, message: InboundMessage) -> bool:
    domains = _signing_domains(message)[:MAX_SIGNATURES]
    if not _has_one_author(message) or len(raw) > MAX_CHECKED:
        return False
    own = [
        index for index, domain in enumerate(domains) if aligned(domain, message.senders[0].domain)
    ]
    return any(check_signature(raw, index) for index in own)


def check_signature(raw: bytes, index: int) -> bool:
    """One DKIM signature of a raw letter, its key asked from DNS."""
    try:
        checker = dkim.DKIM(raw, timeout=DNS_SECONDS, minkey=1024)
        if not checker.verify(idx=index, dnsfunc=key_record):
            return False
        return b"from" in [name.lower() for name in checker.include_headers]
    except (dkim.DKIMException, OSError, ValueError, IndexError, KeyError) as error:
        logger.info("A DKIM signature could not be checked: %s", type(error).__name__)
        return False


def key_record(name: bytes | str, timeout: int = DNS_SECONDS) -> bytes | None:
    """The TXT record of a DKIM key; nothing where there is none or nobody answers."""
    try:
        return dkim.dnsplug.get_txt(name, timeout)
    except (DNSException, OSError):
        return None
