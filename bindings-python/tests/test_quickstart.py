"""The examples do the main job, with the simulator and with credentials, and survive kills at any line."""

from __future__ import annotations

import re
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest

import programs
import stage
import xmp.sim
import xmp.sync.sim

EXAMPLES = Path(__file__).parents[2] / "examples" / "python"
NAMES = ["quickstart.py", "quickstart_sync.py"]
WITHOUT = {"XMP_X_CLIENT_ID": "", "XMP_X_REDIRECT_URI": "", "XMP_X_CLIENT_SECRET": "", "XMP_X_BASE_URL": ""}


def start(name: str, home: Path, **more: str) -> subprocess.Popen[str]:
    environment = programs.environment(**{**WITHOUT, "XMP_HOME": str(home), **more})
    environment.pop("XMP_SEAL_KEY", None)
    return subprocess.Popen(
        [sys.executable, str(EXAMPLES / name)],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(program: subprocess.Popen[str]) -> str:
    """What a program printed, once it has ended well."""
    output, errors = program.communicate(timeout=programs.LIMIT)
    assert (program.returncode, errors) == (0, ""), output
    return output


def judge(output: str) -> None:
    """Each post stands in the ledger once, and where the report says."""
    report, _, ledger = output.partition("the simulator's ledger has 4 posts:\n")
    posts = [line.split(maxsplit=2) for line in ledger.strip().splitlines()]
    assert len({(account, text) for _, account, text in posts}) == 4, output
    for remote_id, account, _ in posts:
        assert f"https://x.com/{account[1:-1]}/status/{remote_id} {account[:-1]}" in report, output


@pytest.mark.parametrize("name", NAMES)
def test_killed_after_a_line_and_run_again(name: str, tmp_path: Path) -> None:
    killed = {}
    for lines in (2, 4, 5, 6, 8, 11, 13):
        killed[lines] = start(name, tmp_path / str(lines))
    for lines, program in killed.items():
        with program:
            assert program.stdout is not None
            for _ in range(lines):
                program.stdout.readline()
            program.kill()
    again = [start(name, tmp_path / str(lines)) for lines in killed]
    for program in again:
        judge(ended(program))


def come_back(address: str) -> str:
    """What the example says to its owner's browser; nothing while nobody listens."""
    try:
        with urllib.request.urlopen(address, timeout=20) as page:
            text: str = page.read().decode()
            return text
    except urllib.error.URLError:
        return ""


@pytest.mark.parametrize("name", NAMES)
def test_with_credentials(name: str, tmp_path: Path) -> None:
    redirect = f"http://127.0.0.1:{programs.free_port()}/callback"
    app = xmp.sim.SimClient(id="mine", secret="a-secret", redirect_uris=[redirect])
    with xmp.sync.sim.Sim.start(accounts=["ada"], clients=[app]) as sim:
        program = start(
            name,
            tmp_path,
            XMP_X_CLIENT_ID="mine",
            XMP_X_CLIENT_SECRET="a-secret",
            XMP_X_REDIRECT_URI=redirect,
            XMP_X_BASE_URL=sim.url(),
        )
        assert program.stdout is not None
        address = next(line.strip() for line in program.stdout if line.startswith("    http"))
        callback = sim.consent_url_approve(address, "ada")
        # It says where to go, and then listens for who comes back.
        stage.eventually(lambda: "Connected" in come_back(callback))
        output = ended(program)
        assert len(sim.ledger()) == 3
        assert len(re.findall(r"https://x\.com/ada/status/\d+ @ada", output)) == 3


@pytest.mark.parametrize("name", NAMES)
def test_half_of_the_credentials_is_refused(name: str, tmp_path: Path) -> None:
    program = start(name, tmp_path, XMP_X_CLIENT_ID="mine")
    _, errors = program.communicate(timeout=programs.LIMIT)
    assert program.returncode == 1
    assert "XMP_X_REDIRECT_URI is not set" in errors
