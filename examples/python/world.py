"""The platform that the examples post to: the simulator, or X itself."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from xmp import Backoff, LookPolicy, RetryPolicy, XConfig
from xmp.sim import SimClient

# The simulator's app, and where it sends owners back to. Nobody listens there: the example reads the address.
APP = SimClient(id="quickstart", secret="quickstart-secret", redirect_uris=["http://127.0.0.1/callback"])
NAMES = ("XMP_X_CLIENT_ID", "XMP_X_REDIRECT_URI", "XMP_X_CLIENT_SECRET")


@dataclass
class World:
    """Where posts go, and where the engine keeps its state: accounts of the simulator and of X do not mix."""

    config: XConfig
    redirect_uri: str
    home: Path
    simulated: bool


def home() -> Path:
    """Where everything is kept."""
    return Path(os.environ.get("XMP_HOME", "xmp-home"))


def credentials() -> World | None:
    """X itself if the environment has credentials for it; else it is the simulator."""
    client_id, redirect_uri, secret = (os.environ.get(name) or None for name in NAMES)
    if client_id is None and redirect_uri is None and secret is None:
        return None
    if client_id is None or redirect_uri is None:
        missing = [
            name for name, value in zip(NAMES, (client_id, redirect_uri), strict=False) if value is None
        ]
        raise SystemExit(
            f"quickstart: the credentials for X are incomplete: {' and '.join(missing)} is not set. "
            f"Set it, or unset all of {', '.join(NAMES)} to post to the simulator"
        )
    base_url = os.environ.get("XMP_X_BASE_URL") or "https://api.x.com"
    config = XConfig(client_id=client_id, client_secret=secret, base_url=base_url)
    print(f"posting to {base_url}, as the app {client_id}")
    return World(config, redirect_uri, home() / "x", simulated=False)


def simulated(url: str) -> World:
    """The simulator at an address. Waits are short, so that a killed run is made good within seconds."""
    print(f"no credentials for X: posting to a simulator at {url}")
    config = XConfig(
        client_id=APP.id,
        client_secret=APP.secret,
        base_url=url,
        settle=timedelta(seconds=2),
        commit_timeout=timedelta(seconds=3),
    )
    return World(config, APP.redirect_uris[0], home(), simulated=True)


LEASE = timedelta(seconds=6)
POLL = timedelta(milliseconds=200)
RETRY = RetryPolicy(
    max_attempts=8, backoff=Backoff(base=timedelta(milliseconds=200), cap=timedelta(seconds=5))
)
LOOK = LookPolicy(looks=2, every=timedelta(seconds=1))


def wait_for_browser(redirect_uri: str) -> str:
    """Listens on the redirect URI's port until the browser comes back, and gives the address it came to."""
    wrong = "XMP_X_REDIRECT_URI has to be http://127.0.0.1:PORT/PATH, as registered with the app"
    host, slash, path = redirect_uri.removeprefix("http://").partition("/")
    name, colon, port = host.partition(":")
    if not (slash and colon and port.isdigit()):
        raise SystemExit(f"quickstart: {wrong}")
    with socket.create_server((name, int(port))) as listener:
        while True:
            browser, _ = listener.accept()
            with browser:
                target = browser.recv(8192).decode(errors="replace").split(" ")[1]
                ours = target.lstrip("/").startswith(path)
                answer = "Connected. You may close this page." if ours else "Not here."
                head = f"HTTP/1.1 200 OK\r\ncontent-length: {len(answer)}\r\nconnection: close\r\n\r\n"
                browser.sendall((head + answer).encode())
            if ours:
                return f"http://{host}{target}"
