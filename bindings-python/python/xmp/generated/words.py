# Written by `cargo xtask gen` from xmp-surface/surface.json.
"""Ids, and the words of closed sets. A newer engine may answer with a word that is not here."""

from __future__ import annotations
from collections.abc import Mapping, Sequence
from typing import Literal, TypeAlias, Union

__all__ = [
    "AccountId",
    "AccountState",
    "AttemptId",
    "BulkMode",
    "Certainty",
    "ConflictKind",
    "ConnectBy",
    "ConsumerName",
    "CorrelationId",
    "DeliveryId",
    "DeliveryState",
    "ErrorKind",
    "EventId",
    "EventKind",
    "Fingerprint",
    "Fold",
    "Gap",
    "Gate",
    "Idempotency",
    "IdempotencyKey",
    "Json",
    "MediaKind",
    "OnAbsent",
    "OnConflict",
    "OnFold",
    "OnGap",
    "PartId",
    "PartState",
    "PlanId",
    "PlanState",
    "PlatformId",
    "PostId",
    "Priority",
    "QueuePlace",
    "ReasonCode",
    "RemoteId",
    "RowOutcome",
    "Severity",
    "Slot",
    "StopScope",
    "TenantId",
    "TextRule",
    "Visibility",
    "WorkerId",
]

Json: TypeAlias = Union[str, int, float, bool, Sequence["Json"], Mapping[str, "Json"], None]  # noqa: UP007
"""Anything that JSON can say. What comes out is made of tuples and of mappings that don't change."""

TenantId: TypeAlias = str
"""Who owns a row, key, secret or event. The default tenant is `default`.

1 to 64 characters out of `a-z A-Z 0-9 - _ .`.
"""

PlatformId: TypeAlias = str
"""The name of a platform: `x`, `bluesky`, …

1 to 23 characters out of `a-z 0-9 - _`. It is copied about freely, so it holds its text within itself.
"""

ConnectBy: TypeAlias = Literal[
    "consent",
    "app_password",
]
"""How an account is connected.

Words:
    consent: Its owner consents on the platform's page: `connect` and `complete`.
    app_password: With its name and an app password, which its owner makes on the platform: `log_in`.
"""

TextRule: TypeAlias = Literal[
    "x_weighted",
    "graphemes",
    "mastodon_characters",
]
"""How a platform measures text.

Words:
    x_weighted: X's weighted length: most scripts weigh 1, others and emoji 2, any URL 23 (twitter-text,
        version 3).
    graphemes: What a reader takes for one character: a letter with its accents, an emoji of several (UAX
        #29).
    mastodon_characters: Characters as Mastodon counts them: any URL as long as the platform says, of a
        mention only the name.
"""

MediaKind: TypeAlias = Literal[
    "image",
    "gif",
    "video",
]
"""The kinds of media that platforms tell apart.

Words:
    image: A still image.
    gif: An animated image.
    video: A film.
"""

Visibility: TypeAlias = Literal[
    "public",
    "unlisted",
    "followers",
    "mentioned",
]
"""Who may see a post.

Words:
    public: Everybody, and it is shown around.
    unlisted: Everybody who looks for it.
    followers: The account's followers.
    mentioned: Those whom it mentions.
"""

Idempotency: TypeAlias = Literal[
    "observe",
    "record_key",
    "idempotency_key",
]
"""How far a platform helps to publish exactly once.

Words:
    observe: Not at all: what was published can only be looked for, and its absence only observed.
    record_key: The post's own key is chosen by us: the platform has one post under it at most, and tells
        whether it is there.
    idempotency_key: The platform remembers a key of ours for a while, and makes nothing new for one that
        it knows. After that it is as with `observe`.
"""

EventId: TypeAlias = str
"""One event of the durable log.

Written as its prefix, `_` and 32 hexadecimal digits; ids made later sort later.
"""

EventKind: TypeAlias = Literal[
    "account.connected",
    "account.reconnected",
    "account.state",
    "account.needs_consent",
    "account.suspended",
    "account.spacing",
    "post.scheduled",
    "post.rescheduled",
    "post.edited",
    "post.approved",
    "post.held_back",
    "post.queue_added",
    "post.queue_processed",
    "plan.changed",
    "post.snoozed",
    "post.attempted",
    "post.retried",
    "post.published",
    "post.unconfirmed",
    "post.held",
    "post.failed",
    "post.put_back",
    "post.cancelled",
    "post.expired",
    "rate_limit.reached",
    "sending.stopped",
    "sending.resumed",
    "unknown",
]
"""What happened. Later versions add kinds: match with a `_` arm.

Words:
    account.connected: An account was connected for the first time.
    account.reconnected: An account was connected again, under its old id.
    account.state: An account's state has changed; the data says from what to what, and why.
    account.needs_consent: An account can't be used until its owner connects it again.
    account.suspended: The platform has suspended an account; the data says why.
    account.spacing: An account's posts are spaced in another way.
    post.scheduled: A post was stored.
    post.rescheduled: A post has another time.
    post.edited: Somebody has changed a post that waits; the data says what, and which revision it was.
    post.approved: A post may go out at its time; the event's actor let it.
    post.held_back: A post goes out only when somebody approves it.
    post.queue_added: A post was put in a queue; the data says which, and its slot.
    post.queue_processed: A post of a queue is live; the data says of which.
    plan.changed: A series or a queue was made, or changed; the data says what it is now.
    post.snoozed: A post waits, and no attempt was counted; the data says why and until when.
    post.attempted: The intent to make a part visible is committed: from here on it may be live.
    post.retried: A part was not sent, and will be tried again.
    post.published: A part is live.
    post.unconfirmed: A part may be live; nobody knows yet.
    post.held: A part waits for a person: what became of it can't be known.
    post.failed: A part will not be published; the data says why. Its delivery is a dead letter.
    post.put_back: A person has put a dead letter back, or released a held part.
    post.cancelled: A post was cancelled.
    post.expired: A post was not sent by the time that was given for it, and will not be.
    rate_limit.reached: A limit of the platform's is used up, and all posts of the account wait; the data
        says why and until when.
    sending.stopped: Sending was stopped, for a tenant, a platform or all; the data says which, and why.
    sending.resumed: Sending goes on.
    unknown: Something that this version has no name for: a newer one wrote it.
"""

CorrelationId: TypeAlias = str
"""Ties together everything that one call caused. It is the trace id of W3C Trace Context."""

AccountId: TypeAlias = str
"""A connected social account.

Written as its prefix, `_` and 32 hexadecimal digits; ids made later sort later.
"""

PostId: TypeAlias = str
"""What the caller scheduled: one call, one post, whatever the number of targets.

Written as its prefix, `_` and 32 hexadecimal digits; ids made later sort later.
"""

DeliveryId: TypeAlias = str
"""One post on its way to one account.

Written as its prefix, `_` and 32 hexadecimal digits; ids made later sort later.
"""

PartId: TypeAlias = str
"""One visible piece of a delivery (a thread has several).

Written as its prefix, `_` and 32 hexadecimal digits; ids made later sort later.
"""

StopScope: TypeAlias = str
"""What an emergency stop stops.

Written as `all`, `platform:x` or `tenant:acme`.
"""

ErrorKind: TypeAlias = Literal[
    "validation",
    "authentication",
    "needs_consent",
    "account_suspended",
    "authorization",
    "missing_scope",
    "rate_limit",
    "quota",
    "spend_cap",
    "duplicate",
    "content_rejected",
    "media",
    "not_found",
    "conflict",
    "policy_forbidden",
    "unsupported",
    "circuit_open",
    "timeout",
    "cancelled",
    "lease_lost",
    "network",
    "platform_fault",
    "storage",
    "configuration",
    "internal",
]
"""What went wrong, in the words that all languages share.

Later versions add kinds: match with a `_` arm.

Words:
    validation: What was asked is wrong: nothing was stored or sent.
    authentication: The credentials were not accepted.
    needs_consent: The account's owner has to connect it again.
    account_suspended: The platform has suspended the account; its posts wait.
    authorization: The credentials are good, and not allowed to do this.
    missing_scope: The account was connected without a scope that this needs.
    rate_limit: A window of requests is used up; it opens again by itself.
    quota: A longer cap (a day, a month) is used up.
    spend_cap: A spending limit was reached; nothing was sent.
    duplicate: The platform says that it already has this content.
    content_rejected: The platform read the content and refused it.
    media: A file is not what it claims, or is not accepted.
    not_found: There is no such thing, or it is not visible to this tenant or account.
    conflict: The thing has changed, or the key was used with other content.
    policy_forbidden: The platform's automation rules forbid it; xmp refuses before sending.
    unsupported: The platform cannot do this.
    circuit_open: A part of the platform keeps failing; requests to it are held back.
    timeout: Time ran out.
    cancelled: The caller stopped it.
    lease_lost: Another worker has taken the work over; nothing more is done here.
    network: The platform could not be reached, or the connection broke.
    platform_fault: The platform failed, or answered something unreadable.
    storage: The store failed.
    configuration: xmp was set up wrongly.
    internal: A defect of xmp; please report it.
"""

Certainty: TypeAlias = Literal[
    "not_sent",
    "sent",
    "rejected",
    "maybe_sent",
]
"""What is certain about the effect of one request. Only `NotSent` may be repeated.

Words:
    not_sent: No effect: the last byte never left, or the platform turned the request away at its door
        (rate limit, expired token) before it looked at what was asked.
    sent: The effect was made and the platform said so.
    rejected: The platform looked at the request and refused it: no effect, and the same request will be
        refused again.
    maybe_sent: The last byte left and no readable answer came: the effect may or may not have been made.
"""

OnAbsent: TypeAlias = Literal[
    "hold",
    "resend",
]
"""What to do with a part whose attempt may have been sent and that can't be found on a platform that offers
no proof of absence.

Words:
    hold: Wait for a person: never twice, at the price of perhaps not at all until they look.
    resend: Send again: it was looked for after the settle window and more than once, and a timeline that
        hides a live post for longer than that would let it appear twice.
"""

RemoteId: TypeAlias = str
"""The id that a platform gave to something visible. Opaque: never parsed, only compared."""

AccountState: TypeAlias = Literal[
    "active",
    "paused",
    "needs_consent",
    "suspended",
]
"""Whether posts may go to an account.

Words:
    active: Posts go out.
    paused: A person has paused it: its posts wait.
    needs_consent: Its tokens are gone or in doubt: its posts wait until its owner connects it again,
        under the same id.
    suspended: The platform has suspended it: its posts wait.
"""

Gap: TypeAlias = Literal[
    "refuse",
    "shift",
]
"""What to do with a local time that the zone skips, when clocks go forward.

Words:
    refuse: Refuse it with an error that names the times on both sides.
    shift: Move it forward by the length of the gap: 02:30 becomes 03:30.
"""

Fold: TypeAlias = Literal[
    "refuse",
    "first",
    "second",
]
"""What to do with a local time that the zone has twice, when clocks go back.

Words:
    refuse: Refuse it with an error that names both moments.
    first: Take the first.
    second: Take the second.
"""

Priority: TypeAlias = Literal[
    "low",
    "normal",
    "high",
    "urgent",
]
"""Who goes first among what is due: `head_start` says by how much.

Words:
    low: After the others.
    normal: In order.
    high: Before the others.
    urgent: First.
"""

Gate: TypeAlias = Literal[
    "open",
    "draft",
    "review",
]
"""Whether people let a post go out. While its gate is closed no worker sees it, whatever time it has.

Words:
    open: It goes out at its time.
    draft: Somebody is still writing it.
    review: It is written, and waits for somebody to approve it.
"""

IdempotencyKey: TypeAlias = str
"""The caller's name for a call, which makes the call repeatable: the same key with the same content answers
with the first result, the same key with other content is a [conflict](ErrorKind.Conflict).

1 to 255 characters, none of them a control character.
"""

Fingerprint: TypeAlias = str
"""SHA-256 over a sequence of fields. Two contents are equal to xmp if their fingerprints are."""

PlanId: TypeAlias = str
"""A series or a queue: where posts come from that nobody scheduled one by one.

Written as its prefix, `_` and 32 hexadecimal digits; ids made later sort later.
"""

DeliveryState: TypeAlias = Literal[
    "scheduled",
    "sending",
    "unconfirmed",
    "held",
    "publishing",
    "published",
    "partly_published",
    "failed",
    "cancelled",
    "expired",
]
"""Where a delivery stands.

Words:
    scheduled: Nothing is visible yet; it waits for its time or its next try.
    sending: A visible request may be on its way.
    unconfirmed: A part may be live; the reconciler asks the platform.
    held: A part may be live and the platform can't tell: a person decides.
    publishing: Some parts are live, the rest goes on by itself.
    published: All parts are live.
    partly_published: Some parts are live, the rest will not be published.
    failed: Nothing is visible, and nothing will be: a dead letter.
    cancelled: A person has cancelled it, and nothing of it is known to be live.
    expired: It was not sent by the time that was given for it, and nothing of it is live.
"""

WorkerId: TypeAlias = str
"""One running worker.

Written as its prefix, `_` and 32 hexadecimal digits; ids made later sort later.
"""

PartState: TypeAlias = Literal[
    "waiting",
    "sending",
    "unconfirmed",
    "held",
    "published",
    "failed",
    "cancelled",
    "expired",
]
"""Where a part stands.

Words:
    waiting: Nothing visible is on its way: it was not attempted, or what was attempted had no effect, or
        was looked for and not seen.
    sending: The intent is committed: the one visible request may be on its way.
    unconfirmed: It may be live. The reconciler asks the platform.
    held: It may be live, and the platform can't tell. A person decides.
    published: It is live.
    failed: It will not be published: a dead letter, which can be put back.
    cancelled: A person has cancelled it before it was attempted.
    expired: It was not sent by the time that was given for it, and will not be.
"""

AttemptId: TypeAlias = str
"""One attempt to make one part visible.

Written as its prefix, `_` and 32 hexadecimal digits; ids made later sort later.
"""

BulkMode: TypeAlias = Literal[
    "all_or_nothing",
    "each_row",
]
"""What is done where a row is refused.

Words:
    all_or_nothing: Nothing is stored, and the error has the problems of all rows.
    each_row: The others are stored, and the report says what became of each.
"""

RowOutcome: TypeAlias = Literal[
    "scheduled",
    "replayed",
    "refused",
]
"""What became of a row.

Words:
    scheduled: It is stored.
    replayed: The same row was stored before, under the same key.
    refused: It is not stored.
"""

OnConflict: TypeAlias = Literal[
    "report",
    "refuse",
    "move",
]
"""What is done about conflicts.

Words:
    report: The post is scheduled, and they are told.
    refuse: The post is not scheduled.
    move: The post is scheduled at the next time at which no account has one of time; refused for one of
        text.
"""

ConflictKind: TypeAlias = Literal[
    "spacing",
    "slot",
    "equal",
    "similar",
]
"""What speaks against a post.

Words:
    spacing: Its account's spacing would make it, or one after it, wait.
    slot: Another post of its account is due within the same minute.
    equal: Another post of its account says the same.
    similar: Another post of its account says nearly the same.
"""

ReasonCode: TypeAlias = Literal[
    "due",
    "stop",
    "account.paused",
    "account.needs_consent",
    "account.suspended",
    "account.blocked",
    "account.busy",
    "spacing",
    "retry",
    "snoozed",
    "leased",
    "unconfirmed",
    "held",
    "no_worker",
    "expired",
    "failed",
    "cancelled",
]
"""What a delivery waits for, or what became of it. Later versions add codes: match with a `_` arm.

Words:
    due: Its time: that has not come yet, or came just now.
    stop: An emergency stop.
    account.paused: A person, who has paused its account.
    account.needs_consent: The account's owner, who has to connect it again.
    account.suspended: The platform, which has suspended its account.
    account.blocked: The end of what blocks its account: a limit of the platform's, or an outage.
    account.busy: Another post of its account, which is being sent.
    spacing: The spacing of its account.
    retry: Its next try.
    snoozed: Something that counts no attempt: equal content whose fate is unknown, say.
    leased: The worker that has it.
    unconfirmed: The platform, which is asked whether it is live.
    held: A person, who has to say whether it is live.
    no_worker: A worker: nothing else is in its way.
    expired: Nothing any more: its time was over.
    failed: Nothing any more: it can't be published.
    cancelled: Nothing any more: a person has cancelled it.
"""

OnGap: TypeAlias = Literal[
    "shift",
    "skip",
]
"""What becomes of a local time that the zone skips, when the clocks go forward.

Words:
    shift: It is as much later as the clocks jump: an hour late beats not at all.
    skip: It is left out, and not counted.
"""

OnFold: TypeAlias = Literal[
    "first",
    "second",
]
"""Which of the two moments is meant by a local time that the zone has twice, when the clocks go back.

Words:
    first: The first.
    second: The second.
"""

PlanState: TypeAlias = Literal[
    "active",
    "paused",
    "ended",
]
"""Whether a plan goes on.

Words:
    active: It goes on.
    paused: It makes no posts, and takes none, until it is resumed.
    ended: It is over.
"""

Slot: TypeAlias = str
"""Times of day on days of the week: `Mon-Fri 09:00,17:00`, `Sat,Sun 11:30`, `daily 20:00`."""

QueuePlace: TypeAlias = Literal[
    "next",
    "end",
    "front",
]
"""Where in a queue a post goes.

Words:
    next: In the next free slot, even between others.
    end: Behind all others.
    front: Before all others: they move up by a slot where the first one is taken.
"""

ConsumerName: TypeAlias = str
"""The name of an event consumer: 1 to 64 characters out of `a-z A-Z 0-9 - _ .`. Each tenant has its own
names.
"""

Severity: TypeAlias = Literal[
    "info",
    "warning",
    "error",
    "critical",
]
"""How bad it is: `Info` is expected, `Critical` needs a person now.

Words:
    info: Expected in normal work.
    warning: Worth a look; the caller or the platform's content rules can mend it.
    error: Something failed that should not have.
    critical: Nothing goes on until a person acts.
"""
