"""Servers by other people, under `tests/peers/`.

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


@contextmanager
def running(name: str) -> Iterator[dict[str, Any]]:
    """What a server told of itself, as long as it runs; skips the test where it is not at hand."""
    assert name == "bluesky", f"there is no peer {name}"
    folder = os.environ.get("XMP_PEER_BLUESKY")
    if folder is None:
        pytest.skip("XMP_PEER_BLUESKY does not name the folder of Bluesky's server: see CONTRIBUTING.md")
    command = ["node", str(Path(folder) / "pds.mjs"), *BLUESKY]
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
