"""The interpreter may end at any moment: with status 0, at once, and without a word."""

from __future__ import annotations

import time

import pytest

import programs

PROGRAMS = {
    "with a worker that runs, and logs that wait": """
        import logging, stage
        logging.basicConfig(filename="/dev/null", level=logging.DEBUG)
        scene = stage.opened()
        for number in range(100):
            draft = stage.xmp.Draft.text(f"post {number}").to(scene.ada.id)
            scene.xmp.posts.schedule(draft, str(number))
        worker = scene.xmp.start_worker()
        stage.eventually(lambda: len(scene.sim.ledger()) > 3)
        KEEP = scene, worker
    """,
    "with calls of asyncio in flight": """
        import asyncio, stage
        async def main():
            async with stage.aio() as scene:
                scene.sim.set_fault("hold", route="users.me", ms=60_000)
                tasks = [asyncio.ensure_future(scene.xmp.x.profile(scene.ada.id)) for _ in range(20)]
                await asyncio.sleep(0.1)
        asyncio.run(main())
    """,
    "with a thread that is blocked in a call": """
        import threading, stage
        scene = stage.opened()
        scene.sim.set_fault("hold", route="users.me", ms=60_000)
        begun = len(scene.sim.requests())
        threading.Thread(target=lambda: scene.xmp.x.profile(scene.ada.id), daemon=True).start()
        stage.eventually(lambda: len(scene.sim.requests()) > begun)
    """,
    "with everything left open": """
        import xmp, xmp.sync, xmp.sync.sim, stage, tempfile
        KEEP = [xmp.sync.sim.Sim.start(**stage.SIM) for _ in range(3)]
        KEEP += [xmp.sync.Xmp.open(home=tempfile.mkdtemp()) for _ in range(3)]
        KEEP += [engine.start_worker() for engine in KEEP[3:]]
    """,
    "with nothing but the import": "import xmp, xmp.sim, xmp.sync, xmp.sync.sim",
}


@pytest.mark.parametrize("how", PROGRAMS)
def test_the_interpreter_ends(how: str) -> None:
    began = time.monotonic()
    ended = programs.run(PROGRAMS[how])
    took = time.monotonic() - began
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")
    assert took < 20, f"it took {took:.1f} s"


def test_nothing_is_set_up_at_import() -> None:
    ended = programs.run("""
        import threading, logging, xmp, xmp.sync
        assert threading.active_count() == 1
        assert not logging.getLogger("xmp").handlers
    """)
    assert (ended.returncode, ended.stderr) == (0, "")
