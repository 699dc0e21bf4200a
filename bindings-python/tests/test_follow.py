"""Following the event log: each event at least once, from where the consumer stood."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import timedelta

import pytest

import xmp
import xmp.sync

pytestmark = pytest.mark.filterwarnings("error")


async def test_a_consumer_goes_on_where_it_stood() -> None:
    async with xmp.Xmp.open() as engine:
        for number in range(3):
            await engine.stop_sending("all", f"reason {number}")
            await engine.resume_sending("all")
        seen = []
        async for event in engine.consumers.stream("audit", limit=2):
            seen.append(event.sequence)
            if len(seen) == 4:
                break
        again = await engine.consumers.read("audit")
        assert [event.sequence for event in again] == [seen[3], seen[3] + 1, seen[3] + 2], (
            "the fourth was not acknowledged"
        )


async def test_it_waits_for_what_comes() -> None:
    async with xmp.Xmp.open() as engine:
        events = engine.consumers.stream("late")
        first = asyncio.ensure_future(anext(events))
        await asyncio.sleep(0)
        await engine.stop_sending("all", "now")
        event = await asyncio.wait_for(first, 20)
        assert event.kind == "sending.stopped"
        await events.aclose()


def test_the_sync_twin_follows_too() -> None:
    with xmp.sync.Xmp.open() as engine:
        engine.stop_sending("all", "now")
        events = engine.consumers.stream("twin", kinds=["sending.stopped"])
        assert next(events).kind == "sending.stopped"
        engine.resume_sending("all")
        engine.stop_sending("all", "again")
        data = next(events).data
        assert isinstance(data, Mapping)
        assert data["why"] == "again"
        assert [it.name for it in engine.consumers.list()] == ["twin"]
        assert engine.consumers.read("twin", wait=timedelta(0)) != ()
