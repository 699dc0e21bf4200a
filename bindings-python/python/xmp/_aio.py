"""Calls from asyncio.

A call is begun on the thread of the event loop, and polled once there: what is ready at once costs no hop.
What has to wait is handed to the native runtime; when it ends, its outcome is put into the inbox of its loop,
and the loop takes out all outcomes that are there with one wake-up. No other thread ever takes the GIL for
it.
"""

from __future__ import annotations

import asyncio
import threading
import warnings
import weakref
from collections.abc import Callable, Generator
from types import TracebackType
from typing import Any, Generic, Protocol, TypeVar

from xmp import _native
from xmp._caller import Answer, Caller, error_of, told


class AioCaller(Caller):
    """Calls that are awaited."""

    __slots__ = ()

    async def call(self, operation: str, params: dict[str, Any]) -> Any:
        """Calls what may wait."""
        return told(await answer(self.begin(operation, params)))


async def answer(call: _native.Call) -> Answer:
    """Waits for the answer of a call."""
    ready = call.answer()
    if ready is not None:
        return ready
    return await _inbox(asyncio.get_running_loop()).answer(call)


class _Inbox:
    """The calls of one event loop that are under way."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        # Weak: who waits holds the future, and a loop that is gone must not be held by its own calls.
        self._waiting: weakref.WeakValueDictionary[int, asyncio.Future[Answer]] = (
            weakref.WeakValueDictionary()
        )
        try:
            self._native = _native.Inbox(True)
            loop.add_reader(self._native.fileno(), self._drain)
        except (AttributeError, NotImplementedError):
            # A loop that can't watch a pipe, as on Windows: a thread waits for it.
            self._native = _native.Inbox(False)
            watch = threading.Thread(
                target=_watch, args=(self._native, weakref.ref(self), weakref.ref(loop)), daemon=True
            )
            watch.start()
            weakref.finalize(self, self._native.close)

    async def answer(self, call: _native.Call) -> Answer:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Answer] = loop.create_future()
        ticket = self._native.send(call)
        self._waiting[ticket] = future
        try:
            # Shielded: an outcome that arrives while the cancellation is on its way must find its place.
            return await asyncio.shield(future)
        except asyncio.CancelledError as cancelled:
            if not future.done():
                # Its last words say what is certain. Who cancels again does without them.
                call.cancel()
                await future
            written, _, failed = future.result()
            raise cancelled from (error_of(written) if failed else None)
        finally:
            self._waiting.pop(ticket, None)
            call.give_up()

    def _drain(self) -> None:
        self.deliver(self._native.drain())

    def deliver(self, ended: list[tuple[int, bytes, _native.Handle | None, bool]]) -> None:
        """Gives the outcomes to those who wait for them."""
        for ticket, written, handle, failed in ended:
            future = self._waiting.get(ticket)
            if future is not None and not future.done():
                future.set_result((written, handle, failed))


def _watch(
    inbox: _native.Inbox, waiting: weakref.ref[_Inbox], loop: weakref.ref[asyncio.AbstractEventLoop]
) -> None:
    """Waits for outcomes in place of a loop that can't, until that loop is gone."""
    while (ended := inbox.wait()) is not None:
        here, there = waiting(), loop()
        if here is None or there is None or there.is_closed():
            return
        there.call_soon_threadsafe(here.deliver, ended)
        del here, there


_inboxes: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, _Inbox] = weakref.WeakKeyDictionary()


def _inbox(loop: asyncio.AbstractEventLoop) -> _Inbox:
    inbox = _inboxes.get(loop)
    if inbox is None:
        inbox = _inboxes[loop] = _Inbox(loop)
    return inbox


class Closing(Protocol):
    """What is closed at the end of an `async with`."""

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None: ...


T = TypeVar("T", bound=Closing)


class Opening(Generic[T]):
    """Something that is about to be opened, once: by `await`, or for the length of an `async with`."""

    __slots__ = ("_begun", "_caller", "_make", "_operation", "_params", "_thing")

    def __init__(
        self, caller: AioCaller, operation: str, params: dict[str, Any], make: Callable[[AioCaller], T]
    ) -> None:
        self._caller = caller
        self._operation = operation
        self._params = params
        self._make = make
        self._thing: T | None = None
        self._begun = False

    def __del__(self) -> None:
        if not self._begun:
            warnings.warn(f"{self._operation} was never awaited", RuntimeWarning, stacklevel=2, source=self)

    async def _open(self) -> T:
        if self._begun:
            raise RuntimeError(f"{self._operation} was awaited already: call it again for another one")
        self._begun = True
        return self._make(
            self._caller.opened(await answer(self._caller.begin(self._operation, self._params)))
        )

    def __await__(self) -> Generator[Any, None, T]:
        return self._open().__await__()

    async def __aenter__(self) -> T:
        self._thing = await self._open()
        return self._thing

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        if self._thing is not None:
            await self._thing.__aexit__(kind, error, trace)
