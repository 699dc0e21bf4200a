"""A Mastodon API for tests, on loopback and a free port: the package mastodon_mock, which is a mock written by others.

    python server.py --account ada --account grace

Prints one line of JSON when it is ready, and ends when its standard input closes: a dead parent leaves no
server behind.

    {"url": "http://127.0.0.1:4001", "accounts": [{"username": "ada", "token": "ada-token"}]}

With `--rate-limit N` it allows N requests in five minutes, and answers carry `X-RateLimit-*` headers.
"""

import argparse
import json
import socket
import sys
import tempfile
import threading

import uvicorn
from mastodon_mock.app import create_app
from mastodon_mock.config import MastodonMockConfig, RateLimitConfig, SeedAccount, SeedConfig


class Server(uvicorn.Server):
    """Says that it is ready, and hears when its parent is gone."""

    def __init__(self, config: uvicorn.Config, ready: dict[str, object]) -> None:
        super().__init__(config)
        self.ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        threading.Thread(target=self.end_with_stdin, daemon=True).start()
        print(json.dumps(self.ready), flush=True)

    def end_with_stdin(self) -> None:
        sys.stdin.read()
        self.should_exit = True


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--account", action="append", default=[])
    parser.add_argument("--rate-limit", type=int)
    arguments = parser.parse_args()

    accounts = [{"username": name, "token": f"{name}-token"} for name in arguments.account]
    seed = [SeedAccount(username=each["username"], access_token=each["token"]) for each in accounts]
    limit = arguments.rate_limit
    media = tempfile.TemporaryDirectory(prefix="xmp-mastodon-")
    with media, socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        config = MastodonMockConfig(
            domain=url.removeprefix("http://"),
            url_scheme="http",
            media_storage_path=media.name,
            seed=SeedConfig(accounts=seed),
            ratelimit=RateLimitConfig(enabled=limit is not None, limit=limit or 0),
        )
        settings = uvicorn.Config(create_app(config), log_level="error", timeout_graceful_shutdown=1)
        Server(settings, {"url": url, "accounts": accounts}).run(sockets=[listener])


if __name__ == "__main__":
    main()
