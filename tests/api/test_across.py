"""Limits told to every caller, and pages of other origins."""

import pytest

from tests.api.conftest import Api
from wagtail_escalated.api import callers

pytestmark = [pytest.mark.django_db, pytest.mark.services]
SHOP = "https://shop.example.com"


@pytest.fixture
def open_to_the_shop(settings):
    settings.WAGTAIL_ESCALATED = settings.WAGTAIL_ESCALATED | {"API_ALLOWED_ORIGINS": [SHOP]}


def test_each_answer_tells_where_the_limit_stands(api, agent, monkeypatch):
    monkeypatch.setattr(callers.Throttle, "LIMIT", 2)
    program = api(agent)
    first, second, third = (program.get("me/") for _time in range(3))
    assert [first["RateLimit-Limit"], first["RateLimit-Remaining"]] == ["2", "1"]
    assert 0 < int(first["RateLimit-Reset"]) <= 61
    assert second["RateLimit-Remaining"] == "0"
    assert (third.status_code, third["RateLimit-Remaining"]) == (429, "0")
    assert 0 < int(third["Retry-After"]) <= 61


def test_a_page_of_an_allowed_origin_may_ask_and_read(open_to_the_shop, client, api, agent, ticket):
    asking = {"Origin": SHOP, "Access-Control-Request-Method": "PATCH"}
    path = f"/support/api/v1/tickets/{ticket.reference}/"
    preflight = client.options(path, headers=asking)
    assert preflight.status_code == 204
    assert preflight["Access-Control-Allow-Origin"] == SHOP
    assert "PATCH" in preflight["Access-Control-Allow-Methods"]
    assert "If-Match" in preflight["Access-Control-Allow-Headers"]
    answer = api(agent).get(path, headers={"Origin": SHOP})
    assert answer["Access-Control-Allow-Origin"] == SHOP
    assert "ETag" in answer["Access-Control-Expose-Headers"]
    assert "Origin" in answer["Vary"]
    for response in (preflight, answer):
        assert "Access-Control-Allow-Credentials" not in response


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", f"{SHOP}.evil.example", f"{SHOP}/", SHOP.upper()]
)
def test_no_other_page_may(open_to_the_shop, client, api, agent, origin):
    asking = {"Origin": origin, "Access-Control-Request-Method": "POST"}
    preflight = client.options("/support/api/v1/tickets/", headers=asking)
    answer = api(agent).get("tickets/", headers={"Origin": origin})
    for response in (preflight, answer):
        assert not [name for name in response.headers if name.startswith("Access-Control")]


def test_without_the_setting_no_page_of_another_origin_may(client, api, agent):
    asking = {"Origin": SHOP, "Access-Control-Request-Method": "POST"}
    assert "Access-Control-Allow-Origin" not in client.options(
        "/support/api/v1/me/", headers=asking
    )
    assert "Access-Control-Allow-Origin" not in api(agent).get("me/", headers={"Origin": SHOP})


def test_a_token_hears_of_changes_as_its_user_does(open_to_the_shop, client, agent, ann, ticket):
    listening = Api(client, agent.user, scopes=["read"]).headers
    path = f"/support/events/?ticket={ticket.reference}&after=0"
    heard = client.get(path, headers=listening | {"Origin": SHOP})
    assert heard.json() == {"version": ticket.version, "changed": True}
    assert heard["Access-Control-Allow-Origin"] == SHOP
    without_reading = Api(client, agent.user, scopes=["write"]).headers
    assert client.get(path, headers=without_reading).status_code == 401
    assert client.get(path, headers={"Authorization": "Bearer esc_x"}).status_code == 401
    assert client.get(path).status_code == 401
