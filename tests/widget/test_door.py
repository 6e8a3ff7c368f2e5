"""Which page may ask what, how often, and what a widget that is off answers: nothing."""

import hashlib
import hmac

import pytest
from django.test import Client

from tests.factories import default_site, make_ticket
from tests.widget.conftest import ORIGIN
from wagtail_escalated.actions import guests
from wagtail_escalated.models import Contact, RateLimit, Ticket
from wagtail_escalated.widget.models import WidgetSettings, origin_of

pytestmark = pytest.mark.django_db

FORM = {"name": "Ann", "email": "ann@example.net", "subject": "Leak", "body": "Water"}
READS = ("widget.js", "config", "articles?q=leak", "articles/1", "tickets/ESC-2604-0A1B2C")
WRITES = ("tickets", "tickets/ESC-2604-0A1B2C/replies", "articles/1/feedback")


def test_an_allowed_page_may_read_and_no_other(ask):
    mine = ask.get("config")
    assert mine.status_code == 200
    assert mine["Access-Control-Allow-Origin"] == ORIGIN
    assert "Origin" in mine["Vary"]
    assert "Access-Control-Allow-Credentials" not in mine
    for foreign in (
        "https://evil.example",
        "null",
        "https://shop.example.com.evil.example",
        "http://shop.example.com",
        "https://shop.example.com:444",
        "x",
        "",
    ):
        answer = ask.get("config", Origin=foreign)
        assert answer.status_code == 403, foreign
        assert "Access-Control-Allow-Origin" not in answer


def test_the_sites_own_pages_and_requests_without_an_origin_may_ask(ask):
    assert ask.get("config", Origin="http://testserver").status_code == 200
    assert ask.get("config", Origin=None).status_code == 200


@pytest.mark.parametrize("path", WRITES)
def test_a_foreign_page_writes_nothing(ask, path):
    answer = ask.post(path, FORM, Origin="https://evil.example")
    assert answer.status_code == 403
    assert not Ticket.objects.exists()
    assert not Contact.objects.exists()
    assert not RateLimit.objects.exists()


@pytest.mark.parametrize("path", READS + WRITES)
def test_while_it_is_off_nothing_answers_and_nothing_is_written(ask, settings_of_widget, path):
    settings_of_widget.enabled = False
    settings_of_widget.save()
    answer = ask.post(path, FORM) if path in WRITES else ask.get(path)
    assert answer.status_code == 403
    assert "no-store" in answer["Cache-Control"]
    assert not Ticket.objects.exists()
    assert not RateLimit.objects.exists()


def test_switching_it_off_counts_at_once_for_a_process_that_knew_it_on(ask):
    assert ask.get("config").status_code == 200
    # As another process does it: straight to the table.
    WidgetSettings.objects.update(enabled=False)
    assert ask.get("config").status_code == 403


def test_the_preflight_names_the_one_page_and_what_it_may_send(ask, client):
    asked = {
        "Origin": ORIGIN,
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "x-guest-token",
    }
    answer = client.options("/support/widget/tickets/ESC-2604-0A1B2C", headers=asked)
    assert answer.status_code == 204
    assert answer["Access-Control-Allow-Origin"] == ORIGIN
    assert "X-Guest-Token" in answer["Access-Control-Allow-Headers"]
    foreign = client.options(
        "/support/widget/tickets", headers=asked | {"Origin": "https://evil.example"}
    )
    assert foreign.status_code == 403
    assert "Access-Control-Allow-Origin" not in foreign


def test_no_cookie_is_set_or_needed_and_no_csrf_token_either(settings_of_widget):
    strict = Client(enforce_csrf_checks=True)
    for path in ("widget.js", "config", "articles?q=x"):
        assert not strict.get(f"/support/widget/{path}", headers={"Origin": ORIGIN}).cookies
    answer = strict.post("/support/widget/tickets", FORM, headers={"Origin": ORIGIN})
    assert answer.status_code == 201
    assert not answer.cookies


def test_other_methods_are_refused_politely(ask, client):
    answer = client.put("/support/widget/tickets", headers={"Origin": ORIGIN})
    assert answer.status_code == 405
    assert answer["Allow"] == "POST"


@pytest.mark.usefixtures("within_one_window")
def test_past_the_limit_it_is_429_with_the_seconds_to_wait(ask, monkeypatch):
    monkeypatch.setattr("wagtail_escalated.proof.CALM_ADDRESS", 100)
    codes = [
        ask.post("tickets", FORM | {"email": f"a{n}@example.net"}).status_code for n in range(21)
    ]
    assert codes == [201] * 20 + [429]
    answer = ask.post("tickets", FORM)
    assert answer.status_code == 429
    assert 0 < int(answer["Retry-After"]) <= 601
    assert answer["Access-Control-Expose-Headers"] == "Retry-After"


@pytest.mark.usefixtures("within_one_window")
def test_one_address_cannot_be_bombed_from_many_places(ask, client, settings):
    settings.WAGTAIL_ESCALATED = {**settings.WAGTAIL_ESCALATED, "TRUSTED_PROXY_COUNT": 1}
    codes = [
        ask.post("tickets", FORM, **{"X-Forwarded-For": f"203.0.113.{n}"}).status_code
        for n in range(8)
    ]
    assert codes == [201] * 5 + [429] * 3


@pytest.mark.usefixtures("within_one_window")
def test_a_forwarded_address_counts_only_from_trusted_proxies(ask, settings):
    for n in range(25):
        last = ask.post(
            "tickets",
            FORM | {"email": f"a{n}@example.net"},
            **{"X-Forwarded-For": f"203.0.113.{n}"},
        )
    assert last.status_code == 429


def test_no_address_stands_in_the_table_of_limits(ask):
    ask.post("tickets", FORM)
    assert RateLimit.objects.count() == 4
    assert not any(
        "127.0.0.1" in row.bucket or "ann" in row.bucket for row in RateLimit.objects.all()
    )


def test_an_identity_must_be_signed_by_this_sites_secret(ask, settings_of_widget):
    def signed(secret, email="ann@example.net"):
        return hmac.new(secret.encode(), email.encode(), hashlib.sha256).hexdigest()

    other_site = WidgetSettings(secret="other")
    forged = (
        "0" * 64,
        signed("other"),
        signed(settings_of_widget.secret, "ben@example.net"),
        "é",
        "x",
    )
    assert signed("other") == other_site.signature_of("ann@example.net")
    for signature in forged:
        assert ask.post("tickets", FORM | {"signature": signature}).status_code == 403
    assert not Ticket.objects.exists()
    genuine = FORM | {"signature": signed(settings_of_widget.secret), "name": ""}
    assert ask.post("tickets", genuine).status_code == 201
    assert Ticket.objects.get().proved


def test_an_empty_secret_signs_nothing(ask, settings_of_widget):
    WidgetSettings.objects.update(secret="")
    nothing = hmac.new(b"", b"ann@example.net", hashlib.sha256).hexdigest()
    assert ask.post("tickets", FORM | {"signature": nothing}).status_code == 403


def test_where_guests_must_log_in_only_the_identified_may_write(ask, settings_of_widget):
    from wagtail_escalated.models import DeskSettings, GuestPolicy

    desk = DeskSettings.for_site(default_site())
    desk.guest_policy = GuestPolicy.SIGN_UP
    desk.save()
    assert ask.get("config").json()["policy"] == "sign_up"
    assert ask.post("tickets", FORM).status_code == 403
    assert not Ticket.objects.exists()
    signature = settings_of_widget.signature_of(FORM["email"])
    assert ask.post("tickets", FORM | {"signature": signature}).status_code == 201


def test_a_token_opens_its_own_ticket_and_only_by_the_header(ask):
    mine, other = make_ticket(), make_ticket()
    token = guests.create_link(mine, by_mail=False)
    assert ask.get(f"tickets/{mine.reference}", token=token).status_code == 200
    missing = ask.get("tickets/ESC-2604-000000", token=token)
    for answer in (
        ask.get(f"tickets/{other.reference}", token=token),
        ask.get(f"tickets/{mine.reference}"),
        ask.get(f"tickets/{mine.reference}", {"token": token, "X-Guest-Token": token}),
        ask.get(f"tickets/{mine.reference}", token=token.upper()),
    ):
        assert (answer.status_code, answer.content) == (404, missing.content)
    assert (
        ask.post(f"tickets/{other.reference}/replies", {"body": "x"}, token=token).status_code
        == 404
    )
    assert not other.replies.exists()


def test_origins_are_read_as_a_browser_writes_them():
    assert origin_of("HTTPS://Shop.Example.com/") == "https://shop.example.com"
    assert origin_of("https://shop.example.com:443") == "https://shop.example.com"
    assert origin_of("http://[::1]:8000") == "http://[::1]:8000"
    for bad in (
        "*",
        "shop.example.com",
        "https://*.example.com",
        "https://a.example/path",
        "javascript:alert(1)",
        "https://a.example:x",
        "https://user@a.example",
        "",
    ):
        assert origin_of(bad) is None
