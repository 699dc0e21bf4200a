"""Drafts, which are made step by step: each step gives a new one."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import datetime

from xmp import _check
from xmp.generated.inputs import DraftFields, LinkDraft, MediaDraft, PartDraft, Variant, When, check_when
from xmp.generated.words import AccountId, Gate, PlatformId, Priority, RemoteId


class Draft(DraftFields):
    __doc__ = f"""{DraftFields.__doc__}
    Made step by step, each step giving a new draft::

        Draft.text("Good morning").to(account.id).at(When.local("2026-12-24T09:00", "Europe/Berlin"))
    """

    __slots__ = ()

    @classmethod
    def text(cls, text: str) -> Draft:
        """A draft of one text."""
        return cls(parts=(PartDraft(text=_check.text(text, "Draft.text(text)")),))

    def then(self, text: str) -> Draft:
        """Adds a piece of a thread, which answers the one before it."""
        return replace(self, parts=(*self.parts, PartDraft(text=_check.text(text, "Draft.then(text)"))))

    def to(self, account: AccountId) -> Draft:
        """Sends it to this account too."""
        return replace(self, accounts=(*self.accounts, _check.text(account, "Draft.to(account)")))

    def at(self, when: When | datetime) -> Draft:
        """Publishes it then. A datetime has a time zone, and means `When.at`."""
        return replace(self, when=check_when(when, "Draft.at(when)"))

    def until(self, when: When | datetime) -> Draft:
        """Does not publish it at this time or later. A datetime has a time zone, and means `When.at`."""
        return replace(self, expires=check_when(when, "Draft.until(when)"))

    def image(self, path: str | os.PathLike[str], alt: str) -> Draft:
        """Adds a file to the last part, and the text for those who can't see it."""
        media = MediaDraft(
            path=_check.path(path, "Draft.image(path)"), alt=_check.text(alt, "Draft.image(alt)")
        )
        return self._last(media=media)

    def media(
        self, source: str | os.PathLike[str] | bytes | bytearray | memoryview, *, alt: str | None = None
    ) -> Draft:
        """Adds media to the last part: a file, or bytes."""
        alt = None if alt is None else _check.text(alt, "Draft.media(alt)")
        if isinstance(source, (bytes, bytearray, memoryview)):
            return self._last(media=MediaDraft(bytes=source, alt=alt))
        return self._last(media=MediaDraft(path=_check.path(source, "Draft.media(source)"), alt=alt))

    def reply_to(self, post: RemoteId) -> Draft:
        """Makes the first part an answer to a post."""
        first, *others = self.parts or (PartDraft(),)
        answer = replace(first, reply_to=_check.text(post, "Draft.reply_to(post)"))
        return replace(self, parts=(answer, *others))

    def link(self, url: str, title: str, description: str) -> Draft:
        """Shows a link as a card under the last part."""
        card = LinkDraft(
            url=_check.text(url, "Draft.link(url)"),
            title=_check.text(title, "Draft.link(title)"),
            description=_check.text(description, "Draft.link(description)"),
        )
        return self._last(link=card)

    def quote(self, post: RemoteId) -> Draft:
        """Quotes a post in the last part."""
        return self._last(quote=_check.text(post, "Draft.quote(post)"))

    def on(self, platform: PlatformId, text: str) -> Draft:
        """Says this text on one platform, in place of everything that is said elsewhere.

        That is: without the media, the card, the post that is answered or quoted, and the further pieces.
        What is to stay there goes into `variants`.
        """
        variant = Variant(
            platform=_check.text(platform, "Draft.on(platform)"),
            parts=(PartDraft(text=_check.text(text, "Draft.on(text)")),),
        )
        return replace(self, variants=(*self.variants, variant))

    def with_priority(self, priority: Priority) -> Draft:
        """Puts it before others that are due."""
        return replace(self, priority=_check.word(priority, "Draft.with_priority(priority)", Priority))

    def behind(self, gate: Gate) -> Draft:
        """Lets it go out only when somebody opens its gate."""
        return replace(self, gate=_check.word(gate, "Draft.behind(gate)", Gate))

    def _last(
        self, *, media: MediaDraft | None = None, link: LinkDraft | None = None, quote: RemoteId | None = None
    ) -> Draft:
        """Adds to the last part."""
        *others, last = self.parts or (PartDraft(),)
        if media is not None:
            last = replace(last, media=(*last.media, media))
        last = replace(last, link=link or last.link, quote=quote or last.quote)
        return replace(self, parts=(*others, last))
