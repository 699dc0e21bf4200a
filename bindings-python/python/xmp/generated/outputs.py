# Written by `cargo xtask gen` from xmp-surface/surface.json.
"""Records that come out."""

from __future__ import annotations
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal
from xmp import _check
from xmp._frozen import FrozenMap
from xmp.generated.inputs import Focus, Poll, PublishedRef, QuietHours, Recurrence, Showing, When
from xmp.generated.words import AccountId, AccountState, AttemptId, Certainty, ConflictKind, ConnectBy, ConsumerName, CorrelationId, DeliveryId, DeliveryState, ErrorKind, EventId, EventKind, Fingerprint, Gate, Idempotency, IdempotencyKey, Json, MediaKind, OnAbsent, OnFold, OnGap, PartId, PartState, PlanId, PlanState, PlatformId, PostId, Priority, ReasonCode, RemoteId, RowOutcome, Severity, Slot, StopScope, TenantId, TextRule, Visibility, WorkerId

__all__ = [
    "Account",
    "AccountCounts",
    "Approval",
    "Attempt",
    "AttemptRecord",
    "BulkReport",
    "CalendarEntry",
    "CancelledAll",
    "Capability",
    "Checkpoint",
    "Coming",
    "Conflict",
    "Delivery",
    "DeliveryCounts",
    "Due",
    "DueCounts",
    "ErrorRecord",
    "Event",
    "EventConsumer",
    "Evidence",
    "Explanation",
    "Failure",
    "Health",
    "LeaseRecord",
    "LinkCard",
    "MastodonApp",
    "MediaRule",
    "MetricSample",
    "NotCancelled",
    "OldestDue",
    "Part",
    "PartContent",
    "PendingConnection",
    "Plan",
    "PlanKind",
    "PlanPlace",
    "PlatformInfo",
    "PollRule",
    "Post",
    "PostView",
    "Prepared",
    "Price",
    "Problem",
    "Profile",
    "Queue",
    "Reason",
    "RemotePost",
    "RemotePostPage",
    "Retry",
    "Revision",
    "RowReport",
    "Said",
    "SendingStop",
    "SeriesDetails",
    "Settled",
    "Spacing",
    "StateCount",
    "StoredMedia",
    "Tally",
    "Target",
    "Template",
]

@dataclass(frozen=True, slots=True, kw_only=True)
class MediaRule:
    """What a platform takes of one kind of media.

    Attributes:
        kind: The kind.
        types: The types that are taken: `image/png`.
        max_bytes: Bytes at most.
        max_count: Pieces of it at most in one part. One alone allows no other media beside it.
    """

    kind: MediaKind
    types: tuple[str, ...]
    max_bytes: int
    max_count: int

@dataclass(frozen=True, slots=True, kw_only=True)
class PollRule:
    """What a platform takes of a poll.

    Attributes:
        max_options: Answers at most; at least two.
        max_option_length: Characters of an answer at most.
        min_open: How long it is open at least.
        max_open: How long it is open at most.
    """

    max_options: int
    max_option_length: int
    min_open: timedelta
    max_open: timedelta

@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """Something that the platform charges for.

    Attributes:
        what: What is charged for: `post`, `post with a link`.
        micro_usd: Its price in millionths of a US dollar.
    """

    what: str
    micro_usd: int

@dataclass(frozen=True, slots=True, kw_only=True)
class Capability:
    """What a platform can do. Selects the contract tests that run, and fails early what can't work.

    Attributes:
        connect_by: How an account is connected.
        text_rule: How text is measured.
        text_limit: How long a text may be by that measure.
        text_bytes: How many bytes of UTF-8 a text may have, where that is limited too.
        link_length: How much a link counts by that measure, if not what it is long.
        media: What media is taken.
        media_per_part: Pieces of media at most in one part.
        alt_text_limit: Characters of alternative text at most.
        media_without_text: Whether a part may have media and no text.
        replies: Whether a part may answer another post.
        quotes: Whether a part may quote another post.
        link_cards: Whether link cards are shown as they are given. Where not, the platform makes them out
            of links in the text.
        polls: What polls are taken; none if there is no rule.
        visibilities: Who a post can be shown to, the usual first.
        sensitive: Whether media can be marked as sensitive.
        warnings: Whether a text can be put behind a warning.
        languages: Whether a post's language can be told.
        thread_limit: Parts at most in one delivery: above 1, later parts answer earlier ones.
        edit: Whether the platform lets a live post be changed. xmp does not change live posts yet.
        delete: Whether a post can be deleted.
        schedules: Whether the platform could publish at a later time by itself. xmp schedules by itself
            in any case.
        metrics: The numbers that can be read of a post; empty if there are none.
        timeline: Whether the account's own posts can be read back.
        idempotency: How far the platform helps to publish exactly once.
        key_remembered: How long the platform remembers an idempotency key.
        settle: How long after an attempt's deadline its effect may still appear: reconciliation starts
            after it.
        commit_timeout: How long one visible request may take. It is its deadline, and ends well inside
            the lease.
        priced: What the platform charges for, if anything.
    """

    connect_by: ConnectBy
    text_rule: TextRule
    text_limit: int
    text_bytes: int | None = None
    link_length: int | None = None
    media: tuple[MediaRule, ...]
    media_per_part: int
    alt_text_limit: int
    media_without_text: bool
    replies: bool
    quotes: bool
    link_cards: bool
    polls: PollRule | None = None
    visibilities: tuple[Visibility, ...]
    sensitive: bool
    warnings: bool
    languages: bool
    thread_limit: int
    edit: bool
    delete: bool
    schedules: bool
    metrics: tuple[str, ...]
    timeline: bool
    idempotency: Idempotency
    key_remembered: timedelta | None = None
    settle: timedelta
    commit_timeout: timedelta
    priced: tuple[Price, ...]

@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformInfo:
    """A platform that is set up, and what it can do.

    Attributes:
        id: Its name.
        app: The app that its accounts are connected through: a client id, or the name of a server.
        capability: What it can do.
    """

    id: PlatformId
    app: str
    capability: Capability

@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One event of the durable log, in an envelope that never changes its meaning. It refers to texts and
    never copies them.

    Attributes:
        id: Its id.
        version: The version of the envelope.
        tenant: Who owns it.
        sequence: Its place in the log: grows, with gaps.
        kind: What happened.
        at: When.
        correlation_id: What ties it to the call that caused it.
        actor: The person or program behind it.
        account: The account, if it is about one.
        post: The post, if it is about one.
        delivery: The delivery, if it is about one.
        part: The part, if it is about one.
        data: What more there is to say of this kind.
    """

    id: EventId
    version: int
    tenant: TenantId
    sequence: int
    kind: EventKind
    at: datetime
    correlation_id: CorrelationId
    actor: str
    account: AccountId | None = None
    post: PostId | None = None
    delivery: DeliveryId | None = None
    part: PartId | None = None
    data: Json

@dataclass(frozen=True, slots=True, kw_only=True)
class SendingStop:
    """An emergency stop: nothing that it covers is sent until it is lifted. What is on its way is not called
    back, and the platform is still asked what became of it.

    Attributes:
        scope: What is stopped.
        why: Why, for people.
        actor: Who stopped it.
        since: Since when.
    """

    scope: StopScope
    why: str
    actor: str
    since: datetime

@dataclass(frozen=True, slots=True, kw_only=True)
class AccountCounts:
    """Accounts by their states.

    Attributes:
        active: Their posts go out.
        paused: A person has paused them.
        needs_consent: Their owners have to connect them again.
        suspended: Their platforms have suspended them.
    """

    active: int
    paused: int
    needs_consent: int
    suspended: int

@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryCounts:
    """Deliveries by where they stand. What is published is not counted: there may be millions.

    Attributes:
        waiting: Nobody works on them: they wait for their time, their turn or their next try.
        working: A worker works on them.
        unconfirmed: They may be live, and the platform is asked later.
        held: They may be live, and wait for a person.
        partly_published: Dead letters: some of their parts are live, the rest will not be.
        failed: Dead letters: nothing of them is live, and nothing will be.
        cancelled: A person has cancelled them.
        expired: They were not sent in time.
    """

    waiting: int
    working: int
    unconfirmed: int
    held: int
    partly_published: int
    failed: int
    cancelled: int
    expired: int

@dataclass(frozen=True, slots=True, kw_only=True)
class DueCounts:
    """Deliveries whose time has come and that nobody works on.

    Attributes:
        ready: A worker may take them now, one of each account.
        overdue: Those of them that could have been taken 30 s ago: no worker runs, or it can't keep up.
        kept_back: Their account or an emergency stop keeps them back.
    """

    ready: int
    overdue: int
    kept_back: int

@dataclass(frozen=True, slots=True)
class Retry:
    """Whether the same thing may be tried again. It has one of these kinds.

    Kinds:
        never: It would fail again.
        after: It may work after this time (zero: at once).
        exhausted: It was retried, and still failed.
    """

    kind: Literal["never", "after", "exhausted"]
    value: timedelta | None = None

    @staticmethod
    def never() -> Retry:
        """It would fail again."""
        return Retry("never")
    @staticmethod
    def after(delay: timedelta) -> Retry:
        """It may work after this time (zero: at once)."""
        return Retry("after", _check.length(delay, "Retry.after(delay)"))
    @staticmethod
    def exhausted() -> Retry:
        """It was retried, and still failed."""
        return Retry("exhausted")
    def __repr__(self) -> str:
        return f"Retry.{self.kind}({'' if self.value is None else repr(self.value)})"

@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorRecord:
    """What is kept of an error.

    Attributes:
        kind: What went wrong.
        code: The case within the kind.
        message: What was wrong, with which value, and what to do.
        retry: Whether and when to try again.
        certainty: What was certain.
        request_id: The platform's id of the request.
        fingerprint: Groups equal errors.
    """

    kind: ErrorKind
    code: str
    message: str
    retry: Retry
    certainty: Certainty | None = None
    request_id: str | None = None
    fingerprint: str

@dataclass(frozen=True, slots=True, kw_only=True)
class OldestDue:
    """A delivery that could have been taken for a while.

    Attributes:
        delivery: The delivery.
        post: Its post.
        account: Where it goes.
        since: Since when it could have been taken.
        late: How long that is.
    """

    delivery: DeliveryId
    post: PostId
    account: AccountId
    since: datetime
    late: timedelta

@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How much there is of what a tenant keeps. A count that came to 10,000 says that many, or more; on
    PostgreSQL what is settled and not published is counted to that together, the latest first.

    Attributes:
        deliveries: Deliveries, by where they stand.
        due: Deliveries whose time has come: of more than 100,000 some are not looked at.
        oldest_due: The one that could have been taken for the longest time.
        accounts: Accounts, by their states.
        needs_consent: The accounts whose owners have to connect them again: at most 100, the oldest
            first.
        stops: The emergency stops in force that are about this tenant: its own, those of platforms, that
            of all.
    """

    deliveries: DeliveryCounts
    due: DueCounts
    oldest_due: OldestDue | None = None
    accounts: AccountCounts
    needs_consent: tuple[AccountId, ...]
    stops: tuple[SendingStop, ...]

@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """How an engine stands: whether its store answers, and how much waits in it.

    Attributes:
        store: What kind of store it is: `memory`, `sqlite`, `postgres`.
        reachable: Whether the store answers.
        took: How long it took to answer, or to fail.
        error: Why it did not answer.
        tally: What it told of this tenant; nothing if it did not answer.
    """

    store: str
    reachable: bool
    took: timedelta
    error: ErrorRecord | None = None
    tally: Tally | None = None

@dataclass(frozen=True, slots=True, kw_only=True)
class PendingConnection:
    """An account on its way: show `url` to its owner.

    Attributes:
        url: Where to send the account's owner. They come back to the redirect URI, within ten minutes;
            give that whole address to `Accounts.complete`.
    """

    url: str = field(repr=False)

@dataclass(frozen=True, slots=True, kw_only=True)
class Spacing:
    """How far apart an account's posts are. A worker takes none before its time; what waits for that counts
    no attempt. A thread counts as one post, from its last part on.

    Attributes:
        min_interval: The least time from one post to the next.
        per_hour: The most posts within any 60 minutes.
        per_day: The most posts within any 24 hours.
        quiet_hours: When nothing is posted.
    """

    min_interval: timedelta | None = None
    per_hour: int | None = None
    per_day: int | None = None
    quiet_hours: tuple[QuietHours, ...] = ()

@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A connected social account.

    Attributes:
        id: xmp's id: stays when the account is connected again.
        tenant: Who holds it.
        platform: Where it lives.
        app: The app (OAuth client id) through which it was connected: limits are counted per app.
        remote_id: The platform's id of it.
        handle: Its name on the platform when it was last seen, without `@`.
        state: Whether posts may go out.
        scopes: The scopes that its owner granted.
        on_absent: What to do when a post may have been sent and can't be found.
        blocked_until: Its posts wait until then: a used-up window, say. Shared by all processes.
        spacing: How far apart its posts are.
        paced_until: Its posts wait until then for their spacing: what a worker found out when it last met
            one that was due.
        created_at: When it was first connected.
    """

    id: AccountId
    tenant: TenantId
    platform: PlatformId
    app: str
    remote_id: RemoteId
    handle: str
    state: AccountState
    scopes: tuple[str, ...]
    on_absent: OnAbsent
    blocked_until: datetime | None = None
    spacing: Spacing = Spacing()
    paced_until: datetime | None = None
    created_at: datetime

@dataclass(frozen=True, slots=True, kw_only=True)
class MastodonApp:
    """What a Mastodon server gave a program that registered itself.

    Attributes:
        server: Where it is good: `https://mastodon.social`.
        client_id: The app's client id.
        client_secret: The app's client secret.
    """

    server: str
    client_id: str
    client_secret: str = field(repr=False)

@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """Who let a post go out.

    Attributes:
        by: The actor of the call that approved it.
        at: When.
        revision: What was approved: an edit of the content afterwards closes the gate again.
        note: What they said about it.
    """

    by: str
    at: datetime
    revision: int
    note: str | None = None

@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What a visible request can be recognised by afterwards.

    Attributes:
        text: The text as it was sent.
        media: The platform's handles of our own media: the strongest evidence, since nobody else has
            them.
        reply_to: The post that it answers.
        key: A key chosen by us, where the platform has such a thing.
    """

    text: str
    media: tuple[str, ...] = ()
    reply_to: RemoteId | None = None
    key: str | None = None

@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A part that is ready: nothing is left but the one visible request. It is stored with the intent.

    Attributes:
        request: What will be sent, in the platform's own words. No secrets.
        evidence: What it can be recognised by.
    """

    request: Json
    evidence: Evidence

@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One attempt to make one part visible: the intent, and what came of it.

    Attributes:
        id: Its id.
        number: Counts the part's attempts, from 1.
        fence: The fence of the lease that it was made under.
        began_at: When the intent was committed.
        since: When the first attempt of this part began whose effect was never disproved: `began_at`,
            unless an earlier attempt was only observed to be absent. Nothing before this can be ours.
        deadline: Its last byte did not leave after this.
        confirm_after: Nobody asks the platform before this: the deadline and the settle window.
        prepared: What was to be sent.
        outcome: What is known of it; `None` while it is in flight.
    """

    id: AttemptId
    number: int
    fence: int
    began_at: datetime
    since: datetime
    deadline: datetime
    confirm_after: datetime
    prepared: Prepared
    outcome: Certainty | None = None

@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """What a preparation reached, kept so that a crash costs nothing: an uploaded file, a container.

    Attributes:
        name: What it is: `media:<hash>`.
        value: The platform's handle of it.
        expires_at: When the platform forgets it; `None` if it doesn't say.
    """

    name: str
    value: str
    expires_at: datetime | None = None

@dataclass(frozen=True, slots=True, kw_only=True)
class LeaseRecord:
    """What holds a lease, and until when.

    Attributes:
        worker: The worker.
        until: Until then nobody else may touch it.
    """

    worker: WorkerId
    until: datetime

@dataclass(frozen=True, slots=True, kw_only=True)
class StoredMedia:
    """What is known of a piece of media.

    Attributes:
        hash: Names its bytes in the store.
        mime: Its type, by its first bytes.
        kind: Its kind.
        size: Its size in bytes.
        alt: Its alternative text.
        focus: What must stay visible of it.
        width: Its width in pixels, where it is known.
        height: Its height in pixels, where it is known.
    """

    hash: Fingerprint
    mime: str
    kind: MediaKind
    size: int
    alt: str | None = None
    focus: Focus | None = None
    width: int | None = None
    height: int | None = None

@dataclass(frozen=True, slots=True, kw_only=True)
class LinkCard:
    """A link that is shown as a card, as kept.

    Attributes:
        url: The address.
        title: What the card is headed with.
        description: What it says.
        thumb: Its picture.
    """

    url: str
    title: str
    description: str
    thumb: StoredMedia | None = None

@dataclass(frozen=True, slots=True, kw_only=True)
class PartContent:
    """What one part says, as kept.

    Attributes:
        text: The text.
        media: Its media, in order.
        reply_to: The post that it answers. A later part of a thread answers the one before it, whose id
            is filled in when that one is published.
        quote: The post that it quotes.
        link: A link that is shown as a card.
        poll: A question with answers to choose from.
        showing: How it is shown.
    """

    text: str
    media: tuple[StoredMedia, ...] = ()
    reply_to: RemoteId | None = None
    quote: RemoteId | None = None
    link: LinkCard | None = None
    poll: Poll | None = None
    showing: Showing

@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One visible piece of a delivery.

    Attributes:
        id: Its id.
        index: Its place, from 0.
        content: What it says.
        fingerprint: Equal for equal contents.
        state: Where it stands.
        attempts: Attempts that counted: snoozes don't.
        looks: Looks at the platform since the current attempt became unconfirmed.
        published: Where it is live.
        error: What went wrong last.
        checkpoints: What its preparation reached.
        attempt: The attempt that was made last.
    """

    id: PartId
    index: int
    content: PartContent
    fingerprint: Fingerprint
    state: PartState
    attempts: int
    looks: int
    published: PublishedRef | None = None
    error: ErrorRecord | None = None
    checkpoints: tuple[Checkpoint, ...]
    attempt: Attempt | None = None

@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One post on its way to one account.

    Attributes:
        id: Its id.
        tenant: Who owns it.
        post: The post.
        account: Where it goes.
        platform: The account's platform.
        state: Derived from its parts.
        priority: Who goes first.
        due_at: When it was to be published.
        expires_at: From when on it is not sent any more.
        run_at: When a worker looks at it next; `None` if nothing is left for a worker to do.
        waiting: Why it waits, where it is not for its time.
        lease: Who works on it.
        fence: Grows with every claim, and with every step that a person takes.
        queue: The queue of slots that it stands in.
        parts: Its visible pieces, in order.
    """

    id: DeliveryId
    tenant: TenantId
    post: PostId
    account: AccountId
    platform: PlatformId
    state: DeliveryState
    priority: Priority
    due_at: datetime
    expires_at: datetime | None = None
    run_at: datetime | None = None
    waiting: str | None = None
    lease: LeaseRecord | None = None
    fence: int
    queue: PlanId | None = None
    parts: tuple[Part, ...]

@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """When a post is due, and how that was said: a local time is resolved again when the time-zone database
    changes.

    Attributes:
        at: The moment.
        asked: What the caller asked for.
        tzdb: The version of the time-zone database that a local time was resolved by.
    """

    at: datetime
    asked: When
    tzdb: str | None = None

@dataclass(frozen=True, slots=True, kw_only=True)
class PlanPlace:
    """The place of a post in the series or queue that it comes from.

    Attributes:
        plan: The series or queue.
        slot: The local time that names the occurrence or slot: `2026-12-24T09:00:00`.
        in_queue: Whether the plan is a queue.
    """

    plan: PlanId
    slot: str
    in_queue: bool = False

@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """What the caller scheduled in one call.

    Attributes:
        id: Its id.
        tenant: Who owns it.
        key: The caller's name for the call.
        request: What the call asked for: tells a repeated call from another one with the same key.
        due: When it is due.
        expires: From when on it is not sent any more.
        priority: Who goes first.
        labels: The caller's labels.
        campaign: The caller's campaign.
        metadata: The caller's own data.
        correlation_id: Ties together everything that happens to it.
        actor: Who scheduled it.
        created_at: When it was scheduled.
        gate: Whether it may go out, as far as people are concerned.
        approval: Who let it go out, where somebody had to.
        revision: Grows with every edit, from 1.
        place: The series or queue that it comes from, and its place there.
    """

    id: PostId
    tenant: TenantId
    key: IdempotencyKey
    request: Fingerprint
    due: Due
    expires: Due | None = None
    priority: Priority
    labels: tuple[str, ...]
    campaign: str | None = None
    metadata: Mapping[str, str]
    correlation_id: CorrelationId
    actor: str
    created_at: datetime
    gate: Gate = "open"
    approval: Approval | None = None
    revision: int = 1
    place: PlanPlace | None = None

@dataclass(frozen=True, slots=True, kw_only=True)
class PostView:
    """A post with all that became of it.

    Attributes:
        post: The post.
        deliveries: Its way to each account.
    """

    post: Post
    deliveries: tuple[Delivery, ...]

@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong with what was asked, for people and programs.

    Attributes:
        platform: The platform whose rule it is; none if it is wrong everywhere.
        field: Where: `parts[0].text`; `variants[0].parts[0].text` for what is said on one platform alone.
        rule: The rule that it breaks, stable between versions: `text.too_long`.
        value: The value, or its measure.
        limit: What would be right.
        hint: What to do.
    """

    platform: PlatformId | None = None
    field: str
    rule: str
    value: str
    limit: str
    hint: str | None = None

@dataclass(frozen=True, slots=True, kw_only=True)
class RowReport:
    """A row, and what became of it.

    Attributes:
        row: The line that it was read from, or its place among the rows, from 1.
        key: Its key.
        outcome: What became of it.
        post: Its post.
        problems: Everything that is wrong with it, where it was refused.
    """

    row: int
    key: str
    outcome: RowOutcome
    post: PostId | None = None
    problems: tuple[Problem, ...]

@dataclass(frozen=True, slots=True, kw_only=True)
class BulkReport:
    """What became of many rows, in their order.

    Attributes:
        rows: One for each row.
        scheduled: How many are stored now.
        replayed: How many were stored before.
        refused: How many are not stored.
    """

    rows: tuple[RowReport, ...]
    scheduled: int
    replayed: int
    refused: int

@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """Something that speaks against a post.

    Attributes:
        kind: What it is.
        account: The account.
        other: The post that it conflicts with, where it is one.
        at: When that one is due.
        similarity: How much alike the texts are, in percent.
        reason: The same in words.
        suggestion: The next time at which there is no conflict of time.
    """

    kind: ConflictKind
    account: AccountId
    other: PostId | None = None
    at: datetime | None = None
    similarity: int | None = None
    reason: str
    suggestion: datetime | None = None

@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What came of scheduling with an eye on conflicts.

    Attributes:
        view: The post.
        conflicts: What speaks against it at the time that it has.
        moved_from: When it was to be due, if it was moved.
    """

    view: PostView
    conflicts: tuple[Conflict, ...]
    moved_from: datetime | None = None

@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a post said on one account.

    Attributes:
        delivery: The delivery.
        account: The account.
        parts: The pieces.
    """

    delivery: DeliveryId
    account: AccountId
    parts: tuple[PartContent, ...]

@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """What a post was before an edit.

    Attributes:
        post: The post.
        revision: Its number.
        replaced_at: When it was replaced.
        replaced_by: Who replaced it.
        due: When it was due.
        said: What it said.
    """

    post: PostId
    revision: int
    replaced_at: datetime
    replaced_by: str
    due: Due
    said: tuple[Said, ...]

@dataclass(frozen=True, slots=True, kw_only=True)
class StateCount:
    """How many deliveries of the posts that a filter means are in a state.

    Attributes:
        state: The state.
        count: How many.
    """

    state: DeliveryState
    count: int

@dataclass(frozen=True, slots=True, kw_only=True)
class NotCancelled:
    """A post that could not be cancelled.

    Attributes:
        post: The post.
        error: Why.
    """

    post: PostId
    error: ErrorRecord

@dataclass(frozen=True, slots=True, kw_only=True)
class CancelledAll:
    """What came of cancelling many posts.

    Attributes:
        cancelled: What is cancelled.
        left: What could not be.
    """

    cancelled: tuple[PostId, ...]
    left: tuple[NotCancelled, ...]

@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarEntry:
    """Something that a calendar shows: a post on its way to an account, or an occurrence of a series that
    will be one.

    Attributes:
        at: When it is due.
        local: The same in the calendar's zone: `2026-12-24T09:00:00`. Empty until somebody asks for a
            zone.
        account: The account that it goes to.
        post: The post; `None` for an occurrence that is none yet.
        delivery: The delivery; `None` for an occurrence that is no post yet.
        state: Where it stands; `None` for an occurrence that is no post yet.
        gate: Whether people let it go out.
        place: The series or queue that it comes from.
        text: The text of its first piece.
    """

    at: datetime
    local: str = ""
    account: AccountId
    post: PostId | None = None
    delivery: DeliveryId | None = None
    state: DeliveryState | None = None
    gate: Gate
    place: PlanPlace | None = None
    text: str

@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptRecord:
    """One attempt to make a part visible, and what came of it.

    Attributes:
        id: Its id.
        part: The part.
        number: Counts the part's attempts, from 1. One that a snooze made not count shares its number
            with the next.
        began_at: When the intent was committed.
        deadline: Its last byte did not leave after this.
        outcome: What is known of it; `None` while it is in flight.
        known_at: Since when that is known.
        code: The code of the error that it ended with, if it did.
        why: What went wrong, for people.
    """

    id: AttemptId
    part: PartId
    number: int
    began_at: datetime
    deadline: datetime
    outcome: Certainty | None = None
    known_at: datetime | None = None
    code: str | None = None
    why: str | None = None

@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One thing that a delivery waits for, or that became of it.

    Attributes:
        code: What it is, for programs.
        text: What it is, for people.
        until: Until when, where that is known.
    """

    code: ReasonCode
    text: str
    until: datetime | None = None

@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Why a delivery stands where it stands, and what comes next.

    Attributes:
        post: The post.
        delivery: Its way to one account.
        account: That account.
        state: Where it stands.
        summary: All of it in one sentence, in plain words.
        reasons: What it waits for, or what became of it: what has no end of its own first, then what
            lasts longest. Empty if all of it is live.
        next_at: When it is tried next, or asked about; `None` where that takes a person, or where nothing
            is left to do.
        tried: The attempts to make it visible, in the order in which they began.
    """

    post: PostId
    delivery: DeliveryId
    account: AccountId
    state: DeliveryState
    summary: str
    reasons: tuple[Reason, ...]
    next_at: datetime | None = None
    tried: tuple[AttemptRecord, ...]

@dataclass(frozen=True, slots=True, kw_only=True)
class MetricSample:
    """The numbers of one post at one time.

    Attributes:
        account: The account that the post belongs to.
        remote_id: The post, by the platform's id.
        observed_at: When the platform was asked.
        values: What it told.
    """

    account: AccountId
    remote_id: RemoteId
    observed_at: datetime
    values: Mapping[str, int]

@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """Weekly slots, and the posts that stand in them.

    Attributes:
        zone: The IANA zone of its slots.
        slots: Its slots: `Mon-Fri 09:00,17:00`.
        accounts: The accounts that a post goes to which names none.
        gap: For slots that the zone skips.
        fold: For slots that the zone has twice.
    """

    zone: str
    slots: tuple[Slot, ...]
    accounts: tuple[AccountId, ...] = ()
    gap: OnGap = "shift"
    fold: OnFold = "first"

@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What a post of a series says on one account.

    Attributes:
        account: The account.
        platform: Its platform.
        parts: The pieces.
    """

    account: AccountId
    platform: PlatformId
    parts: tuple[PartContent, ...]

@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """What every post of a series is like.

    Attributes:
        targets: Where each goes, and what it says there.
        expires_after: How long after it is due a post is not sent any more.
        priority: Who goes first.
        labels: The caller's labels.
        campaign: The caller's campaign.
        metadata: The caller's own data.
        gate: Whether each has to be approved.
    """

    targets: tuple[Target, ...]
    expires_after: timedelta | None = None
    priority: Priority = "normal"
    labels: tuple[str, ...] = ()
    campaign: str | None = None
    metadata: Mapping[str, str] = FrozenMap({})
    gate: Gate = "open"

@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesDetails:
    """Posts that come again.

    Attributes:
        recurrence: When.
        template: What.
        ahead: How long before it is due an occurrence becomes a post.
        made_until: All occurrences until then have become posts, or were left out.
        taken: Occurrences after that which have become posts already, or are left out.
        ends_before: It gives none at this local time or later: it was changed from there on, or ended.
    """

    recurrence: Recurrence
    template: Template
    ahead: timedelta
    made_until: datetime
    taken: tuple[str, ...] = ()
    ends_before: str | None = None

@dataclass(frozen=True, slots=True)
class PlanKind:
    """What a plan is. It has one of these kinds.

    Kinds:
        series: A series.
        queue: A queue.
    """

    kind: Literal["series", "queue"]
    value: SeriesDetails | Queue | None = None

    @staticmethod
    def series(ref: SeriesDetails) -> PlanKind:
        """A series."""
        return PlanKind("series", _check.instance(ref, "PlanKind.series(ref)", SeriesDetails))
    @staticmethod
    def queue(ref: Queue) -> PlanKind:
        """A queue."""
        return PlanKind("queue", _check.instance(ref, "PlanKind.queue(ref)", Queue))
    def __repr__(self) -> str:
        return f"PlanKind.{self.kind}({'' if self.value is None else repr(self.value)})"

@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A series or a queue.

    Attributes:
        id: Its id.
        tenant: Who owns it.
        name: What people call it.
        state: Whether it goes on.
        revision: Grows with every change, from 1.
        look_at: When a worker looks at it next; `None` if it need not.
        what: What it is.
        actor: Who made it.
        created_at: When it was made.
    """

    id: PlanId
    tenant: TenantId
    name: str
    state: PlanState
    revision: int
    look_at: datetime | None = None
    what: PlanKind
    actor: str
    created_at: datetime

@dataclass(frozen=True, slots=True, kw_only=True)
class Coming:
    """An occurrence that is to come.

    Attributes:
        occurrence: What names it within its series: `2026-12-24T09:00:00`.
        at: When it is due.
    """

    occurrence: str
    at: datetime

@dataclass(frozen=True, slots=True, kw_only=True)
class EventConsumer:
    """A consumer that is known: it has acknowledged something, or was set to a place.

    Attributes:
        name: Its name.
        position: The `sequence` of the last event that it has acknowledged; 0 if there is none.
        moved_at: When that changed last.
    """

    name: ConsumerName
    position: int
    moved_at: datetime

@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """The account's own view of itself.

    Attributes:
        remote_id: The platform's id of it.
        handle: Its name, without `@`.
        display_name: Its name for people.
        metrics: Followers and so on. Missing is not zero.
    """

    remote_id: RemoteId
    handle: str
    display_name: str
    metrics: Mapping[str, int] = FrozenMap({})

@dataclass(frozen=True, slots=True, kw_only=True)
class RemotePost:
    """A post as the platform shows it.

    Attributes:
        id: The platform's id of it.
        text: The text for people: links as they were written, entities unescaped.
        created_at: When it was published.
        url: Where it can be seen.
        reply_to: The post that it answers.
        media: The platform's handles of its media.
        metrics: Its numbers. Missing is not zero.
    """

    id: RemoteId
    text: str
    created_at: datetime | None = None
    url: str | None = None
    reply_to: RemoteId | None = None
    media: tuple[str, ...]
    metrics: Mapping[str, int]

@dataclass(frozen=True, slots=True, kw_only=True)
class RemotePostPage:
    """A page of something.

    Attributes:
        items: The items, in the platform's order.
        next: Gives the next page; `None` at the end.
    """

    items: tuple[RemotePost, ...]
    next: str | None = None

@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """An error as plain data.

    Attributes:
        kind: What went wrong.
        code: The case within the kind, stable between versions.
        message: What was wrong, with which value, and what to do.
        retry: Whether and when to try again.
        certainty: What is certain about the outside world, where a request was to be made.
        severity: How bad it is.
        fingerprint: Groups equal errors: platform, operation, kind and code, never a value.
        platform: The platform that it happened on.
        operation: The operation that it happened in, such as `posts.create`.
        request_id: The platform's own id of the request.
        correlation_id: The id of the call that met it.
        problems: Every problem that was found, where something was checked.
        causes: What caused it, the nearest cause first.
    """

    kind: ErrorKind
    code: str
    message: str
    retry: Retry
    certainty: Certainty | None = None
    severity: Severity
    fingerprint: str
    platform: PlatformId | None = None
    operation: str | None = None
    request_id: str | None = None
    correlation_id: CorrelationId | None = None
    problems: tuple[Problem, ...]
    causes: tuple[str, ...]
