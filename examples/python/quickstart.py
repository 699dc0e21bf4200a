"""The main job of xmp: connect two accounts, schedule three posts, publish them, show where they are live.

    python examples/python/quickstart.py

Without credentials it posts to a simulator of X, which it starts on loopback. Its state and the simulator's
live under `XMP_HOME` (default: `xmp-home` in the current folder). Kill it at any moment and run it again: it
goes on where it was, and every post appears once.

With `XMP_X_CLIENT_ID` and `XMP_X_REDIRECT_URI` (and `XMP_X_CLIENT_SECRET` for a confidential client) in the
environment it posts to X itself (or to `XMP_X_BASE_URL`), and asks you to open the consent page in a browser.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta

import story
import world
from world import World
from xmp import Account, PostView, RunningWorker, Xmp, XmpError
from xmp.sim import Sim


async def main() -> bool:
    print(f"state is kept in {world.home()}")
    if real := world.credentials():
        return await run(real, None)
    async with Sim.start(home=world.home() / "sim", clients=[world.APP], accounts=["ada", "bob"]) as sim:
        return await run(world.simulated(sim.url()), sim)


async def run(place: World, sim: Sim | None) -> bool:
    async with Xmp.open(home=place.home, x=place.config) as xmp:
        accounts = await connect(xmp, place, sim)
        posts = await schedule(xmp, accounts)
        progress = story.Progress(accounts)
        async with await start_worker(xmp, place):
            while not progress.settled(posts):
                await asyncio.sleep(0.1)
                posts = [await xmp.posts.get(view.post.id) for view in posts]

        if sim:
            sim.clock.advance(timedelta(hours=1))
            print("\nan hour later, on the simulator's clock:")
        all_live = [progress.report(view, await xmp.posts.measure(view.post.id)) for view in posts]
        if sim:
            story.show_ledger(sim.ledger())
        return all(all_live)


async def connect(xmp: Xmp, place: World, sim: Sim | None) -> list[Account]:
    """The accounts that were connected before, or are connected now, by OAuth 2.0 with PKCE."""
    active = {account.handle: account for account in await xmp.accounts.list() if account.state == "active"}
    accounts: list[Account] = []
    handles = ["ada", "bob"] if sim else [next(iter(active), None)]
    for handle in handles:
        account = active.get(handle) if handle else None
        if account:
            print(f"@{account.handle} was connected before")
        else:
            pending = await xmp.accounts.connect("x", place.redirect_uri)
            if sim and handle:
                callback = await sim.consent_url_approve(pending.url, handle)
            else:
                print(
                    f"open this in a browser, as the account that shall post:\n\n    {pending.url}\n",
                    flush=True,
                )
                callback = await asyncio.to_thread(world.wait_for_browser, place.redirect_uri)
            # The simulator's timeline hides nothing, so that a post that is not there may be sent again.
            account = await xmp.accounts.complete(callback, on_absent="resend" if sim else None)
            print(f"@{account.handle} is connected")
        accounts.append(account)
    return accounts


async def schedule(xmp: Xmp, accounts: list[Account]) -> list[PostView]:
    """Schedules what is not there from an earlier run."""
    posts: list[PostView] = []
    for key, draft in story.drafts(accounts).items():
        view, was = await xmp.posts.find(key), "was scheduled before"
        if view is None:
            view, was = await xmp.posts.schedule(draft, key), "is scheduled"
        print(f"{key} {was} for {view.post.due.at}")
        posts.append(view)
    return posts


async def start_worker(xmp: Xmp, place: World) -> RunningWorker:
    """With the simulator waits are short; with X the defaults serve."""
    if not place.simulated:
        return await xmp.start_worker()
    return await xmp.start_worker(lease_for=world.LEASE, poll=world.POLL, retry=world.RETRY, look=world.LOOK)


if __name__ == "__main__":
    try:
        if not asyncio.run(main()):
            raise SystemExit("quickstart: not everything could be published: see above")
    except XmpError as error:
        raise SystemExit(f"quickstart: {error}") from None
