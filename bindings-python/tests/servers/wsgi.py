"""An application that used xmp before its server forked, and opens an engine of its own in each process."""

import functools
import os
from collections.abc import Callable

import stage
import xmp
import xmp.sync

with xmp.sync.Xmp.open() as before:
    assert before.accounts.list() == ()


@functools.cache
def scene() -> "stage.Stage[xmp.sync.sim.Sim, xmp.sync.Xmp]":
    return stage.opened()


def app(environ: dict[str, object], start_response: Callable[..., object]) -> list[bytes]:
    try:
        own = scene()
        said = f"@{own.xmp.x.profile(own.ada.id).handle} from {os.getpid()}"
    except xmp.ConfigurationError as error:
        said = f"{error.code}: {error}"
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [said.encode()]
