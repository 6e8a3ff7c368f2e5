"""What runs after a commit may fail: the work is done all the same."""

import functools

import pytest
from django.db import transaction

from wagtail_escalated.committed import once_committed

pytestmark = pytest.mark.django_db(transaction=True)


def fails(*args):
    raise OSError("the broker is gone")


@pytest.mark.parametrize("what", [fails, functools.partial(fails, 1)])
def test_a_failure_is_logged_and_the_next_one_runs(what, caplog):
    seen = []
    with transaction.atomic():
        once_committed(what, 2)
        once_committed(seen.append, "next")
        assert seen == []
    assert seen == ["next"]
    assert "the broker is gone" in caplog.text
