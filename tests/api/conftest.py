"""A program that calls the API, and the people it may call for."""

import json

import pytest
from django.urls import reverse

from tests.factories import (
    make_agent,
    make_customer,
    make_department,
    make_editor,
    make_manager,
    make_reader,
    make_ticket,
)
from wagtail_escalated.actions import api_tokens


class Api:
    """``api.get("tickets/")`` with a bearer token of ``user``."""

    def __init__(self, client, user=None, scopes=("read", "write", "manage")):
        self.client = client
        self.root = reverse("wagtail_escalated:api_tickets").removesuffix("tickets/")
        self.headers = {}
        if user is not None:
            _row, token = api_tokens.create(user, name="test", scopes=scopes)
            self.headers["Authorization"] = f"Bearer {token}"

    def _call(self, method, path, data=None, headers=None, **options):
        if data is not None and "content_type" not in options and method != "get":
            options["content_type"], data = "application/json", json.dumps(data, default=str)
        path = path if path.startswith("/") or "://" in path else self.root + path
        headers = self.headers | (headers or {})
        return getattr(self.client, method)(path, data, headers=headers, **options)

    def get(self, path, data=None, **options):
        return self._call("get", path, data, **options)

    def post(self, path, data=None, **options):
        return self._call("post", path, {} if data is None else data, **options)

    def patch(self, path, data, **options):
        return self._call("patch", path, data, **options)

    def delete(self, path, **options):
        return self._call("delete", path, **options)


@pytest.fixture
def api(client):
    """``api(user)`` is a program that acts as this user; ``api()`` one without credentials."""
    return lambda user=None, **options: Api(client, getattr(user, "user", user), **options)


@pytest.fixture
def sales():
    return make_department("Sales")


@pytest.fixture
def agent(sales):
    return make_agent("seller", departments=(sales,))


@pytest.fixture
def manager():
    return make_manager("boss")


@pytest.fixture
def ann():
    return make_customer("ann")


@pytest.fixture
def ticket(sales, ann):
    return make_ticket(requester=ann, actor=ann, department=sales)


@pytest.fixture
def strangers():
    """Nobody of them may know that the ticket of ``ann`` exists."""
    return {
        "another customer": make_customer(),
        "an agent of another department": make_agent(departments=(make_department(),)).user,
        "a read-only agent of another": make_reader(departments=(make_department(),)).user,
        "an editor": make_editor(),
    }
