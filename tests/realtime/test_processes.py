"""Across processes: through Redis at once, without it by the relay."""

import asyncio
import time

import pytest
from asgiref.sync import sync_to_async as in_thread
from channels.layers import channel_layers, get_channel_layer
from django.test import override_settings

from wagtail_escalated.actions import messages
from wagtail_escalated.realtime import hub, layer

from .conftest import connected

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.redis
async def test_a_ping_of_another_process_comes_through_redis(people, monkeypatch):
    """The change is written without a ping of its own, as another process would; the relay sleeps."""
    monkeypatch.setattr(hub, "RELAY_SECONDS", 60)
    async with connected(people.seller.user) as agent:
        with override_settings(WAGTAIL_ESCALATED={"REALTIME_ENABLED": False}):
            await in_thread(messages.reply)(people.ticket, body="There.", actor=people.ann)
        assert await agent.hears_nothing()
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:  # the hub may not have joined the group yet
            await in_thread(layer.send)([people.ticket.pk])
            if not await agent.hears_nothing(for_seconds=0.5):
                break
        assert await agent.hears() == {"ticket": people.ticket.reference, "version": 2}


@pytest.mark.redis
async def test_the_tests_really_have_a_layer_that_other_processes_share(people):
    assert layer.shared_layer() is get_channel_layer()


@override_settings(
    CHANNEL_LAYERS={
        "default": {
            "BACKEND": "channels_redis.core.RedisChannelLayer",
            "CONFIG": {"hosts": ["redis://127.0.0.1:1/0"]},
        }
    }
)
async def test_a_dead_redis_breaks_no_save_and_the_relay_goes_on(people):
    async with connected(people.seller.user) as agent:
        begin = time.monotonic()
        await in_thread(messages.reply)(people.ticket, body="Still.", actor=people.ann)
        assert time.monotonic() - begin < 5
        assert await agent.hears() == {"ticket": people.ticket.reference, "version": 2}


async def test_a_layer_that_fails_while_it_is_cancelled_does_not_keep_the_process(monkeypatch):
    class Layer:
        async def new_channel(self):
            return "one"

        async def group_add(self, group, channel):
            """Nothing to do."""

        group_discard = group_add

        async def receive(self, channel):
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                raise AssertionError("the lock is held") from None

    monkeypatch.setattr(layer, "shared_layer", Layer)
    task = asyncio.create_task(layer.listen(lambda tickets: None))
    await asyncio.sleep(0.05)
    task.cancel()
    await asyncio.wait([task], timeout=2)
    assert task.done()


@pytest.mark.redis
async def test_a_process_in_which_nothing_happened_for_a_while_still_hears(monkeypatch, caplog):
    """The client's own patience with Redis is as long as the layer waits for a message."""
    heard = asyncio.Queue()
    task = asyncio.create_task(layer.listen(heard.put_nowait))
    try:
        await asyncio.sleep(6)
        assert not caplog.records, caplog.text
        await in_thread(layer.send)([7])
        assert await asyncio.wait_for(heard.get(), 2) == [7]
    finally:
        task.cancel()
        await asyncio.wait([task], timeout=2)


@pytest.mark.redis
async def test_whoever_stops_listening_at_whatever_moment_has_stopped():
    """The last reader may leave while the first connection to Redis is still being made."""
    for moment in range(60):
        channel_layers.backends.clear()  # each one connects anew
        task = asyncio.create_task(layer.listen(lambda tickets: None))
        for _ in range(moment):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task], timeout=5)
        assert task.done(), moment
