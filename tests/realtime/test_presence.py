"""Who else is at a ticket, told through the socket."""

import pytest
from asgiref.sync import sync_to_async as in_thread

from tests.factories import make_agent
from wagtail_escalated.models import Presence, display_name

from .conftest import connected

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.services]


async def test_agents_at_a_ticket_see_each_other_come_write_and_go(people):
    second = await in_thread(make_agent)("una", departments=(people.sales,))
    async with connected(people.seller.user) as first:
        await first.watch(people.ticket, state="viewing")
        assert (await first.hears())["version"] == 1
        async with connected(second.user) as other:
            await other.watch(people.ticket, state="writing")
            assert await first.hears() == {
                "ticket": people.ticket.reference,
                "present": [{"name": display_name(second.user), "state": "writing"}],
            }
        assert (await first.hears())["present"] == []
    assert not await in_thread(Presence.objects.exists)()


async def test_a_customer_is_not_told_and_does_not_show(people):
    async with connected(people.seller.user) as agent, connected(people.ann) as ann:
        await agent.watch(people.ticket, state="writing")
        await ann.watch(people.ticket, state="viewing")
        assert (await ann.hears())["version"] == 1
        assert await ann.hears_nothing()
        assert await in_thread(Presence.objects.count)() == 1
