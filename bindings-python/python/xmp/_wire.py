"""Values of Python to the wire and back: what has no name of its own. Records are in `xmp.generated.wire`."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any, TypeVar, cast

from xmp._frozen import FrozenMap

T = TypeVar("T")


def write(params: dict[str, Any]) -> tuple[bytes, list[bytes]]:
    """Parameters as JSON, and the bytes that they refer to by their place."""
    attachments: list[bytes] = []

    def other(value: object) -> Any:
        if isinstance(value, bytes):
            attachments.append(value)
            return len(attachments) - 1
        if isinstance(value, FrozenMap):
            return dict(cast("FrozenMap[object]", value))
        raise TypeError(f"{type(value).__name__} is not of the wire")

    return json.dumps(params, default=other, ensure_ascii=False).encode(), attachments


def write_time(value: datetime) -> str:
    """RFC 3339."""
    return value.isoformat()


def write_length(value: timedelta) -> dict[str, int]:
    """Seconds and nanoseconds."""
    return {"secs": value.days * 86400 + value.seconds, "nanos": value.microseconds * 1000}


def read_time(text: str) -> datetime:
    """A moment in UTC. Nanoseconds, which Python has not, are cut off."""
    micros = int(text[20:-1][:6].ljust(6, "0")) if len(text) > 20 else 0
    return datetime(
        int(text[0:4]),
        int(text[5:7]),
        int(text[8:10]),
        int(text[11:13]),
        int(text[14:16]),
        int(text[17:19]),
        micros,
        timezone.utc,
    )


def read_length(wire: dict[str, int]) -> timedelta:
    """A length of time; one that Python has no room for is the longest that it has."""
    try:
        return timedelta(seconds=wire["secs"], microseconds=wire["nanos"] // 1000)
    except OverflowError:
        return timedelta.max


def maybe(wire: Any, read: Callable[[Any], T]) -> T | None:
    """What may be missing."""
    return None if wire is None else read(wire)
