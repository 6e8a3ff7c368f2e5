"""Webhooks out, against a receiver that is a real server on this machine."""

import json
import socket
import threading
import time
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import pytest
from django.core import mail
from django.core.management import call_command
from django.utils import timezone
from standardwebhooks import Webhook, WebhookVerificationError

from tests.factories import make_agent, make_department, make_manager, make_ticket
from wagtail_escalated.actions import messages, tickets
from wagtail_escalated.models import (
    AgentProfile,
    EventKind,
    WebhookAttempt,
    WebhookDelivery,
    WebhookEndpoint,
)
from wagtail_escalated.reactions import webhooks, webhooks_http, webhooks_secrets, webhooks_sending

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.services]
State = WebhookDelivery.State


class Receiver(ThreadingHTTPServer):
    """Keeps what it gets; ``behave(handler)`` answers, 204 if nobody says otherwise."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.got, self.behave = [], None
        self.url = f"http://127.0.0.1:{self.server_port}/hook?x=1"


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((self.path, dict(self.headers), body))
        if self.server.behave is not None:
            self.server.behave(self)
        else:
            self.send_response(204)
            self.end_headers()

    def log_message(self, *arguments):
        pass


def answers(status, body=b"", **headers):
    def behave(handler):
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)

    return behave


@pytest.fixture
def receiver(settings):
    settings.WAGTAIL_ESCALATED = settings.WAGTAIL_ESCALATED | {
        "WEBHOOK_ALLOWED_HOSTS": ["127.0.0.0/8"]
    }
    server = Receiver()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def endpoint(receiver):
    row = WebhookEndpoint(name="Billing", url=receiver.url, kinds=["created", "replied", "noted"])
    row.secret = webhooks_secrets.give_first(row)
    return row


def signed_by(secret, headers, body):
    """Whether a receiver with the scheme's own library takes it for ours, and for fresh."""
    try:
        return Webhook(secret).verify(body, headers) is not None
    except WebhookVerificationError:
        return False


def test_a_new_ticket_is_told_signed_with_id_and_timestamp(receiver, endpoint):
    ticket = make_ticket()
    [(path, headers, body)] = receiver.got
    assert path == "/hook?x=1"
    said = json.loads(body)
    assert said["type"] == "ticket.created"
    assert said["data"]["ticket"] == ticket.reference
    assert set(said["data"]) == {"ticket", "event", "version"}, "thin"
    assert signed_by(endpoint.secret, headers, body)
    assert not signed_by(endpoint.secret, headers, body + b" ")
    assert not signed_by(endpoint.secret, headers | {"webhook-id": "msg_other"}, body)
    assert not signed_by(webhooks_secrets.new_secret(), headers, body)
    assert headers["webhook-id"].startswith("msg_")
    assert abs(int(headers["webhook-timestamp"]) - time.time()) < 60
    attempt = WebhookAttempt.objects.get()
    assert (attempt.status, attempt.delivery.state) == (204, State.DELIVERED)


def test_a_full_one_says_what_the_api_would(receiver, endpoint):
    WebhookEndpoint.objects.update(payload="full")
    make_ticket(subject="No water", description="Since noon.")
    data = json.loads(receiver.got[0][2])["data"]
    assert data["details"]["subject"] == "No water"
    assert data["message"] == {"body": "Since noon."}


def test_only_what_was_chosen_is_told(receiver, endpoint):
    sales, other = make_department(), make_department()
    endpoint.departments.add(sales)
    agent = make_agent(departments=(sales,)).user
    make_ticket(department=other)
    assert not receiver.got
    ticket = make_ticket(department=sales)
    tickets.set_priority(ticket, "high", actor=agent)
    WebhookEndpoint.objects.update(active=False)
    make_ticket(department=sales)
    assert [json.loads(body)["type"] for _path, _headers, body in receiver.got] == [
        "ticket.created"
    ]


def test_a_reaction_that_runs_twice_tells_once(receiver, endpoint):
    ticket = make_ticket()
    webhooks.react(list(ticket.events.all()))
    webhooks_sending.send_due()
    assert len(receiver.got) == 1 == WebhookDelivery.objects.count()


def test_failures_are_tried_again_with_growing_pauses_for_a_day(receiver, endpoint):
    receiver.behave = answers(500, b"broken")
    make_ticket()
    delivery = WebhookDelivery.objects.get()
    now, pauses = timezone.now(), []
    while delivery.state == State.PENDING:
        pauses.append(delivery.next_attempt_at - now)
        now = delivery.next_attempt_at
        webhooks_sending.send_due(now)
        delivery.refresh_from_db()
    assert delivery.state == State.FAILED
    assert sum(pauses, timedelta()) > timedelta(days=1)
    assert pauses[1:] == sorted(pauses[1:])
    assert len(receiver.got) == 9 == delivery.log.count()
    assert len({headers["webhook-id"] for _path, headers, _body in receiver.got}) == 1
    assert len({body for _path, _headers, body in receiver.got}) == 1
    assert delivery.log.first().answer == "broken"
    receiver.behave = None
    webhooks.send_again(delivery)
    delivery.refresh_from_db()
    assert delivery.state == State.DELIVERED


def test_the_order_within_a_ticket_is_kept_and_others_do_not_wait(receiver, endpoint):
    receiver.behave = answers(503)
    ticket = make_ticket()
    messages.reply(ticket, body="More.", actor=ticket.requester)
    receiver.behave = None
    other = make_ticket()
    assert [json.loads(b)["data"]["ticket"] for _p, _h, b in receiver.got[1:]] == [other.reference]
    receiver.got.clear()
    webhooks_sending.send_due(timezone.now() + timedelta(seconds=10))
    kinds = [json.loads(body)["type"] for _path, _headers, body in receiver.got]
    assert kinds == ["ticket.created", "ticket.replied"]


def test_a_reply_that_can_be_taken_back_waits_and_one_taken_back_is_never_told(receiver, endpoint):
    from wagtail_escalated.actions import undoing

    sales = make_department()
    agent = make_agent(departments=(sales,)).user
    ticket = make_ticket(department=sales)
    receiver.got.clear()
    reply = messages.reply(ticket, body="Oops.", actor=agent)
    token = undoing.offer_unsend(reply, actor=agent)
    assert not receiver.got
    tickets.undo(token)
    webhooks_sending.send_due(timezone.now() + timedelta(minutes=1))
    assert not receiver.got
    messages.reply(ticket, body="Better.", actor=agent)
    webhooks_sending.send_due(timezone.now() + timedelta(minutes=1))
    assert len(receiver.got) == 1


def test_a_redirect_is_a_failure_and_is_not_followed(receiver, endpoint):
    receiver.behave = answers(302, Location="http://127.0.0.1:1/")
    make_ticket()
    assert WebhookAttempt.objects.get().status == 302
    assert WebhookDelivery.objects.get().state == State.PENDING
    assert len(receiver.got) == 1


def test_an_endless_answer_is_not_read(receiver, endpoint):
    def endless(handler):
        handler.send_response(200)
        handler.end_headers()
        try:
            for _megabyte in range(50):
                handler.wfile.write(b"x" * 1024 * 1024)
        except OSError:
            return

    receiver.behave = endless
    start = time.monotonic()
    make_ticket()
    assert time.monotonic() - start < 5
    assert len(WebhookAttempt.objects.get().answer) == webhooks_http.KEPT_BYTES


@pytest.mark.parametrize("step", ["never", "drops"])
def test_a_receiver_that_hangs_is_cut_off(receiver, endpoint, monkeypatch, step):
    monkeypatch.setattr(webhooks_http, "CONNECT_SECONDS", 0.5)
    monkeypatch.setattr(webhooks_http, "WHOLE_SECONDS", 1.0)

    def hang(handler):
        if step == "never":
            time.sleep(3)
            return
        try:
            for _step in range(30):
                handler.wfile.write(b"H")
                time.sleep(0.1)
        except OSError:
            return

    receiver.behave = hang
    start = time.monotonic()
    make_ticket()
    assert time.monotonic() - start < 3
    attempt = WebhookAttempt.objects.get()
    assert attempt.status is None and attempt.error


@pytest.fixture
def drawn_out():
    """A server that speaks of its TLS handshake a byte at a time."""
    server = socket.create_server(("127.0.0.1", 0))
    ended = threading.Event()

    def speak():
        connection, _address = server.accept()
        try:
            # A record of a handshake, said to be of 16,000 bytes.
            for byte in b"\x16\x03\x03\x3e\x80" + b"\x00" * 300:
                connection.sendall(bytes([byte]))
                if ended.wait(0.1):
                    return
        except OSError:
            return
        finally:
            connection.close()

    thread = threading.Thread(target=speak, daemon=True)
    thread.start()
    yield f"https://127.0.0.1:{server.getsockname()[1]}/"
    ended.set()
    thread.join(5)
    server.close()


def test_a_handshake_that_never_ends_is_cut_off(receiver, drawn_out, monkeypatch):
    monkeypatch.setattr(webhooks_http, "WHOLE_SECONDS", 1.0)
    start = time.monotonic()
    with pytest.raises(webhooks_http.NotSent):
        webhooks_http.post(drawn_out, b"{}", {})
    assert time.monotonic() - start < 5


def test_many_addresses_that_do_not_answer_take_no_longer_than_one(receiver, monkeypatch):
    moment, asked = [0.0], []

    def connect(address, timeout):
        asked.append(timeout)
        moment[0] += timeout
        raise TimeoutError

    # Its own clock and sockets: those of everybody stay, or whoever waits beside it waits for ever.
    monkeypatch.setattr(webhooks_http, "time", SimpleNamespace(monotonic=lambda: moment[0]))
    monkeypatch.setattr(webhooks_http, "socket", SimpleNamespace(create_connection=connect))
    monkeypatch.setattr(webhooks_http, "resolve", lambda host, port: ["127.0.0.1"] * 50)
    with pytest.raises(webhooks_http.NotSent, match="No answer in time"):
        webhooks_http.post(receiver.url, b"{}", {})
    assert sum(asked) == webhooks_http.WHOLE_SECONDS


def test_one_that_keeps_the_worker_waiting_is_left_alone_and_others_are_served(
    receiver, endpoint, monkeypatch
):
    # So that a refusal counts as a long wait.
    monkeypatch.setattr(webhooks_sending, "SLOW_MILLISECONDS", 0)
    receiver.behave = answers(503)
    WebhookEndpoint.objects.filter(pk=endpoint.pk).update(kinds=["created"])
    waiting = [make_ticket() for _number in range(3)]
    assert len(receiver.got) == 1, "the second and the third wait with the first"
    receiver.behave = None
    healthy = WebhookEndpoint(name="Healthy", url=receiver.url, kinds=["created"])
    webhooks_secrets.give_first(healthy)
    served = make_ticket()
    told = [json.loads(body)["data"]["ticket"] for _path, _headers, body in receiver.got[1:]]
    assert told == [served.reference]
    receiver.got.clear()
    webhooks_sending.send_due(timezone.now() + webhooks_sending.REST)
    told = {json.loads(body)["data"]["ticket"] for _path, _headers, body in receiver.got}
    assert told == {ticket.reference for ticket in [*waiting, served]}
    endpoint.refresh_from_db()
    assert endpoint.rests_until is None and endpoint.failing_since is None


def test_gone_switches_it_off_with_a_mail_to_the_managers(receiver, endpoint):
    AgentProfile.objects.create(user=make_manager("boss"))
    receiver.behave = answers(410)
    make_ticket()
    endpoint.refresh_from_db()
    assert not endpoint.active and endpoint.switched_off_at
    assert WebhookDelivery.objects.get().state == State.FAILED
    assert [m for m in mail.outbox if m.to == ["boss@example.com"] and "Billing" in m.subject]


def test_after_days_of_failure_it_is_switched_off(receiver, endpoint):
    receiver.behave = answers(500)
    WebhookEndpoint.objects.update(failing_since=timezone.now() - timedelta(days=6))
    make_ticket()
    endpoint.refresh_from_db()
    assert not endpoint.active


def test_one_success_ends_the_failing(receiver, endpoint):
    WebhookEndpoint.objects.update(failing_since=timezone.now() - timedelta(days=4))
    make_ticket()
    endpoint.refresh_from_db()
    assert endpoint.active and endpoint.failing_since is None


def test_a_new_secret_signs_beside_the_old_one_for_a_day(receiver, endpoint):
    fresh = webhooks_secrets.renew(endpoint, now=timezone.now())
    make_ticket()
    _path, headers, body = receiver.got[0]
    assert signed_by(fresh, headers, body) and signed_by(endpoint.secret, headers, body)
    WebhookEndpoint.objects.update(old_secret_until=timezone.now())
    make_ticket()
    _path, headers, body = receiver.got[1]
    assert signed_by(fresh, headers, body) and not signed_by(endpoint.secret, headers, body)


def test_the_secret_is_not_in_the_database_as_it_is(endpoint):
    endpoint.refresh_from_db()
    assert endpoint.secret not in endpoint.sealed_secret


def test_the_job_sends_what_no_task_was_put_in_for(receiver, endpoint, capsys):
    ticket = make_ticket()
    WebhookDelivery.objects.update(state=State.PENDING, next_attempt_at=timezone.now())
    receiver.got.clear()
    call_command("escalated_send_webhooks")
    assert "1 webhooks delivered" in capsys.readouterr().out
    assert json.loads(receiver.got[0][2])["data"]["ticket"] == ticket.reference


def test_every_kind_of_event_can_be_chosen(receiver, endpoint):
    WebhookEndpoint.objects.update(kinds=EventKind.values, payload="full")
    sales = make_department()
    agent = make_agent(departments=(sales,)).user
    ticket = make_ticket(department=sales)
    messages.add_note(ticket, body="Inside.", actor=agent)
    tickets.set_status(ticket, "resolved", actor=agent)
    assert {json.loads(b)["type"] for _p, _h, b in receiver.got} >= {
        "ticket.created",
        "ticket.noted",
        "ticket.status",
    }
