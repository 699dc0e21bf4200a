"""How a method becomes a call: what the asyncio classes and their twins share."""

from __future__ import annotations

import json
from contextvars import ContextVar
from dataclasses import dataclass, fields, replace
from datetime import timedelta
from typing import Any, TypeVar

from xmp import _check, _logs, _native, _wire
from xmp._errors import XmpError
from xmp.generated import wire
from xmp.generated.errors import ERRORS

correlation_id: ContextVar[str | None] = ContextVar("xmp.correlation_id", default=None)
"""Ties the calls of a context to an earlier one, such as a web request: 32 hexadecimal digits, or a UUID."""

Answer = tuple[bytes, "_native.Handle | None", bool]
C = TypeVar("C", bound="Caller")


@dataclass(frozen=True)
class Along:
    """What goes along with each call of an engine."""

    traceparent: str | None = None
    correlation_id: str | None = None
    actor: str | None = None
    timeout: timedelta | None = None

    def within(self, *, correlation_id: object, traceparent: object, actor: object, timeout: object) -> Along:
        """These, with what is given in place of what was."""
        given: dict[str, Any] = {}
        texts = {"correlation_id": correlation_id, "traceparent": traceparent, "actor": actor}
        for name, value in texts.items():
            if value is not None:
                check = _check.correlation if name == "correlation_id" else _check.text
                given[name] = check(value, f"Xmp.within({name})")
        if timeout is not None:
            given["timeout"] = _check.length(timeout, "Xmp.within(timeout)")
        return replace(self, **given)

    def write(self) -> bytes | None:
        """As the native part takes it."""
        context = correlation_id.get()
        if context is None and self is NOTHING:
            return None
        options = {field.name: getattr(self, field.name) for field in fields(self)}
        if self.timeout is not None:
            options["timeout"] = _wire.write_length(self.timeout)
        if self.correlation_id is None and context is not None:
            options["correlation_id"] = _check.correlation(context, "xmp.correlation_id")
        return json.dumps(options, ensure_ascii=False).encode()


class Caller:
    """What a class of the surface calls through: the thing that is open, and what goes along with calls."""

    __slots__ = ("along", "handle")

    def __init__(self, handle: _native.Handle | None = None, along: Along | None = None) -> None:
        self.handle = handle
        self.along = along or NOTHING

    def begin(self, operation: str, params: dict[str, Any]) -> _native.Call:
        """Begins a call; what needs no waiting has ended afterwards."""
        written, attachments = _wire.write(params)
        # What ends things is done whatever goes along: it stands at the end of every `with`.
        along = None if operation.endswith((".close", ".stop")) else self.along.write()
        return _native.Call(self.handle, operation, written, attachments, along)

    def now(self, operation: str, params: dict[str, Any]) -> Any:
        """Calls what never waits."""
        return told(self.begin(operation, params).wait())

    def open_now(self: C, operation: str, params: dict[str, Any]) -> C:
        """Opens something without waiting."""
        return self.opened(self.begin(operation, params).wait())

    def opened(self: C, answer: Answer) -> C:
        """A caller on what was opened."""
        told(answer)
        _logs.follow()
        return type(self)(answer[1], self.along)

    def __repr__(self) -> str:
        return repr(self.handle).removeprefix("Handle(").removesuffix(")")


NOTHING = Along()


def told(answer: Answer) -> Any:
    """What an answer says, or the error that it is."""
    written, _, failed = answer
    if failed:
        raise error_of(written)
    return json.loads(written)


def error_of(written: bytes) -> XmpError:
    """The exception for a failure."""
    failure = wire.read_failure(json.loads(written))
    return ERRORS.get(failure.kind, XmpError)(failure)
