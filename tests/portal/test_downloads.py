"""Files: for whom their message is, and always as a download."""

import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from tests.factories import (
    make_agent,
    make_contact,
    make_customer,
    make_department,
    make_editor,
    make_manager,
    make_reader,
    make_ticket,
)
from wagtail_escalated.actions import guests, messages

pytestmark = pytest.mark.django_db

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@pytest.fixture
def department():
    return make_department("Repairs")


@pytest.fixture
def ticket(department):
    ann = make_customer("ann")
    return make_ticket(
        requester=ann,
        actor=ann,
        department=department,
        attachments=[SimpleUploadedFile("bad\u202egpj.svg", SVG, "image/svg+xml")],
    )


def get(client, user, row):
    client.logout()
    if user is not None:
        client.force_login(user)
    return client.get(reverse("wagtail_escalated:attachment", args=[row.uuid]))


def test_who_may_see_the_message_may_have_the_file(client, ticket, department):
    row = ticket.attachments.get()
    allowed = [
        ticket.requester.user,
        make_agent(departments=(department,)).user,
        make_reader(departments=(department,)).user,
        make_manager(),
    ]
    refused = [
        None,
        make_customer(),
        make_editor(),
        make_agent(departments=(make_department(),)).user,
    ]
    assert [get(client, user, row).status_code for user in allowed] == [200] * 4
    assert [get(client, user, row).status_code for user in refused] == [404] * 4


def test_a_notes_file_is_for_agents_alone(client, ticket, department):
    agent = make_agent(departments=(department,)).user
    messages.add_note(
        ticket, body="look", actor=agent, attachments=[SimpleUploadedFile("n.txt", b"x")]
    )
    row = ticket.attachments.get(name="n.txt")
    assert get(client, agent, row).status_code == 200
    assert get(client, ticket.requester.user, row).status_code == 404
    token = guests.create_link(ticket, by_mail=True)
    guest = reverse("wagtail_escalated:guest_attachment", args=[token, row.uuid])
    assert client.get(guest).status_code == 404


def test_it_is_a_download_with_walls_around_it(client, ticket):
    answer = get(client, ticket.requester.user, ticket.attachments.get())
    assert b"".join(answer.streaming_content) == SVG
    assert answer["Content-Disposition"].startswith("attachment;")
    assert "\u202e" not in answer["Content-Disposition"]
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"]
    assert "default-src 'none'" in answer["Content-Security-Policy"]
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("page.html", "text/html"),
        ("page.txt", "text/html"),
        ("page.xhtml", "application/xhtml+xml"),
        ("style.xsl", "text/xsl"),
        ("style.xml", "application/xslt+xml"),
        ("letter.mht", "multipart/related"),
        ("form.pdf", "application/pdf"),
    ],
)
def test_no_browser_opens_what_a_stranger_has_sent(client, department, name, said):
    body = b"<html><script>alert(1)</script></html>"
    ticket = make_ticket(
        requester=make_customer("bob"), attachments=[SimpleUploadedFile(name, body, said)]
    )
    answer = get(client, make_manager(), ticket.attachments.get())
    assert answer["Content-Disposition"].startswith("attachment;")
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_a_guest_has_the_files_of_the_links_ticket_alone(client, ticket):
    contact = make_contact("gus@example.net")
    mine = make_ticket(requester=contact, attachments=[SimpleUploadedFile("a.txt", b"mine")])
    token = guests.create_link(mine, by_mail=True)

    def address(row):
        return reverse("wagtail_escalated:guest_attachment", args=[token, row.uuid])

    assert client.get(address(mine.attachments.get())).status_code == 200
    assert client.get(address(ticket.attachments.get())).status_code == 404
    # The plain address knows no guests.
    assert get(client, None, mine.attachments.get()).status_code == 404


def test_no_file_by_that_name_is_a_404(client):
    client.force_login(make_manager())
    address = reverse("wagtail_escalated:attachment", args=[uuid.uuid4()])
    assert client.get(address).status_code == 404


def test_a_reply_in_its_undo_window_keeps_its_files_back(client, ticket, department, settings):
    settings.WAGTAIL_ESCALATED = {**settings.WAGTAIL_ESCALATED, "UNDO_SEND_SECONDS": 60}
    agent = make_agent(departments=(department,)).user
    messages.reply(
        ticket, body="here", actor=agent, attachments=[SimpleUploadedFile("r.txt", b"x")]
    )
    row = ticket.attachments.get(name="r.txt")
    assert get(client, ticket.requester.user, row).status_code == 404
    assert get(client, agent, row).status_code == 200


RUN = b"<html><script>alert(document.domain)</script></html>"
HOSTILE = {
    "page.html": RUN,
    "page.txt": RUN,
    "page.xhtml": b'<html xmlns="http://www.w3.org/1999/xhtml"><script>alert(1)</script></html>',
    "style.xsl": b'<?xml version="1.0"?><?xml-stylesheet href="#x"?><xsl:stylesheet/>',
    "letter.pdf": b"%PDF-1.7 /OpenAction << /S /JavaScript /JS (app.alert(1)) >>",
    "picture.png": SVG,
    "../../../etc/passwd.txt": b"x",
    "C:\\Windows\\evil.txt": b"x",
    "invoice\u202etxt.pdf": b"x",
    "\u200b\ufeffreport.txt": b"x",
    "x" * 300 + ".txt": b"x",
    "<img src=x onerror=alert(1)>.txt": b"x",
    'a.txt"; filename="b.html': b"x",
    "a\r\nSet-Cookie: x=y.txt": b"x",
    "=cmd|calc!A1.txt": b"x",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_whatever_somebody_sends_is_a_harmless_name_and_a_download(client, name):
    ann = make_customer("ann")
    ticket = make_ticket(requester=ann, actor=ann)
    client.force_login(ann)
    address = reverse("wagtail_escalated:ticket_reply", args=[ticket.reference])
    answer = client.post(
        address, {"body": "Look", "files": [SimpleUploadedFile(name, HOSTILE[name])]}
    )
    if answer.status_code == 400:  # refused by its kind
        assert not ticket.attachments.exists()
        return
    row = ticket.attachments.get()
    assert row.name
    assert len(row.name) <= 200
    assert not set(row.name) & set("/\\\x00\r\n\u202e\u200b\ufeff")
    page = client.get(reverse("wagtail_escalated:ticket_conversation", args=[ticket.reference]))
    assert "<img src=x" not in page.text
    file = client.get(reverse("wagtail_escalated:attachment", args=[row.uuid]))
    assert b"".join(file.streaming_content) == HOSTILE[name]
    assert file["Content-Disposition"].startswith("attachment")
    assert file["Content-Type"] == "application/octet-stream"
    assert file["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in file["Content-Security-Policy"]
    assert not file.cookies
