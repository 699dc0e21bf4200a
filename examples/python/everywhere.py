"""One post to three platforms in one call, each in its own words. One fails half-way, and is made good.

    python examples/python/everywhere.py

Without credentials all three are simulated on loopback. With these in the environment it posts to the real
ones:

* Bluesky: `XMP_BLUESKY_HANDLE` and `XMP_BLUESKY_APP_PASSWORD` (and `XMP_BLUESKY_SERVICE`);
* Mastodon: `XMP_MASTODON_SERVER`. The program registers itself there, and asks you to open the consent page
  and to paste the address that you come back to.

X stays simulated, since it is X that fails half-way here.
"""

from __future__ import annotations

import asyncio
import os
import time
from datetime import timedelta

from xmp import (
    Account,
    Backoff,
    BlueskyConfig,
    Draft,
    MastodonConfig,
    PartDraft,
    PostView,
    RetryPolicy,
    Showing,
    Variant,
    XConfig,
    Xmp,
    XmpError,
)
from xmp.sim import Sim, SimClient

REDIRECT = "http://127.0.0.1/callback"  # nobody listens there: the address itself says what is needed
APP = SimClient(id="everywhere", secret="everywhere-secret", redirect_uris=[REDIRECT])
SETTLED = {"held", "published", "partly_published", "failed", "cancelled"}
BRIEF = timedelta(seconds=1)


async def main() -> bool:
    async with Sim.start(clients=[APP], accounts=["ada", "bluesky:ada.test", "mastodon:ada"]) as sim:
        mastodon = await mastodon_config(sim)
        service = os.environ.get("XMP_BLUESKY_SERVICE") or "https://bsky.social"
        simulated = not bluesky_credentials()
        async with Xmp.open(
            x=XConfig(client_id=APP.id, client_secret=APP.secret, base_url=sim.url(), settle=BRIEF),
            bluesky=BlueskyConfig(service=sim.url() if simulated else service),
            mastodon=[mastodon],
        ) as xmp:
            return await run(xmp, sim, await connect(xmp, sim))


async def run(xmp: Xmp, sim: Sim, accounts: list[Account]) -> bool:
    post = draft()
    for account in accounts:
        post = post.to(account.id)
    for account in accounts:
        problems = await xmp.posts.check(post, account.id)
        print(f"{account.platform} @{account.handle}: {len(problems)} problems")

    # X takes the first piece of the thread and refuses the second one.
    sim.set_fault(kind="status", code=403, platform="x", route="posts.create", skip=1, times=1)
    view = await xmp.posts.schedule(post, "everywhere/first")
    backoff = Backoff(base=timedelta(milliseconds=200), cap=timedelta(seconds=2))
    async with xmp.start_worker(
        poll=timedelta(milliseconds=200), retry=RetryPolicy(max_attempts=8, backoff=backoff)
    ):
        view = await settled(xmp, view)
        report(view)
        broken = next(delivery for delivery in view.deliveries if delivery.platform == "x")
        print("\nX's half is put back: what is live there stays, and the rest follows")
        await xmp.posts.put_back(broken.id)
        view = await settled(xmp, view)
    report(view)
    return all(delivery.state == "published" for delivery in view.deliveries)


def draft() -> Draft:
    """A thread of two pieces on X; on Bluesky and Mastodon one piece, shown in their own ways."""
    text = f"One call, three platforms, each in its own words. #xmp ({time.time_ns()})"
    link = "https://www.rust-lang.org/"
    bluesky = Draft.text(text).link(link, "Rust", "What xmp is made of")
    unlisted = Showing(language="en", visibility="unlisted")
    variants = [
        Variant(platform="bluesky", parts=bluesky.parts),
        Variant(platform="mastodon", parts=[PartDraft(text=f"{text} {link}")], showing=unlisted),
    ]
    return Draft(parts=Draft.text(text).then("… and a second piece.").parts, variants=variants)


async def connect(xmp: Xmp, sim: Sim) -> list[Account]:
    """An account on each: by consent on X and Mastodon, with an app password on Bluesky."""

    async def consented(platform: str, handle: str, simulated: bool) -> Account:
        pending = await xmp.accounts.connect(platform, REDIRECT)
        if simulated:
            callback = await sim.consent_url_approve(pending.url, handle)
        else:
            print(
                f"open this in a browser, as the account that shall post:\n\n    {pending.url}\n", flush=True
            )
            callback = await asyncio.to_thread(input, "then paste the address that you come back to: ")
        # The simulator's timeline hides nothing, so that a post that is not there may be sent again.
        return await xmp.accounts.complete(callback.strip(), on_absent="resend" if simulated else None)

    handle, password = bluesky_credentials() or ("ada.test", "app-password-of-ada.test")
    return [
        await consented("x", "ada", True),
        await xmp.accounts.log_in("bluesky", handle, password),
        await consented("mastodon", "mastodon:ada", not os.environ.get("XMP_MASTODON_SERVER")),
    ]


def bluesky_credentials() -> tuple[str, str] | None:
    """The name and app password of the environment; nothing if it has neither."""
    handle, password = os.environ.get("XMP_BLUESKY_HANDLE"), os.environ.get("XMP_BLUESKY_APP_PASSWORD")
    if bool(handle) != bool(password):
        raise SystemExit("everywhere: set both XMP_BLUESKY_HANDLE and XMP_BLUESKY_APP_PASSWORD, or neither")
    return (handle, password) if handle and password else None


async def mastodon_config(sim: Sim) -> MastodonConfig:
    """A program makes its own app on each server: once in its life, if it keeps what it was given."""
    address = os.environ.get("XMP_MASTODON_SERVER")
    if not address:
        return MastodonConfig(
            server=sim.url(), client_id=APP.id, client_secret=APP.secret or "", settle=BRIEF
        )
    async with Xmp.open() as xmp:
        app = await xmp.accounts.register_mastodon_app(address, "xmp, everywhere", [REDIRECT])
    return MastodonConfig(server=app.server, client_id=app.client_id, client_secret=app.client_secret)


async def settled(xmp: Xmp, view: PostView) -> PostView:
    """Waits until nothing more happens to a post by itself."""
    while True:
        view = await xmp.posts.get(view.post.id)
        if all(delivery.state in SETTLED for delivery in view.deliveries):
            return view
        await asyncio.sleep(0.1)


def report(view: PostView) -> None:
    for delivery in view.deliveries:
        print(f"\n{delivery.platform}: {delivery.state}")
        for part in delivery.parts:
            why = part.error.message if part.error else "waits for the one before it"
            print("   ", part.published.url or part.published.remote_id if part.published else why)


if __name__ == "__main__":
    try:
        if not asyncio.run(main()):
            raise SystemExit("everywhere: not everything could be published: see above")
    except XmpError as error:
        raise SystemExit(f"everywhere: {error}") from None
