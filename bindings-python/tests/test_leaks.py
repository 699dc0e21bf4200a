"""A thousand engines, opened and closed: threads, files and memory come back."""

from __future__ import annotations

import gc
import os
import threading
from pathlib import Path

import pytest

import stage
import xmp
import xmp.sim
import xmp.sync
import xmp.sync.sim

pytestmark = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="there is no /proc to read")


def usage() -> dict[str, int]:
    """Threads and open files of this process, and its memory in KiB."""
    gc.collect()
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return {
        "threads": int(status["Threads"]),
        "files": len(os.listdir("/proc/self/fd")),
        "memory": int(status["VmRSS"].split()[0]),
    }


def judged(before: dict[str, int], what: str, kib: int) -> None:
    """That little was left behind. What ends in the background has a moment to do so."""
    stage.eventually(lambda: usage()["threads"] <= before["threads"] + 4)
    stage.eventually(lambda: usage()["files"] <= before["files"] + 8)
    after = usage()
    grown = {name: after[name] - before[name] for name in before}
    print(f"{what}: {before} and then {grown}")
    assert grown["memory"] < kib, grown


def test_a_thousand_engines_in_memory() -> None:
    for _ in range(100):
        xmp.sync.Xmp.open().close()
    before = usage()
    for _ in range(1000):
        with xmp.sync.Xmp.open() as engine:
            assert engine.accounts.list() == ()
    judged(before, "1,000 engines in memory", 20_000)


def test_a_hundred_engines_for_x() -> None:
    config = stage.config("http://127.0.0.1:1")
    xmp.sync.Xmp.open(x=config).close()
    before = usage()
    for _ in range(100):
        with xmp.sync.Xmp.open(x=config) as engine:
            assert engine.platforms()[0].id == "x"
    judged(before, "100 engines for X", 20_000)


def test_a_thousand_engines_that_nobody_closed() -> None:
    before = usage()
    for _ in range(1000):
        assert xmp.sync.Xmp.open().accounts.list() == ()
    judged(before, "1,000 engines that nobody closed", 20_000)


async def test_a_thousand_engines_of_asyncio() -> None:
    before = usage()
    for _ in range(1000):
        async with xmp.Xmp.open() as engine:
            assert await engine.accounts.list() == ()
    judged(before, "1,000 engines of asyncio", 20_000)


def test_fifty_engines_with_a_file_and_a_worker(tmp_path: Path) -> None:
    def one(number: int) -> None:
        with xmp.sync.Xmp.open(home=tmp_path / str(number)) as engine, engine.start_worker():
            assert engine.accounts.list() == ()

    one(0)
    before = usage()
    for number in range(1, 51):
        one(number)
    judged(before, "50 engines with a file and a worker", 20_000)


def test_fifty_simulators() -> None:
    before = usage()
    for _ in range(50):
        with stage.blocking() as scene:
            scene.xmp.x.profile(scene.ada.id)
    judged(before, "50 simulators with an engine", 30_000)


def test_many_calls_leave_nothing() -> None:
    assert threading.active_count() < 10
    with xmp.sync.Xmp.open() as engine:
        for _ in range(2000):
            engine.accounts.list()
        before = usage()
        for _ in range(20_000):
            engine.accounts.list()
        judged(before, "20,000 calls", 10_000)
