"""A letter as the desk understands it: frozen, without its provider, without its syntax."""

from dataclasses import dataclass, field
from datetime import datetime

from wagtail_escalated.files import IncomingFile
from wagtail_escalated.mail.headers import Address, Headers


@dataclass(frozen=True, slots=True)
class InboundMessage:
    """``text`` and ``html`` hold the whole letter, quotes included. Ids are without brackets."""

    headers: Headers = field(repr=False)
    senders: tuple[Address, ...] = ()
    reply_to: tuple[Address, ...] = ()
    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    #: Where the provider or a gateway says it was delivered to.
    delivered_to: tuple[str, ...] = ()
    #: The envelope's sender; ``""`` is the null path of a machine, ``None`` is not known.
    return_path: str | None = None
    message_id: str = ""
    in_reply_to: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    date: datetime | None = None
    subject: str = ""
    text: str = ""
    html: str = ""
    files: tuple[IncomingFile, ...] = field(default=(), repr=False)
    content_type: str = "text/plain"
    #: The texts of message/delivery-status and disposition-notification parts.
    reports: tuple[str, ...] = ()
    #: The header of the letter that a report gives back.
    returned: Headers | None = field(default=None, repr=False)
    defects: tuple[str, ...] = ()

    @property
    def sender(self) -> Address | None:
        return self.senders[0] if self.senders else None

    @property
    def recipients(self) -> tuple[str, ...]:
        """Every address it was sent to, newest knowledge first, each once."""
        found = [*self.delivered_to, *(one.address for one in (*self.to, *self.cc))]
        return tuple(dict.fromkeys(found))

    @property
    def is_empty(self) -> bool:
        shows_image = "<img" in self.html.lower()
        return not (self.text.strip() or self.files or self.subject.strip() or shows_image)
