"""The engine's log, in Python's `logging` below the logger `xmp`.

A native target `xmp_client::pipeline` is the logger `xmp.client.pipeline`. Fields are attributes of the
record, with `xmp_` before those that a record has already. What is below the level of every such logger is
not even made; a change of levels is noticed within a second.
"""

from __future__ import annotations

import atexit
import json
import logging
import os
import threading
import traceback
from typing import Any

from xmp import _native

ROOT = logging.getLogger("xmp")
TAKEN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
LEVEL_SECONDS = 1.0
# Above every level that an entry can have.
SILENCE = 2**31 - 1

_followed_by: int | None = None


def follow() -> None:
    """Starts to hand entries to `logging`, once in a process."""
    global _followed_by
    if _followed_by == os.getpid():
        return
    _native.set_log_level(_lowest())
    _followed_by = os.getpid()
    thread = threading.Thread(target=_follow, name="xmp-logs", daemon=True)
    thread.start()
    atexit.register(_end, thread, os.getpid())


def _end(thread: threading.Thread, process: int) -> None:
    if os.getpid() == process:
        _native.end_logs()
        thread.join(timeout=5)


def _follow() -> None:
    while (batch := _native.next_logs(LEVEL_SECONDS)) is not None:
        entries, lost = batch
        if lost:
            ROOT.warning(
                "%d log entries were lost: they came faster than they were handled",
                lost,
                extra={"lost": lost},
            )
        for entry in json.loads(entries):
            try:
                _handle(entry)
            except Exception:
                # A filter or a factory of records that fails loses its entry, and no other.
                if logging.raiseExceptions:
                    traceback.print_exc()
        _native.set_log_level(_lowest())


def _handle(entry: dict[str, Any]) -> None:
    name = entry["target"].replace("::", ".").replace("xmp_", "xmp.", 1)
    logger = logging.getLogger(name)
    if not logger.isEnabledFor(entry["level"]):
        return
    record = logger.makeRecord(name, entry["level"], "xmp", 0, entry["message"], (), None)
    for field, value in entry["fields"].items():
        # What a factory of records has set is its own.
        taken = field in TAKEN or field in record.__dict__
        record.__dict__[f"xmp_{field}" if taken else field] = value
    record.created = entry["at"]
    record.msecs = entry["at"] % 1 * 1000
    logger.handle(record)


def _lowest() -> int:
    """The lowest level that any logger of the tree lets through."""
    below = [it for name, it in list(logging.root.manager.loggerDict.items()) if name.startswith("xmp.")]
    loggers = [ROOT, *(it for it in below if isinstance(it, logging.Logger))]
    return min(max(0, min(it.getEffectiveLevel() for it in loggers)), SILENCE)
