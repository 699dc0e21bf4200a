# Written by `cargo xtask gen` from xmp-surface/surface.json.
"""Records of the simulator."""

from __future__ import annotations
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, TypeAlias
from xmp import _check
from xmp.generated.words import Json

__all__ = [
    "Fault",
    "FaultKind",
    "LedgerEdit",
    "LedgerEntry",
    "Per",
    "RateLimit",
    "RecordedRequest",
    "SimClient",
    "SimInstance",
    "Tokens",
]

Per: TypeAlias = Literal[
    "user",
    "app",
]
"""Whose requests share a window.

Words:
    user: One user of one app.
    app: All users of one app together.
"""

FaultKind: TypeAlias = Literal[
    "latency",
    "hold",
    "status",
    "status_after_effect",
    "rate_limited",
    "cut_before",
    "cut_after",
    "cut_then_late",
    "half_body",
    "slow_body",
    "garbage_body",
    "legacy_errors",
    "timeline_lag",
    "suspended",
    "token_revoked",
]
"""What happens to a request.

Words:
    latency: It waits `ms` real milliseconds before its effect.
    hold: The effect happens, then the answer is held back for `ms` real milliseconds.
    status: It is refused with the status `code`, without effect.
    status_after_effect: The effect happens, yet the status `code` is answered.
    rate_limited: 429 with a window that ends `reset_secs` simulated seconds from now, without effect.
    cut_before: The connection is closed without an answer, and without effect.
    cut_after: The effect happens, then the connection is closed without one byte of an answer.
    cut_then_late: The connection is closed without an answer; the effect lands `ms` simulated
        milliseconds later.
    half_body: The effect happens; half of the answer's body arrives, then the connection is closed.
    slow_body: The effect happens; the answer's body trickles in, with `ms` real milliseconds between
        chunks.
    garbage_body: The effect happens; under a 2xx stands what is not JSON.
    legacy_errors: On X, all refusals come in its old shape.
    timeline_lag: Posts younger than `ms` simulated milliseconds are missing from timelines, and with
        `lookups` everywhere.
    suspended: The account is suspended.
    token_revoked: The account's tokens are dead.
"""

@dataclass(frozen=True, slots=True, kw_only=True, init=False)
class SimClient:
    """An OAuth app that a simulator knows.

    Attributes:
        id: The client id.
        secret: The client secret; without one it is a public client.
        redirect_uris: Where it may have owners sent back to. On loopback any port will do.
    """

    id: str
    secret: str | None = field(repr=False)
    redirect_uris: tuple[str, ...]

    def __init__(
        self,
        *,
        id: str,
        secret: str | None = None,
        redirect_uris: Iterable[str] = (),
    ) -> None:
        put = object.__setattr__
        put(self, "id", _check.text(id, "SimClient(id)"))
        put(self, "secret", None if secret is None else _check.text(secret, "SimClient(secret)"))
        put(self, "redirect_uris", _check.many(redirect_uris, "SimClient(redirect_uris)", _check.text))

@dataclass(frozen=True, slots=True, kw_only=True, init=False)
class SimInstance:
    """What the simulated Mastodon server allows; what is left out is as Mastodon comes.

    Attributes:
        max_characters: The most characters that a status may have.
        max_media_attachments: The most media that a status may carry.
        characters_reserved_per_url: What a link counts for, in characters.
        max_poll_options: The most answers of a poll.
    """

    max_characters: int | None
    max_media_attachments: int | None
    characters_reserved_per_url: int | None
    max_poll_options: int | None

    def __init__(
        self,
        *,
        max_characters: int | None = None,
        max_media_attachments: int | None = None,
        characters_reserved_per_url: int | None = None,
        max_poll_options: int | None = None,
    ) -> None:
        put = object.__setattr__
        put(self, "max_characters", None if max_characters is None else _check.whole(max_characters, "SimInstance(max_characters)"))
        put(self, "max_media_attachments", None if max_media_attachments is None else _check.whole(max_media_attachments, "SimInstance(max_media_attachments)"))
        put(self, "characters_reserved_per_url", None if characters_reserved_per_url is None else _check.whole(characters_reserved_per_url, "SimInstance(characters_reserved_per_url)"))
        put(self, "max_poll_options", None if max_poll_options is None else _check.whole(max_poll_options, "SimInstance(max_poll_options)"))

@dataclass(frozen=True, slots=True, kw_only=True, init=False)
class RateLimit:
    """So many requests of a route in a window.

    Attributes:
        route: The route's name, for example `posts.create`: X's. On other platforms with the platform
            before it, and the names that the platform counts by: `bluesky:writes`, `mastodon:media.upload`.
        per: Who shares the window.
        window_secs: The length of the window in seconds. On X a day or more is reported in the
            `x-{user,app}-limit-24hour-*` headers, anything shorter in `x-rate-limit-*`.
        limit: How many requests it takes; for `bluesky:writes`, how many points.
    """

    route: str
    per: Per
    window_secs: int
    limit: int

    def __init__(
        self,
        *,
        route: str,
        per: Per,
        window_secs: int,
        limit: int,
    ) -> None:
        put = object.__setattr__
        put(self, "route", _check.text(route, "RateLimit(route)"))
        put(self, "per", _check.word(per, "RateLimit(per)", Per))
        put(self, "window_secs", _check.whole(window_secs, "RateLimit(window_secs)"))
        put(self, "limit", _check.whole(limit, "RateLimit(limit)"))

@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerEdit:
    """A later version of a post.

    Attributes:
        remote_id: The version's own id: on X an id, on Bluesky a CID, on Mastodon the post's.
        text: Its text.
        at: When it replaced the one before, in simulated time.
    """

    remote_id: str
    text: str
    at: datetime

@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerEntry:
    """One post that exists, or existed.

    Attributes:
        platform: The platform: `x`, `bluesky` or `mastodon`.
        account: The author's handle.
        account_id: The author's id on the platform.
        remote_id: The post's id on the platform (of its first version, if it was edited); on Bluesky its
            `at://` URI.
        text: The text as the author sent it: links and `&` as written.
        at: When it was published, in simulated time.
        client_id: The id of the app that sent it; on Bluesky, where programs log in as the account,
            `app-password`. `None`: its author wrote it elsewhere.
        reply_to: The id of the post that it answers.
        quote_of: The id of the post that it quotes.
        media: The ids of its media.
        edits: Later versions, oldest first.
        deleted: Whether it was deleted since.
        deleted_at: When it was deleted, in simulated time.
        details: What else was published with the first version, in the platform's own words: Bluesky's
            whole record; of Mastodon `visibility`, `sensitive`, `spoiler_text`, `language`, `poll`,
            `idempotency_key` and, of each of its `media`, `description` and `focus`. Nothing on X.
    """

    platform: str
    account: str
    account_id: str
    remote_id: str
    text: str
    at: datetime
    client_id: str | None = None
    reply_to: str | None = None
    quote_of: str | None = None
    media: tuple[str, ...]
    edits: tuple[LedgerEdit, ...]
    deleted: bool
    deleted_at: datetime | None = None
    details: Json = None

@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedRequest:
    """One request that a platform's API received (the admin API is not logged).

    Attributes:
        id: Counts from 1 in the order of arrival.
        at: When it was received in full, in simulated time.
        platform: The platform whose API it is.
        method: The HTTP method.
        path: Path and query, as sent.
        route: The route as faults name it, for example `posts.create`. `None` if there is no such route.
        account: The handle of the account on whose behalf it was made, if that could be told.
        headers: The headers, with lower-case names. The value of `authorization` is redacted, its scheme
            is kept.
        body: The body: JSON and forms with their secrets redacted, multipart as one line for each part
            with its name, type and length, other types as one such line.
        status: The status answered. `None` while it is in flight, and when the connection was cut
            instead.
        done: Whether the simulator is done with it, by an answer or by a cut.
        done_at: When it was done with it, in simulated time.
        left_at: When its client hung up before it was answered, in simulated time. Its effect does not
            depend on that.
    """

    id: int
    at: datetime
    platform: str
    method: str
    path: str
    route: str | None = None
    account: str | None = None
    headers: Mapping[str, str]
    body: str
    status: int | None = None
    done: bool
    done_at: datetime | None = None
    left_at: datetime | None = None

@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A fault and the requests that meet it.

    Attributes:
        kind: What happens.
        route: The route that is hit (`posts.create`), or a family of them (`media`). Default: any.
        platform: The platform that is hit. Default: any.
        account: The handle of the account on whose behalf the request is made. Default: any.
        skip: So many matching requests pass unharmed first.
        times: So many matching requests are hit, then the fault is used up. Default: for ever.
        ms: Milliseconds, for the kinds that name them.
        code: The HTTP status, for the kinds that name it.
        body: The JSON body for `status`; by default the platform's usual one.
        legacy: For `status`: the usual body in X's old shape.
        reset_secs: Simulated seconds until the window ends, for `rate_limited`.
        lookups: For `timeline_lag`: they are missing from lookups by id, too.
    """

    kind: FaultKind
    route: str | None = None
    platform: str | None = None
    account: str | None = None
    skip: int = 0
    times: int | None = None
    ms: int | None = None
    code: int | None = None
    body: Json = None
    legacy: bool | None = None
    reset_secs: int | None = None
    lookups: bool | None = None

@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """Tokens that an app holds for an account. Their `Debug` shows them: they open nothing but a simulator.

    Attributes:
        access_token: The bearer token.
        refresh_token: The refresh token, if the scopes entitle to one.
        expires_at: When the access token expires, in simulated time.
    """

    access_token: str = field(repr=False)
    refresh_token: str | None = field(repr=False, default=None)
    expires_at: datetime
