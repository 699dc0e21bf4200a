"""Running small programs of their own, which use the package as it is here."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import textwrap
import urllib.request
from pathlib import Path

HERE = Path(__file__).parent
LIMIT = 60


def environment(**more: str) -> dict[str, str]:
    """The environment of this program, in which `stage` and the package are found."""
    path = os.pathsep.join([str(HERE), *(entry for entry in sys.path if entry)])
    return {**os.environ, "PYTHONPATH": path, "PYTHONUNBUFFERED": "1", **more}


def run(program: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Runs a program to its end."""
    command = [sys.executable, "-W", "error", "-c", textwrap.dedent(program)]
    return subprocess.run(
        command, env=environment(**more), capture_output=True, text=True, timeout=LIMIT, check=False
    )


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def fetch(port: int) -> str:
    """What a server on a port says."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=20) as answer:
        text: str = answer.read().decode()
        return text
