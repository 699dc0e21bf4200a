"""The main job of xmp: connect two accounts, schedule three posts, publish them, show where they are live.

    python examples/python/quickstart_sync.py

It is quickstart.py without asyncio.

Without credentials it posts to a simulator of X, which it starts on loopback. Its state and the simulator's
live under `XMP_HOME` (default: `xmp-home` in the current folder). Kill it at any moment and run it again: it
goes on where it was, and every post appears once.

With `XMP_X_CLIENT_ID` and `XMP_X_REDIRECT_URI` (and `XMP_X_CLIENT_SECRET` for a confidential client) in the
environment it posts to X itself (or to `XMP_X_BASE_URL`), and asks you to open the consent page in a browser.
"""

from __future__ import annotations

import time
from datetime import timedelta

import story
import world
from world import World
from xmp import Account, PostView, XmpError
from xmp.sync import RunningWorker, Xmp
from xmp.sync.sim import Sim


def main() -> bool:
    print(f"state is kept in {world.home()}")
    if real := world.credentials():
        return run(real, None)
    with Sim.start(home=world.home() / "sim", clients=[world.APP], accounts=["ada", "bob"]) as sim:
        return run(world.simulated(sim.url()), sim)


def run(place: World, sim: Sim | None) -> bool:
    with Xmp.open(home=place.home, x=place.config) as xmp:
        accounts = connect(xmp, place, sim)
        posts = schedule(xmp, accounts)
        progress = story.Progress(accounts)
        with start_worker(xmp, place):
            while not progress.settled(posts):
                time.sleep(0.1)
                posts = [xmp.posts.get(view.post.id) for view in posts]

        if sim:
            sim.clock.advance(timedelta(hours=1))
            print("\nan hour later, on the simulator's clock:")
        all_live = [progress.report(view, xmp.posts.measure(view.post.id)) for view in posts]
        if sim:
            story.show_ledger(sim.ledger())
        return all(all_live)


def connect(xmp: Xmp, place: World, sim: Sim | None) -> list[Account]:
    """The accounts that were connected before, or are connected now, by OAuth 2.0 with PKCE."""
    active = {account.handle: account for account in xmp.accounts.list() if account.state == "active"}
    accounts: list[Account] = []
    handles = ["ada", "bob"] if sim else [next(iter(active), None)]
    for handle in handles:
        account = active.get(handle) if handle else None
        if account:
            print(f"@{account.handle} was connected before")
        else:
            pending = xmp.accounts.connect("x", place.redirect_uri)
            if sim and handle:
                callback = sim.consent_url_approve(pending.url, handle)
            else:
                print(
                    f"open this in a browser, as the account that shall post:\n\n    {pending.url}\n",
                    flush=True,
                )
                callback = world.wait_for_browser(place.redirect_uri)
            # The simulator's timeline hides nothing, so that a post that is not there may be sent again.
            account = xmp.accounts.complete(callback, on_absent="resend" if sim else None)
            print(f"@{account.handle} is connected")
        accounts.append(account)
    return accounts


def schedule(xmp: Xmp, accounts: list[Account]) -> list[PostView]:
    """Schedules what is not there from an earlier run."""
    posts: list[PostView] = []
    for key, draft in story.drafts(accounts).items():
        view, was = xmp.posts.find(key), "was scheduled before"
        if view is None:
            view, was = xmp.posts.schedule(draft, key), "is scheduled"
        print(f"{key} {was} for {view.post.due.at}")
        posts.append(view)
    return posts


def start_worker(xmp: Xmp, place: World) -> RunningWorker:
    """With the simulator waits are short; with X the defaults serve."""
    if not place.simulated:
        return xmp.start_worker()
    return xmp.start_worker(lease_for=world.LEASE, poll=world.POLL, retry=world.RETRY, look=world.LOOK)


if __name__ == "__main__":
    try:
        if not main():
            raise SystemExit("quickstart: not everything could be published: see above")
    except XmpError as error:
        raise SystemExit(f"quickstart: {error}") from None
