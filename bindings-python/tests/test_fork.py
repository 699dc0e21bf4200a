"""A forked child is refused what its parent used, and goes on after `post_fork`."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import programs

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="nothing forks here")

FORKED = """
import os, sys, warnings
warnings.simplefilter("ignore", DeprecationWarning)  # of forking beside threads
import stage, xmp, xmp.sync, xmp.sync.sim

def in_child(work):
    child = os.fork()
    if child == 0:
        try:
            work()
        except BaseException:
            import traceback
            traceback.print_exc()
            os._exit(1)
        sys.stdout.flush()
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0

def refused(call):
    try:
        call()
    except xmp.ConfigurationError as error:
        assert error.code == "fork.used", error.code
        assert "xmp.post_fork()" in str(error)
    else:
        raise AssertionError("it was not refused")
"""


def test_a_file_that_the_parent_had_open_is_refused_and_one_that_it_closed_is_not(tmp_path: Path) -> None:
    ended = programs.run(
        FORKED
        + f"""
home = {str(tmp_path)!r}
parents = xmp.sync.Xmp.open(home=home)

def child():
    xmp.post_fork()
    try:
        xmp.sync.Xmp.open(home=home)
    except xmp.ConfigurationError as error:
        assert error.code == "store.forked", error.code
    else:
        raise AssertionError("it was not refused")
in_child(child)
assert parents.accounts.list() == ()
parents.close()

def later_child():
    xmp.post_fork()
    with xmp.sync.Xmp.open(home=home) as own:
        assert own.accounts.list() == ()
in_child(later_child)
print("done")
"""
    )
    assert ended.stdout.splitlines() == ["done"], ended.stderr


def test_what_the_parent_used_is_refused_and_new_engines_work_after_post_fork() -> None:
    ended = programs.run(
        FORKED
        + """
with stage.blocking() as scene:
    worker = scene.xmp.start_worker()

    def child():
        import gc
        for call in (scene.xmp.accounts.list, scene.sim.ledger, worker.stop, scene.xmp.close):
            refused(call)
        refused(xmp.sync.Xmp.open)
        xmp.post_fork()
        refused(scene.xmp.accounts.list)
        assert repr(scene.xmp) == "<xmp of another process>", repr(scene.xmp)
        with stage.blocking() as own:
            assert own.xmp.x.profile(own.ada.id).handle == "ada"
            with own.xmp.start_worker():
                own.xmp.posts.schedule(xmp.Draft.text("from the child").to(own.ada.id), "k")
                stage.eventually(lambda: len(own.sim.ledger()) == 1)
            # A child of the child.
            def grandchild():
                refused(own.xmp.accounts.list)
                xmp.post_fork()
                with xmp.sync.Xmp.open() as engine:
                    assert engine.accounts.list() == ()
            in_child(grandchild)
        # What was the parent's is dropped here, and lives on there.
        scene.xmp = scene.sim = None
        globals()["worker"] = None
        gc.collect()

    in_child(child)
    assert scene.xmp.x.profile(scene.ada.id).handle == "ada"
    worker.stop()
"""
    )
    assert (ended.returncode, ended.stderr) == (0, "")


def test_a_parent_that_did_not_use_it_leaves_its_children_free() -> None:
    ended = programs.run(
        FORKED
        + """
def child():
    with xmp.sync.Xmp.open() as engine:
        assert engine.accounts.list() == ()
in_child(child)
xmp.post_fork()
with xmp.sync.Xmp.open() as engine:
    xmp.post_fork()
    assert engine.accounts.list() == ()
"""
    )
    assert (ended.returncode, ended.stderr) == (0, "")


def test_forks_in_the_middle_of_everything_never_hang() -> None:
    ended = programs.run(
        FORKED
        + """
import threading
with stage.blocking() as scene:
    over = threading.Event()
    def busy():
        while not over.is_set():
            scene.xmp.accounts.list()
            scene.xmp.x.profile(scene.ada.id) if len(scene.sim.requests()) < 60 else None
    threads = [threading.Thread(target=busy) for _ in range(4)]
    for thread in threads:
        thread.start()
    def child():
        refused(scene.xmp.accounts.list)
        xmp.post_fork()
        with xmp.sync.Xmp.open() as engine:
            assert engine.accounts.list() == ()
    for _ in range(40):
        in_child(child)
    over.set()
    for thread in threads:
        thread.join()
"""
    )
    assert (ended.returncode, ended.stderr) == (0, "")


def test_asyncio_in_a_child() -> None:
    ended = programs.run(
        FORKED
        + """
import asyncio
async def handle():
    async with stage.aio() as scene:
        return (await scene.xmp.x.profile(scene.ada.id)).handle
assert asyncio.run(handle()) == "ada"
def child():
    try:
        asyncio.run(handle())
    except xmp.ConfigurationError as error:
        assert error.code == "fork.used"
    xmp.post_fork()
    assert asyncio.run(handle()) == "ada"
in_child(child)
"""
    )
    assert (ended.returncode, ended.stderr) == (0, "")


@contextmanager
def served(*command: str, **more: str) -> Iterator[subprocess.Popen[str]]:
    """A server while it runs; it has to end by itself when it is asked to."""
    server = subprocess.Popen(
        [sys.executable, "-m", *command],
        cwd=Path(__file__).parent / "servers",
        env=programs.environment(**more),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield server
    finally:
        server.send_signal(signal.SIGTERM)
        output = server.communicate(timeout=programs.LIMIT)[0]
        print(output)
    assert server.returncode == 0, output
    assert "Traceback" not in output, output


def answers(port: int, processes: int, seconds: float = 40) -> set[str]:
    """What a server answers until so many processes have answered."""
    deadline = time.monotonic() + seconds
    seen: set[str] = set()
    while len(seen) < processes:
        assert time.monotonic() < deadline, seen
        try:
            seen.add(programs.fetch(port))
        except OSError:
            time.sleep(0.05)
    return seen


def test_gunicorn_with_the_hook_post_fork() -> None:
    pytest.importorskip("gunicorn")
    port = programs.free_port()
    with served("gunicorn", "--config", "gunicorn.conf.py", "wsgi:app", PORT=str(port)):
        for answer in answers(port, processes=3):
            assert answer.startswith("@ada from "), answer


def test_gunicorn_without_the_hook_says_what_to_do() -> None:
    pytest.importorskip("gunicorn")
    port = programs.free_port()
    with served("gunicorn", "--config", "gunicorn.conf.py", "wsgi:app", PORT=str(port), HOOK="no"):
        for answer in answers(port, processes=1):
            assert answer.startswith("fork.used: "), answer
            assert "xmp.post_fork()" in answer


def test_uvicorn_with_two_workers() -> None:
    pytest.importorskip("uvicorn")
    port = programs.free_port()
    with served("uvicorn", "asgi:app", "--workers", "2", "--port", str(port)):
        for answer in answers(port, processes=2):
            assert answer.startswith("@ada from "), answer
