"""A mail backend that writes each letter into a file of its own, for desks in other processes."""

import os
import uuid
from pathlib import Path

from django.core.mail.backends.base import BaseEmailBackend


class EmailBackend(BaseEmailBackend):
    def send_messages(self, email_messages):
        folder = Path(os.environ["ESCALATED_MAILS"])
        for message in email_messages:
            unfinished = folder.parent / f"{uuid.uuid4()}.eml"
            unfinished.write_bytes(message.message().as_bytes(linesep="\r\n"))
            unfinished.replace(folder / unfinished.name)
        return len(email_messages)
