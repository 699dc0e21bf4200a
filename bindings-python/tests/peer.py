"""Servers by other people, such as those under `tests/peers/`.

Each tells one line of JSON when it is ready, and ends when its standard input closes.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

BLUESKY = ["--account", "alice.test:hunter22", "--account", "bob.test:hunter22"]


def bluesky() -> list[str]:
    """How Bluesky's own server is started."""
    folder = place("XMP_PEER_BLUESKY", "the folder of Bluesky's server")
    return ["node", str(Path(folder) / "pds.mjs"), *BLUESKY]


def postgres() -> list[str]:
    """How PostgreSQL is started, with a fresh database."""
    return [place("XMP_PEER_POSTGRES", "a built xmp-peer-postgres")]


COMMANDS = {"bluesky": bluesky, "postgres": postgres}


def place(variable: str, what: str) -> str:
    """What an environment variable names; skips the test where it names nothing."""
    found = os.environ.get(variable)
    if found is None:
        pytest.skip(f"{variable} does not name {what}: see CONTRIBUTING.md")
    return found


@contextmanager
def running(name: str) -> Iterator[dict[str, Any]]:
    """What a server told of itself, as long as it runs; skips the test where it is not at hand."""
    command = COMMANDS[name]()
    # It has a folder of its own to remove, so it is asked to end, by its standard input, and not killed.
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        told = server.stdout.readline()
        assert told, f"{command} ended before it was ready"
        try:
            yield json.loads(told)
        finally:
            server.stdin.close()
