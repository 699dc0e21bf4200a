"""What the examples post, and what they print."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from xmp import Account, Draft, MetricSample, PostView, When
from xmp.sim import LedgerEntry

IMAGE = Path(__file__).parent.parent / "media" / "sunrise.png"
SETTLED = {"held", "published", "partly_published", "failed", "cancelled"}


def drafts(accounts: Sequence[Account]) -> dict[str, Draft]:
    """One post now, one seconds ahead at a local time, one with an image on all accounts.

    The keys make this repeatable: a second run finds what the first one scheduled.
    """
    first, last = accounts[0], accounts[-1]
    soon = (datetime.now(ZoneInfo("Asia/Tokyo")) + timedelta(seconds=4)).strftime("%Y-%m-%dT%H:%M:%S")
    image = Draft.text("A sunrise, in 240 x 135 pixels.").image(IMAGE, "A blue-green gradient").to(first.id)
    return {
        "quickstart/now": Draft.text("Hello from xmp: sent once, whatever happens.").to(first.id),
        "quickstart/later": Draft.text(f"Scheduled for {soon} in Tokyo. https://www.rust-lang.org/")
        .to(last.id)
        .at(When.local(soon, "Asia/Tokyo")),
        "quickstart/image": image if first.id == last.id else image.to(last.id),
    }


class Progress:
    """Shows how the posts get on."""

    def __init__(self, accounts: Iterable[Account]) -> None:
        self.handles = {account.id: account.handle for account in accounts}
        self.shown: dict[str, str] = {}

    def settled(self, posts: Iterable[PostView]) -> bool:
        """Prints each change of state, and tells whether nothing is left to happen."""
        for view in posts:
            for delivery in view.deliveries:
                if self.shown.get(delivery.id) != delivery.state:
                    self.shown[delivery.id] = delivery.state
                    print(f"{view.post.key:<18} @{self.handles[delivery.account]:<8} {delivery.state}")
        return all(delivery.state in SETTLED for view in posts for delivery in view.deliveries)

    def report(self, view: PostView, samples: Iterable[MetricSample]) -> bool:
        """Prints where a post is live, and its numbers; tells whether all of it is."""
        numbers = {sample.remote_id: sample.values for sample in samples}
        for delivery in view.deliveries:
            handle, part = self.handles[delivery.account], delivery.parts[0]
            if part.published is None:
                why = part.error.message if part.error else delivery.waiting
                print(f"{view.post.key} @{handle}: {delivery.state} ({why})")
                continue
            print(f"{part.published.url or part.published.remote_id} @{handle}")
            values = numbers.get(part.published.remote_id, {})
            print(
                "    " + (", ".join(f"{name} {value}" for name, value in values.items()) or "no numbers yet")
            )
        return all(delivery.state == "published" for delivery in view.deliveries)


def show_ledger(ledger: Sequence[LedgerEntry]) -> None:
    """Prints what was really posted."""
    print(f"\nthe simulator's ledger has {len(ledger)} posts:")
    for post in ledger:
        print(f"    {post.remote_id} @{post.account}: {post.text}")
