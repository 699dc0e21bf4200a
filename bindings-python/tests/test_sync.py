"""Calls that block."""

from __future__ import annotations

import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

import stage
import xmp
import xmp.sync


def test_other_threads_run_while_a_call_waits() -> None:
    with stage.blocking() as scene:
        scene.sim.set_fault("latency", route="users.me", ms=300, times=8)
        with ThreadPoolExecutor(8) as pool:
            began = time.monotonic()
            names = list(pool.map(lambda _: scene.xmp.x.profile(scene.ada.id).handle, range(8)))
        assert names == ["ada"] * 8
        assert time.monotonic() - began < 8 * 0.3, "they waited one after another"


def test_ctrl_c_ends_a_call_and_keeps_its_certainty() -> None:
    with stage.blocking() as scene:
        scene.sim.publish_elsewhere("ada", "to be deleted")
        post = scene.sim.ledger()[0].remote_id
        scene.sim.set_fault("hold", route="posts.delete", ms=60_000)

        def press() -> None:
            stage.eventually(lambda: scene.sim.ledger()[0].deleted)
            os.kill(os.getpid(), signal.SIGINT)

        # A shell that starts this in the background has it ignore the signal.
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
        threading.Thread(target=press).start()
        began = time.monotonic()
        try:
            with pytest.raises(KeyboardInterrupt) as caught:
                scene.xmp.x.delete(scene.ada.id, post)
        finally:
            signal.signal(signal.SIGINT, before)
        assert time.monotonic() - began < 20
        last_words = caught.value.__cause__
        assert isinstance(last_words, xmp.CancelledError)
        assert last_words.certainty == "maybe_sent"
        # The engine is as good as before.
        assert scene.xmp.x.profile(scene.ada.id).handle == "ada"


def test_posts_are_published_and_gone_through() -> None:
    with stage.blocking() as scene:
        for number in range(5):
            scene.xmp.posts.schedule(xmp.Draft.text(f"post {number}").to(scene.ada.id), f"key {number}")
        with scene.xmp.start_worker():
            stage.eventually(lambda: len(scene.sim.ledger()) == 5)
        assert [view.post.key for view in scene.xmp.posts.stream(limit=2)] == [f"key {n}" for n in range(5)]
        # What is gone through once is enough for every page.
        states: list[xmp.DeliveryState] = ["published"]
        published = scene.xmp.posts.stream(states=iter(states), limit=1)
        assert len(list(published)) == 5
        assert len(list(scene.xmp.x.stream_timeline(scene.ada.id, limit=5))) == 5
        kinds = [event.kind for event in scene.xmp.stream_events(limit=3)]
        assert kinds.count("post.published") == 5


def test_what_is_closed_says_so() -> None:
    with stage.blocking() as scene:
        engine = xmp.sync.Xmp.open()
        engine.close()
        engine.close()
        with pytest.raises(xmp.ConfigurationError, match="this Xmp is closed") as caught:
            engine.accounts.list()
        assert caught.value.code == "handle.closed"
        assert repr(engine) == "<xmp Xmp, closed>"
        worker = scene.xmp.start_worker()
        worker.stop()
        worker.stop()


def test_tenants_are_apart() -> None:
    with stage.blocking() as scene:
        other = scene.xmp.tenant("other")
        assert other.accounts.list() == ()
        assert scene.xmp.accounts.list() == (scene.ada,)


def test_a_clock_of_tests() -> None:
    from datetime import datetime, timedelta, timezone

    noon = datetime(2030, 1, 1, 12, tzinfo=timezone.utc)
    clock = xmp.ManualClock(noon)
    clock.advance(timedelta(hours=1, microseconds=5))
    assert clock.now() == noon + timedelta(hours=1, microseconds=5)
    with xmp.sync.Xmp.open(clock=clock) as engine:
        assert engine.accounts.list() == ()
    clock.step_to(noon)
    assert clock.now() == noon
