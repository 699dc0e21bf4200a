"""How long python-dateutil takes for the next occurrence of a rule, in microseconds: `dateutil_rules.py START RULE AFTER`.

It counts in local time, without a zone. After a second it is stopped: where nothing fits it goes on to the year 9999.
"""

import signal
import statistics
import sys
import time
from datetime import datetime
from types import FrameType

from dateutil.rrule import rrulestr


class TooLong(Exception):
    pass


def stop(_signal: int, _frame: FrameType | None) -> None:
    raise TooLong


start, rule, after = sys.argv[1:]
taken = []
signal.signal(signal.SIGALRM, stop)
signal.setitimer(signal.ITIMER_REAL, 1)
try:
    while len(taken) < 20:
        begun = time.perf_counter()
        found = rrulestr(rule, dtstart=datetime.fromisoformat(start))
        found.after(datetime.fromisoformat(after.removesuffix("Z")))
        taken.append(time.perf_counter() - begun)
    print(f"{statistics.median(taken) * 1e6:.1f}")
except ValueError as error:
    # It sees by itself that an interval never meets an hour.
    print("refused" if "empty" in str(error) else error)
except TooLong:
    print(f"{statistics.median(taken) * 1e6:.1f}" if taken else "> 1000000")
