"""The occurrences of rules by python-dateutil: one question a line on standard input, one answer a line on standard output.

A question is JSON: `{"start": "2026-01-31T09:00:00", "zone": "Europe/Berlin", "rule": "FREQ=…", "until": "…", "most": 30}`.
An answer is a list of moments in UTC, in order, each once; or `null`, where it searches for too long: it goes on to the
year 9999 where nothing fits.
"""

import itertools
import json
import signal
import sys
from datetime import datetime, timezone
from types import FrameType
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr

PATIENCE = 0.3


class TooLong(Exception):
    pass


def stop(_signal: int, _frame: FrameType | None) -> None:
    raise TooLong


def answer(start: str, zone: str, rule: str, until: str, most: int) -> list[str]:
    try:
        found = rrulestr(rule, dtstart=datetime.fromisoformat(start)).replace(until=datetime.fromisoformat(until))
    except ValueError as error:
        # It sees by itself that an interval never meets an hour.
        if "empty set" in str(error):
            return []
        raise
    # A few more than asked for: a clock that is changed may put them in another order.
    civil = itertools.islice(found, most + 20)
    moments = {time.replace(tzinfo=ZoneInfo(zone)).astimezone(timezone.utc) for time in civil}
    return [moment.strftime("%Y-%m-%dT%H:%M:%SZ") for moment in sorted(moments)[:most]]


signal.signal(signal.SIGALRM, stop)
for line in sys.stdin:
    signal.setitimer(signal.ITIMER_REAL, PATIENCE)
    try:
        told: list[str] | None = answer(**json.loads(line))
    except TooLong:
        told = None
    signal.setitimer(signal.ITIMER_REAL, 0)
    print(json.dumps(told), flush=True)
