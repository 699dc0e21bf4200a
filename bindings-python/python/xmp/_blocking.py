"""Calls that block the thread, and nothing but the thread: the GIL is free while they wait."""

from __future__ import annotations

from typing import Any

from xmp import _native
from xmp._caller import Answer, Caller, error_of, told


class BlockingCaller(Caller):
    """Calls that block."""

    __slots__ = ()

    def call(self, operation: str, params: dict[str, Any]) -> Any:
        """Calls what may wait."""
        return told(_wait(self.begin(operation, params)))

    def open(self, operation: str, params: dict[str, Any]) -> BlockingCaller:
        """Opens something."""
        return self.opened(_wait(self.begin(operation, params)))


def _wait(call: _native.Call) -> Answer:
    try:
        return call.wait()
    except BaseException as interrupt:
        # Ctrl-C, or what a signal handler raised. Who interrupts again does without the call's last words.
        call.cancel()
        written, _, failed = call.wait()
        raise interrupt from (error_of(written) if failed else None)
