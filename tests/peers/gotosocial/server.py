"""GoToSocial, a real server of Mastodon's API, for tests: on loopback and a free port, with SQLite in a folder
of its own.

    python server.py --program gotosocial --account ada --account grace

`--program` is a built GoToSocial with the folder `web` of its source beside it, as in its releases. One that was
built without WebAssembly wants `ffmpeg` and `ffprobe` too, beside it or on PATH.

Prints one line of JSON when it is ready, and ends when its standard input closes: a dead parent leaves no
server behind.

    {"url": "http://localhost:4001", "accounts": [{"username": "ada", "email": "ada@example.com", "password": "…"}]}
"""

import argparse
import json
import os
import secrets
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

PATIENCE = 60


def settings(home: Path, program: Path, port: int) -> dict[str, str]:
    """GoToSocial's own names, as environment."""
    web = program.parent / "web"
    given = {
        "host": f"localhost:{port}",
        "protocol": "http",
        "bind-address": "127.0.0.1",
        "port": str(port),
        "advanced-rate-limit-requests": "0",
        "db-type": "sqlite",
        "db-address": str(home / "gotosocial.db"),
        "storage-local-base-path": str(home / "storage"),
        "web-template-base-dir": f"{web / 'template'}/",
        "web-asset-base-dir": f"{web / 'assets'}/",
        "letsencrypt-enabled": "false",
        "log-level": "error",
    }
    return {f"GTS_{name.upper().replace('-', '_')}": value for name, value in given.items()}


def free_port() -> int:
    """A port below those that the system gives to outgoing connections: nobody takes it before the server does."""
    while True:
        port = 20000 + secrets.randbelow(10000)
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return port


def wait_for(url: str, server: subprocess.Popen[bytes]) -> None:
    for _ in range(PATIENCE * 10):
        if server.poll() is not None:
            sys.exit(f"GoToSocial ended with {server.returncode}")
        try:
            with urllib.request.urlopen(f"{url}/readyz", timeout=5):
                return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.1)
    sys.exit(f"GoToSocial is not ready after {PATIENCE} s")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", type=Path, required=True)
    parser.add_argument("--account", action="append", default=[])
    arguments = parser.parse_args()
    program = arguments.program.resolve()

    with tempfile.TemporaryDirectory(prefix="xmp-gotosocial-") as folder:
        home = Path(folder)
        (home / "storage").mkdir()
        port = free_port()
        url = f"http://localhost:{port}"
        path = os.pathsep.join([str(program.parent), os.environ.get("PATH", "")])
        environment = {**os.environ, **settings(home, program, port), "PATH": path}
        run = {"env": environment, "cwd": home, "stdout": subprocess.DEVNULL}
        with subprocess.Popen([program, "server", "start"], stdin=subprocess.DEVNULL, **run) as server:
            try:
                wait_for(url, server)
                accounts = []
                for name in arguments.account:
                    account = {
                        "username": name,
                        "email": f"{name}@example.com",
                        "password": secrets.token_hex(16),
                    }
                    words = [part for key, value in account.items() for part in (f"--{key}", value)]
                    subprocess.run([program, "admin", "account", "create", *words], check=True, **run)
                    accounts.append(account)
                print(json.dumps({"url": url, "accounts": accounts}), flush=True)
                sys.stdin.read()
            finally:
                server.kill()


if __name__ == "__main__":
    main()
