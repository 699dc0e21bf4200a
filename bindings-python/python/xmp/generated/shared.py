# Written by `cargo xtask gen` from xmp-surface/surface.json.
"""Classes that never wait: with asyncio and without they are the same."""

from __future__ import annotations
from datetime import datetime, timedelta
from xmp import _check, _wire
from xmp._caller import Caller

__all__ = [
    "ManualClock",
    "SimClock",
]

class SimClock:
    """The clock of a simulator: `sim.clock`. It runs on from where it is set."""

    __slots__ = ("_caller",)
    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def now(self) -> datetime:
        """The simulated time."""
        answer = self._caller.now("Sim.clock.now", {})
        return _wire.read_time(answer)

    def advance(self, by: timedelta) -> None:
        """Moves the clock forward. Effects that fall due are applied at once.

        Args:
            by: How far.
        """
        params = {
            "by": _wire.write_length(_check.length(by, "Sim.clock.advance(by)")),
        }
        self._caller.now("Sim.clock.advance", params)

    def set(self, to: datetime) -> None:
        """Moves the clock, forward or backward. It runs on from there.

        Args:
            to: The time to show.
        """
        params = {
            "to": _wire.write_time(_check.moment(to, "Sim.clock.set(to)")),
        }
        self._caller.now("Sim.clock.set", params)

    def __repr__(self) -> str:
        return f"<xmp SimClock of {self._caller!r}>"

class ManualClock:
    """A clock that stands still until it is moved: for tests."""

    __slots__ = ("_caller",)
    def __init__(self, now: datetime) -> None:
        """A clock that stands still until it is moved: for tests.

        Args:
            now: The time that it shows.
        """
        params = {
            "now": _wire.write_time(_check.moment(now, "ManualClock.new(now)")),
        }
        self._caller = Caller().open_now("ManualClock.new", params)
    def now(self) -> datetime:
        """The time that it shows."""
        answer = self._caller.now("ManualClock.now", {})
        return _wire.read_time(answer)

    def advance(self, by: timedelta) -> None:
        """Moves the clock forward and wakes whoever slept until then.

        Args:
            by: How far.
        """
        params = {
            "by": _wire.write_length(_check.length(by, "ManualClock.advance(by)")),
        }
        self._caller.now("ManualClock.advance", params)

    def step_to(self, now: datetime) -> None:
        """Sets the time of day alone, as an administrator or a time server does. Deadlines don't move.

        Args:
            now: The time of day.
        """
        params = {
            "now": _wire.write_time(_check.moment(now, "ManualClock.step_to(now)")),
        }
        self._caller.now("ManualClock.step_to", params)

    def __repr__(self) -> str:
        return f"<xmp {self._caller!r}>"
