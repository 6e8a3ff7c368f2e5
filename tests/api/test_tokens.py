"""Tokens: made in the admin, shown once, hashed, scoped, ended."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.factories import make_customer, make_editor
from wagtail_escalated.actions import api_tokens
from wagtail_escalated.models import ApiToken

pytestmark = [pytest.mark.django_db, pytest.mark.services]
PAGE = "wagtail_escalated_admin:api_tokens"


def make_in_the_admin(client, user, **sent):
    client.force_login(user)
    page = client.post(reverse(PAGE), {"name": "Billing", "scopes": ["read"], "lasts": "30"} | sent)
    found = re.search(r"esc_[\w-]{40,}", page.text)
    return page, found[0] if found else None


def asks(client, token, path="tickets/"):
    client.logout()
    root = reverse("wagtail_escalated:api_tickets").removesuffix("tickets/")
    return client.get(root + path, headers={"Authorization": f"Bearer {token}"}).status_code


def test_an_agent_makes_a_token_that_is_shown_once(client, agent):
    page, token = make_in_the_admin(client, agent.user)
    assert page.status_code == 200 and "no-store" in page["Cache-Control"]
    assert token not in client.get(reverse(PAGE)).text
    row = ApiToken.objects.get()
    assert (row.user, row.scopes) == (agent.user, ["read"])
    assert token not in (row.token_hash, row.hint)
    assert timedelta(days=29) < row.expires_at - timezone.now() < timedelta(days=31)
    assert asks(client, token) == 200


def test_a_revoked_token_ends_at_once(client, agent):
    _page, token = make_in_the_admin(client, agent.user)
    path = reverse("wagtail_escalated_admin:api_token_revoke", args=[ApiToken.objects.get().pk])
    assert client.get(path).status_code == 405
    assert client.post(path).status_code == 302
    assert asks(client, token) == 401


def test_an_expired_token_and_one_of_a_locked_account_are_no_longer_good(client, agent):
    row, token = api_tokens.create(agent.user, name="x", scopes=["read"])
    ApiToken.objects.update(expires_at=timezone.now())
    assert asks(client, token) == 401
    ApiToken.objects.update(expires_at=None)
    assert asks(client, token) == 200
    agent.user.is_active = False
    agent.user.save()
    assert asks(client, token) == 401


@pytest.mark.parametrize("wrong", ["", "x", "esc_", "esc_" + "a" * 43, "é", "a b"])
def test_a_wrong_token_is_401(client, agent, wrong):
    assert asks(client, wrong) == 401


def test_nobody_makes_a_token_who_does_not_work_at_the_desk(client):
    for user in (make_customer(), make_editor()):
        page, token = make_in_the_admin(client, user)
        assert token is None
    assert not ApiToken.objects.exists()


def test_a_form_without_name_or_scope_says_so(client, agent):
    page, token = make_in_the_admin(client, agent.user, name="", scopes=[])
    assert token is None and "This field is required" in page.text


def test_agents_see_their_own_and_managers_all(client, agent, manager):
    api_tokens.create(manager, name="The boss's", scopes=["read"])
    client.force_login(agent.user)
    assert "The boss" not in client.get(reverse(PAGE)).text
    api_tokens.create(agent.user, name="The seller's", scopes=["read"])
    client.force_login(manager)
    assert "The seller" in client.get(reverse(PAGE)).text


def test_a_session_needs_the_csrf_token_and_a_bearer_does_not(agent, ticket):
    from django.test import Client

    client = Client(enforce_csrf_checks=True)
    client.force_login(agent.user)
    path = reverse("wagtail_escalated:api_ticket_notes", args=[ticket.reference])
    sent = {"data": '{"body": "x"}', "content_type": "application/json"}
    assert client.get(reverse("wagtail_escalated:api_tickets")).status_code == 200
    assert client.post(path, **sent).status_code == 403
    _row, token = api_tokens.create(agent.user, name="x", scopes=["write"])
    headers = {"Authorization": f"Bearer {token}"}
    assert Client(enforce_csrf_checks=True).post(path, **sent, headers=headers).status_code == 201


@pytest.mark.usefixtures("within_one_window")
def test_too_many_requests_are_429_with_retry_after(client, agent, monkeypatch):
    from wagtail_escalated.api import callers

    monkeypatch.setattr(callers.Throttle, "LIMIT", 2)
    _row, token = api_tokens.create(agent.user, name="x", scopes=["read"])
    assert [asks(client, token) for _time in range(3)] == [200, 200, 429]
    headers = {"Authorization": f"Bearer {token}"}
    answer = client.get(reverse("wagtail_escalated:api_tickets"), headers=headers)
    assert 1 <= int(answer["Retry-After"]) <= 61
