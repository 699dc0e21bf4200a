"""Calls from asyncio: many at once, cancelled, cut off, and with what goes along."""

from __future__ import annotations

import asyncio
import gc
import os
import random
import weakref
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

import stage
import xmp
import xmp.sim
from xmp._aio import AioCaller


def held_delete(sim: xmp.sim.Sim) -> None:
    """From now on a deletion happens, and its answer is held back."""
    sim.set_fault("hold", route="posts.delete", ms=60_000)


async def begun_delete(scene: stage.Stage[xmp.sim.Sim, xmp.Xmp]) -> tuple[asyncio.Task[None], str]:
    """A task that deletes a post: the deletion has happened, and its answer never comes."""
    scene.sim.publish_elsewhere("ada", "to be deleted")
    post = scene.sim.ledger()[0].remote_id
    held_delete(scene.sim)
    task = asyncio.ensure_future(scene.xmp.x.delete(scene.ada.id, post))
    deadline = asyncio.get_running_loop().time() + 20
    while not scene.sim.ledger()[0].deleted:
        assert asyncio.get_running_loop().time() < deadline
        await asyncio.sleep(0.01)
    return task, post


def open_files() -> int:
    """The open files of this process."""
    return len(os.listdir("/proc/self/fd" if os.path.exists("/proc/self/fd") else "/dev/fd"))


def chain(error: BaseException) -> list[BaseException]:
    """An error with its causes and contexts."""
    found: list[BaseException] = []
    rest: list[BaseException | None] = [error]
    while rest:
        one = rest.pop(0)
        if one is not None and one not in found:
            found.append(one)
            rest += [one.__cause__, one.__context__]
    return found


async def test_a_cancelled_call_says_what_is_certain() -> None:
    async with stage.aio() as scene:
        task, _ = await begun_delete(scene)
        task.cancel()
        with pytest.raises(asyncio.CancelledError) as caught:
            await task
        last_words = [error for error in chain(caught.value) if isinstance(error, xmp.CancelledError)]
        assert [error.certainty for error in last_words] == ["maybe_sent"]
        assert last_words[0].platform == "x"


async def test_a_time_limit_of_asyncio_keeps_the_certainty_in_the_chain() -> None:
    async with stage.aio() as scene:
        task, _ = await begun_delete(scene)
        with pytest.raises(asyncio.TimeoutError) as caught:
            await asyncio.wait_for(task, 0.05)
        certainties = [error.certainty for error in chain(caught.value) if isinstance(error, xmp.XmpError)]
        assert certainties == ["maybe_sent"]


async def test_a_time_limit_of_the_engine_is_an_error_with_certainty() -> None:
    async with stage.aio() as scene:
        scene.sim.publish_elsewhere("ada", "to be deleted")
        held_delete(scene.sim)
        hurried = scene.xmp.within(timeout=timedelta(milliseconds=300))
        with pytest.raises(xmp.TimeoutError) as caught:
            await hurried.x.delete(scene.ada.id, scene.sim.ledger()[0].remote_id)
        assert caught.value.certainty == "maybe_sent"
        assert caught.value.kind == "timeout"


async def test_a_second_cancellation_gives_up_at_once() -> None:
    async with stage.aio() as scene:
        task, _ = await begun_delete(scene)
        task.cancel()
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_a_cancelled_opening_leaves_nothing_behind() -> None:
    opening = asyncio.ensure_future(xmp.sim.Sim.start(accounts=["ada"])._open())
    await asyncio.sleep(0)
    opening.cancel()
    await asyncio.gather(opening, return_exceptions=True)
    async with xmp.sim.Sim.start(accounts=["ada"]) as sim:
        assert sim.account_id("ada")


async def test_a_thousand_calls_cancelled_at_random_points() -> None:
    async with stage.aio() as scene:
        dice = random.Random(7)

        async def one() -> str:
            call = scene.xmp.x.profile(scene.ada.id) if dice.random() < 0.5 else scene.xmp.accounts.list()
            task: asyncio.Future[Any] = asyncio.ensure_future(call)
            if dice.random() < 0.7:
                asyncio.get_running_loop().call_later(dice.random() * 0.5, task.cancel)
            try:
                await task
            except asyncio.CancelledError:
                return "cancelled"
            except xmp.XmpError as error:
                return error.kind
            return "answered"

        ended = await asyncio.gather(*(one() for _ in range(1000)))
        assert set(ended) <= {"answered", "cancelled", "rate_limit"}, set(ended)
        assert "answered" in ended
        assert "cancelled" in ended
        # The engine is as good as before.
        assert (await scene.xmp.accounts.get(scene.ada.id)).handle == "ada"


def test_a_loop_that_closes_in_the_middle_of_a_call(capfd: pytest.CaptureFixture[str]) -> None:
    async def leave_in_the_middle() -> None:
        left_open = stage.aio()
        scene = await left_open.__aenter__()
        task, _ = await begun_delete(scene)
        # `run` cancels it twice over, and closes the loop.
        asyncio.get_running_loop().call_soon(task.cancel)

    asyncio.run(leave_in_the_middle())

    with stage.blocking() as scene:
        scene.sim.set_fault("hold", route="users.me", ms=60_000)
        engine = xmp.Xmp(AioCaller(scene.xmp._caller.handle))
        calls = [engine.x.profile(scene.ada.id)]

        async def begin() -> object:
            return calls[0].send(None)

        held = len(scene.sim.requests()) + 1
        loop = asyncio.new_event_loop()
        waits_for = loop.run_until_complete(begin())
        assert isinstance(waits_for, asyncio.Future)
        stage.eventually(lambda: len(scene.sim.requests()) == held)
        files = open_files()
        loop.close()
        calls.pop().close()
        del waits_for
        gc.collect()
        # What the loop had is closed, and the request's socket, though its answer is held back for a minute.
        stage.eventually(lambda: open_files() <= files - 3 - 1)
    assert capfd.readouterr() == ("", "")


async def test_loops_one_after_another_use_the_same_engine() -> None:
    async with stage.aio() as scene:
        ids = [
            await asyncio.to_thread(lambda: asyncio.run(handle_of(scene.xmp, scene.ada.id))) for _ in range(3)
        ]
        assert ids == ["ada"] * 3


async def handle_of(engine: xmp.Xmp, account: str) -> str:
    return (await engine.x.profile(account)).handle


async def test_the_context_variable_goes_along() -> None:
    async with stage.aio() as scene:

        async def one(correlation_id: str) -> tuple[str, str]:
            xmp.correlation_id.set(correlation_id)
            draft = (
                xmp.Draft.text(correlation_id).to(scene.ada.id).at(xmp.When.local("2040-01-01T00:00", "UTC"))
            )
            view = await scene.xmp.posts.schedule(draft, correlation_id)
            with pytest.raises(xmp.NotFoundError) as caught:
                await scene.xmp.posts.get("post_" + "0" * 32)
            return view.post.correlation_id, caught.value.correlation_id or ""

        ids = [f"{number:032x}" for number in range(1, 20)]
        assert await asyncio.gather(*(one(one_id) for one_id in ids)) == [(one_id, one_id) for one_id in ids]
        assert xmp.correlation_id.get() is None


async def test_what_is_said_within_goes_before_the_context_variable() -> None:
    async with stage.aio() as scene:
        xmp.correlation_id.set("1" * 32)
        known = scene.xmp.within(correlation_id="2" * 32, actor="ada's app")
        draft = xmp.Draft.text("hello").to(scene.ada.id)
        view = await known.within(timeout=timedelta(seconds=9)).posts.schedule(draft, "k")
        assert (view.post.correlation_id, view.post.actor) == ("2" * 32, "ada's app")
        trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        followed = scene.xmp.within(traceparent=trace, correlation_id="2" * 32)
        assert (await followed.accounts.list())[0].handle == "ada"
        with pytest.raises(ValueError, match="32 hexadecimal digits"):
            scene.xmp.within(correlation_id="mine")
        with pytest.raises(TypeError, match=r"Xmp\.within\(actor\) takes a str; int 7 was given"):
            scene.xmp.within(actor=7)  # type: ignore[arg-type]


def test_a_loop_that_cannot_watch_a_pipe() -> None:
    class Proactor(asyncio.SelectorEventLoop):
        """As on Windows."""

        def add_reader(self, *_: Any) -> None:  # type: ignore[override]
            raise NotImplementedError

    async def main() -> None:
        async with stage.aio() as scene:
            names = await asyncio.gather(*(handle_of(scene.xmp, scene.ada.id) for _ in range(20)))
            assert set(names) == {"ada"}
            task, _ = await begun_delete(scene)
            task.cancel()
            with pytest.raises(asyncio.CancelledError) as caught:
                await task
            assert any(isinstance(error, xmp.CancelledError) for error in chain(caught.value))

    loop = Proactor()
    # Its own wake-ups come through `_add_reader`, which it keeps.
    loop.run_until_complete(main())
    loop.close()


def test_uvloop() -> None:
    uvloop = pytest.importorskip("uvloop")

    async def main() -> str:
        async with stage.aio() as scene:
            return await handle_of(scene.xmp, scene.ada.id)

    assert uvloop.run(main()) == "ada"


def test_a_cancellation_that_crosses_the_outcome_on_its_way_ends(tmp_path: Path) -> None:
    async def program() -> None:
        async with xmp.Xmp.open(home=tmp_path) as engine:
            for turns in range(200):
                tasks = [asyncio.ensure_future(engine.posts.list()) for _ in range(12)]
                for _ in range(turns % 7):
                    await asyncio.sleep(0)
                for task in tasks:
                    task.cancel()
                _, pending = await asyncio.wait(tasks, timeout=20)
                assert not pending

    asyncio.run(program())


def test_what_is_opened_and_not_awaited_warns() -> None:
    with pytest.warns(RuntimeWarning, match=r"Xmp\.open was never awaited"):
        xmp.Xmp.open()


def test_what_is_opened_is_opened_once() -> None:
    async def program() -> None:
        opening = xmp.Xmp.open()
        async with opening:
            with pytest.raises(RuntimeError, match="awaited already"):
                await opening

    asyncio.run(program())


def test_a_loop_that_is_closed_in_mid_call_is_not_held() -> None:
    async def program() -> None:
        async with stage.aio() as scene:
            task, _ = await begun_delete(scene)
            task.cancel()
            await asyncio.wait([task])

    loops: weakref.WeakSet[asyncio.AbstractEventLoop] = weakref.WeakSet()
    for _ in range(3):
        loop = asyncio.new_event_loop()
        loops.add(loop)
        loop.run_until_complete(program())
        loop.close()
        del loop
    gc.collect()
    assert len(loops) == 0


def test_a_bad_correlation_id_does_not_keep_an_engine_open() -> None:
    async def program() -> None:
        token = None
        async with xmp.Xmp.open() as engine:
            token = xmp.correlation_id.set("no id")
            with pytest.raises(ValueError, match=r"xmp\.correlation_id takes 32 hexadecimal digits"):
                await engine.accounts.list()
        xmp.correlation_id.reset(token)
        with pytest.raises(xmp.ConfigurationError, match="closed"):
            await engine.accounts.list()
        with pytest.raises(ValueError, match="correlation_id"):
            engine.within(correlation_id="zz")

    asyncio.run(program())
