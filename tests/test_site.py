"""The site of the tests itself: does it stand at all?"""

import urllib.request

import pytest
from django.core.management import call_command
from wagtail.models import Site

pytestmark = [pytest.mark.django_db, pytest.mark.services]


def test_the_admin_asks_for_a_login(client):
    response = client.get("/admin/")
    assert response.status_code == 302
    assert response.url.startswith("/admin/login/")


def test_each_model_change_has_its_migration():
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("time", ["first", "again"])
def test_wagtails_first_rows_are_there_after_each_test_with_real_transactions(time):
    assert Site.objects.get(is_default_site=True).root_page.depth == 2


@pytest.mark.real_worker
def test_a_desk_in_processes_of_its_own_answers(live_desk):
    with urllib.request.urlopen(f"{live_desk.url}/admin/login/", timeout=60) as response:
        assert response.status == 200
    live_desk.wait_for(lambda: "ready for work" in live_desk.log("worker"), "no worker")
