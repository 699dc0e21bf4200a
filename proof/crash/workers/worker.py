"""A worker's process in Python: works until it is hit, or the judge is gone."""

from __future__ import annotations

import json
import sys
import time
from datetime import timedelta

from xmp import Backoff, BlueskyConfig, LookPolicy, RetryPolicy, StorageError, XConfig
from xmp.sync import Xmp

orders = json.loads(sys.argv[1])
times = {name: timedelta(milliseconds=value) for name, value in orders["windows"].items() if name != "looks"}


def opened() -> Xmp:
    """The engine, as soon as its store is there: see `open_patiently` of the judge's own workers."""
    while True:
        try:
            return opening()
        except StorageError:
            time.sleep(0.02)


def opening() -> Xmp:
    return Xmp.open(
        sqlite=orders["place"].get("sqlite"),
        postgres=orders["place"].get("postgres"),
        seal_key=orders["key"],
        x=XConfig(
            client_id="storm",
            client_secret="storm-client-secret",
            base_url=orders["server"],
            settle=times["settle"],
            commit_timeout=times["commit"],
        ),
        bluesky=BlueskyConfig(
            service=orders["server"], settle=times["bluesky_settle"], commit_timeout=times["commit"]
        ),
    )


engine = opened()
worker = engine.start_worker(
    lease_for=times["lease"],
    poll=times["poll"],
    retry=RetryPolicy(backoff=Backoff(base=times["backoff_base"], cap=times["backoff_cap"])),
    look=LookPolicy(looks=orders["windows"]["looks"], every=times["look_every"]),
)
# The judge holds the other end, and says nothing.
sys.stdin.read(1)
