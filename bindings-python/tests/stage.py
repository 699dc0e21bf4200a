"""What most tests begin with: a simulator of X, and an engine with a connected account."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

import xmp
import xmp.sim
import xmp.sync
import xmp.sync.sim
from xmp import Account

REDIRECT = "http://127.0.0.1/callback"
SIM: dict[str, Any] = {
    "clients": [xmp.sim.SimClient(id="app", secret="app-secret", redirect_uris=[REDIRECT])],
    "accounts": ["ada", "bob"],
}
S = TypeVar("S")
X = TypeVar("X")


@dataclass
class Stage(Generic[S, X]):
    """A simulator, an engine, and an account that is connected."""

    sim: S
    xmp: X
    ada: Account


def config(url: str) -> xmp.XConfig:
    return xmp.XConfig(client_id="app", client_secret="app-secret", base_url=url)


@asynccontextmanager
async def aio(home: Path | None = None) -> AsyncIterator[Stage[xmp.sim.Sim, xmp.Xmp]]:
    async with (
        xmp.sim.Sim.start(**SIM) as sim,
        xmp.Xmp.open(home=home, x=config(sim.url())) as engine,
    ):
        pending = await engine.accounts.connect("x", REDIRECT)
        callback = await sim.consent_url_approve(pending.url, "ada")
        yield Stage(sim, engine, await engine.accounts.complete(callback))


def opened(home: Path | None = None) -> Stage[xmp.sync.sim.Sim, xmp.sync.Xmp]:
    """All of it, which nobody closes."""
    sim = xmp.sync.sim.Sim.start(**SIM)
    engine = xmp.sync.Xmp.open(home=home, x=config(sim.url()))
    pending = engine.accounts.connect("x", REDIRECT)
    callback = sim.consent_url_approve(pending.url, "ada")
    return Stage(sim, engine, engine.accounts.complete(callback))


@contextmanager
def blocking(home: Path | None = None) -> Iterator[Stage[xmp.sync.sim.Sim, xmp.sync.Xmp]]:
    scene = opened(home)
    with scene.sim, scene.xmp:
        yield scene


def eventually(what: Callable[[], bool], seconds: float = 20) -> None:
    """Waits until it is so; fails if it is not in time."""
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)
