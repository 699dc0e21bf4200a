"""X's own playground: connect, post, read back, own profile, delete.

Shapes and flows by X's own people; what the playground can't do is told in `tests/playground.rs`.
"""

from __future__ import annotations

import asyncio
import http.client
import os
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

import programs
import stage
from xmp import Draft, NotFoundError, PostId, RemoteId, Xmp

PLAYGROUND = os.environ.get("XMP_PLAYGROUND")
SHARED = os.environ.get("XMP_SHARED")


class AsUser(BaseHTTPRequestHandler):
    """Stands before the playground, which takes a user's bearer token for the app's unless a header says
    otherwise, and can't expand what X's specification lets a client ask for."""

    protocol_version = "HTTP/1.1"
    playground: int

    def forward(self) -> None:
        address = urlsplit(self.path)
        asked = urlencode([pair for pair in parse_qsl(address.query) if pair[0] != "expansions"])
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        headers = {name: value for name, value in self.headers.items() if name.lower() != "host"}
        upstream = http.client.HTTPConnection("127.0.0.1", self.playground, timeout=20)
        headers["x-auth-method"] = "oauth2"
        upstream.request(self.command, f"{address.path}?{asked}", body, headers)
        answer = upstream.getresponse()
        content = answer.read()
        upstream.close()
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in ("content-length", "transfer-encoding", "connection"):
                self.send_header(name, value)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_DELETE = forward

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def playground(home: Path) -> Iterator[str]:
    """The playground on a free port, in a home of its own; its address is that of what stands before it."""
    assert PLAYGROUND is not None
    assert SHARED is not None
    # Written anew, not copied with its time: the playground ignores a specification that is older than a day.
    specification = Path(SHARED, "specs/x/openapi.json").read_bytes()
    (home / ".playground-openapi-cache.json").write_bytes(specification)
    port = programs.free_port()
    command = [PLAYGROUND, "start", "--host", "127.0.0.1", "--port", str(port)]
    environment = {**os.environ, "HOME": str(home)}
    null = subprocess.DEVNULL
    with subprocess.Popen(command, env=environment, stdout=null, stderr=null) as process:
        try:
            stage.eventually(lambda: listens(port))
            handler = type("AsUserOfThis", (AsUser,), {"playground": port})
            with ThreadingHTTPServer(("127.0.0.1", 0), handler) as before:
                threading.Thread(target=before.serve_forever, daemon=True).start()
                yield f"http://127.0.0.1:{before.server_port}"
                before.shutdown()
        finally:
            process.kill()


def listens(port: int) -> bool:
    probe = http.client.HTTPConnection("127.0.0.1", port, timeout=1)
    try:
        probe.connect()
    except OSError:
        return False
    probe.close()
    return True


def approve(address: str) -> str:
    """Plays the owner. The playground has no consent page and takes any code: the owner is back at once."""
    asked = dict(parse_qsl(urlsplit(address).query))
    assert asked["code_challenge_method"] == "S256"
    return f"{stage.REDIRECT}?{urlencode({'state': asked['state'], 'code': 'playground'})}"


async def published(xmp: Xmp, post: PostId) -> RemoteId:
    """Waits until a post is live."""
    while (part := (await xmp.posts.get(post)).deliveries[0].parts[0]).published is None:
        await asyncio.sleep(0.01)
    return part.published.remote_id


@pytest.mark.skipif(PLAYGROUND is None, reason="XMP_PLAYGROUND does not name X's playground")
@pytest.mark.skipif(SHARED is None, reason="XMP_SHARED does not name a folder with X's specification")
async def test_connect_post_read_back_profile_delete(tmp_path: Path) -> None:
    with playground(tmp_path) as url:
        async with Xmp.open(x=stage.config(url)) as xmp:
            pending = await xmp.accounts.connect("x", stage.REDIRECT)
            account = await xmp.accounts.complete(approve(pending.url))

            text = "Hello playground, from xmp in Python"
            post = (await xmp.posts.schedule(Draft.text(text).to(account.id), "playground")).post.id
            async with xmp.start_worker():
                live = await asyncio.wait_for(published(xmp, post), 30)

            assert (await xmp.x.get(account.id, live)).text == text
            profile = await xmp.x.profile(account.id)
            assert (profile.remote_id, profile.handle) == (account.remote_id, account.handle)
            timeline = await xmp.x.timeline(account.id)
            assert live in [item.id for item in timeline.items]

            await xmp.x.delete(account.id, live)
            with pytest.raises(NotFoundError):
                await xmp.x.get(account.id, live)
