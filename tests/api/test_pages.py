"""The pages in the admin that tell what the API can do: of each operation, and of nothing from elsewhere."""

import json
import re

import pytest
from django.urls import reverse

from tests.factories import make_ticket
from wagtail_escalated.api.schema import document

pytestmark = pytest.mark.django_db
INDEX = "/admin/support/api/"


@pytest.fixture
def seller(client, agent):
    client.force_login(agent.user)
    return client


def operations():
    return [
        (method.upper(), path, told)
        for path, item in document()["paths"].items()
        for method, told in item.items()
        if method in ("get", "post", "patch", "delete")
    ]


def test_each_operation_of_the_schema_has_a_page_of_its_own(seller):
    html = seller.get(INDEX).content.decode()
    keys = re.findall(rf'href="{INDEX}(\w+)/"', html)
    assert sorted(keys) == sorted(told["operationId"] for _method, _path, told in operations())
    for method, path, told in operations():
        page = seller.get(f"{INDEX}{told['operationId']}/").content.decode()
        assert f'data-esc-try-api-path-value="{path}"' in page
        assert f'data-esc-try-api-method-value="{method}"' in page
        for parameter in told.get("parameters", []):
            assert f'name="{parameter["name"]}"' in page, (path, parameter["name"])


def test_a_form_begins_with_an_example_and_a_ticket_that_is_there(seller, sales):
    seen, hidden = make_ticket(department=sales), make_ticket()
    hidden.department, hidden.assignee = None, None
    page = seller.get(f"{INDEX}tickets_note/")
    body = page.context["operation"].example
    assert json.loads(body)["attachments"][0]["name"] == "order.txt"
    assert page.context["reference"] in {seen.reference, hidden.reference}
    assert "<code>body</code> <span" in page.content.decode()  # required


def test_the_ticket_is_one_that_its_reader_may_see(client, strangers, ticket):
    client.force_login(strangers["an agent of another department"])
    assert client.get(f"{INDEX}tickets_note/").context["reference"] == ""


def test_nothing_on_the_pages_comes_from_elsewhere_or_stands_in_line(seller):
    for path in (INDEX, f"{INDEX}tickets_list/"):
        main = seller.get(path).content.decode().partition("<main")[2].partition("</main")[0]
        assert main
        assert not re.findall(r'(?:src|href)="(?:https?:)?//', main)
        assert not re.findall(r"<script(?! src=)[^>]*>[^<]|\sstyle=|\son\w+=", main)


def test_without_the_api_there_are_no_pages_and_no_link_to_them(seller, settings):
    tokens = reverse("wagtail_escalated_admin:api_tokens")
    assert INDEX in seller.get(tokens).content.decode()
    settings.WAGTAIL_ESCALATED = {**settings.WAGTAIL_ESCALATED, "API_ENABLED": False}
    assert seller.get(INDEX).status_code == 404
    assert INDEX not in seller.get(tokens).content.decode()
