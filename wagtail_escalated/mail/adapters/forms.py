"""``multipart/form-data`` read by our own means.

Django's parser refuses more than 2.5 MB whatever the view says, and drops files with odd names.
"""

from __future__ import annotations

from wagtail_escalated.files import IncomingFile
from wagtail_escalated.mail.adapters.base import InvalidPayload
from wagtail_escalated.mail.charsets import decode
from wagtail_escalated.mail.headers import parse_parameters
from wagtail_escalated.mail.mime import Parser


def read_form(body: bytes, content_type: str) -> tuple[dict[str, str], dict[str, IncomingFile]]:
    """The fields, and the files under the names of theirs; the first of each name counts."""
    header = content_type.replace("\r", " ").replace("\n", " ").encode("utf-8", "replace")
    root = Parser(b"Content-Type: " + header + b"\r\n\r\n" + body).parse()
    if not root.children:
        raise InvalidPayload("The form cannot be read.")
    fields: dict[str, str] = {}
    files: dict[str, IncomingFile] = {}
    for part in root.children:
        _, parameters = parse_parameters(part.headers.raw("content-disposition"))
        name = parameters.get("name", "")
        if "filename" in parameters:
            file = IncomingFile(parameters["filename"], part.decoded(), part.content_type)
            files.setdefault(name, file)
        else:
            fields.setdefault(name, decode(part.decoded(), "utf-8"))
    return fields, files
