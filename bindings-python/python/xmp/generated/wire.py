# Written by `cargo xtask gen` from xmp-surface/surface.json.
"""Records to and from JSON. What a newer engine adds is passed over."""

from __future__ import annotations
from typing import Any
from xmp import _wire
from xmp._frozen import FrozenMap, frozen
from xmp.generated.inputs import Backoff, BlueskyConfig, BulkRow, DraftFields, Focus, LinkDraft, LookPolicy, MastodonConfig, MediaDraft, PartDraft, Poll, PublishedRef, QuietHours, Recurrence, Resolution, RetryPolicy, Showing, Variant, When, WhenLocal, XConfig
from xmp.generated.outputs import Account, AccountCounts, Approval, Attempt, AttemptRecord, BulkReport, CalendarEntry, CancelledAll, Capability, Checkpoint, Coming, Conflict, Delivery, DeliveryCounts, Due, DueCounts, ErrorRecord, Event, EventConsumer, Evidence, Explanation, Failure, Health, LeaseRecord, LinkCard, MastodonApp, MediaRule, MetricSample, NotCancelled, OldestDue, Part, PartContent, PendingConnection, Plan, PlanKind, PlanPlace, PlatformInfo, PollRule, Post, PostView, Prepared, Price, Problem, Profile, Queue, Reason, RemotePost, RemotePostPage, Retry, Revision, RowReport, Said, SendingStop, SeriesDetails, Settled, Spacing, StateCount, StoredMedia, Tally, Target, Template

__all__ = [
    "read_account",
    "read_account_counts",
    "read_approval",
    "read_attempt",
    "read_attempt_record",
    "read_backoff",
    "read_bluesky_config",
    "read_bulk_report",
    "read_calendar_entry",
    "read_cancelled_all",
    "read_capability",
    "read_checkpoint",
    "read_coming",
    "read_conflict",
    "read_delivery",
    "read_delivery_counts",
    "read_due",
    "read_due_counts",
    "read_error_record",
    "read_event",
    "read_event_consumer",
    "read_evidence",
    "read_explanation",
    "read_failure",
    "read_focus",
    "read_health",
    "read_lease_record",
    "read_link_card",
    "read_link_draft",
    "read_look_policy",
    "read_mastodon_app",
    "read_mastodon_config",
    "read_media_draft",
    "read_media_rule",
    "read_metric_sample",
    "read_not_cancelled",
    "read_oldest_due",
    "read_part",
    "read_part_content",
    "read_part_draft",
    "read_pending_connection",
    "read_plan",
    "read_plan_kind",
    "read_plan_place",
    "read_platform_info",
    "read_poll",
    "read_poll_rule",
    "read_post",
    "read_post_view",
    "read_prepared",
    "read_price",
    "read_problem",
    "read_profile",
    "read_published_ref",
    "read_queue",
    "read_quiet_hours",
    "read_reason",
    "read_recurrence",
    "read_remote_post",
    "read_remote_post_page",
    "read_resolution",
    "read_retry",
    "read_retry_policy",
    "read_revision",
    "read_row_report",
    "read_said",
    "read_sending_stop",
    "read_series_details",
    "read_settled",
    "read_showing",
    "read_spacing",
    "read_state_count",
    "read_stored_media",
    "read_tally",
    "read_target",
    "read_template",
    "read_variant",
    "read_when",
    "read_x_config",
    "write_backoff",
    "write_bluesky_config",
    "write_bulk_row",
    "write_draft",
    "write_focus",
    "write_link_draft",
    "write_look_policy",
    "write_mastodon_config",
    "write_media_draft",
    "write_part_draft",
    "write_poll",
    "write_published_ref",
    "write_quiet_hours",
    "write_recurrence",
    "write_resolution",
    "write_retry_policy",
    "write_showing",
    "write_variant",
    "write_when",
    "write_x_config",
]

def write_x_config(value: XConfig) -> Any:
    """Writes a `XConfig`."""
    return {
        "client_id": value.client_id,
        "client_secret": value.client_secret,
        "base_url": value.base_url,
        "authorize_url": value.authorize_url,
        "settle": _wire.write_length(value.settle),
        "commit_timeout": _wire.write_length(value.commit_timeout),
        "chunk_size": value.chunk_size,
        "processing_timeout": _wire.write_length(value.processing_timeout),
    }

def read_x_config(it: Any) -> XConfig:
    """Reads a `XConfig`."""
    return XConfig(
        client_id=it["client_id"],
        client_secret=it.get("client_secret"),
        base_url=it.get("base_url", "https://api.x.com"),
        authorize_url=it.get("authorize_url"),
        settle=_wire.read_length(it.get("settle", {"nanos":0,"secs":60})),
        commit_timeout=_wire.read_length(it.get("commit_timeout", {"nanos":0,"secs":10})),
        chunk_size=it.get("chunk_size", 1048576),
        processing_timeout=_wire.read_length(it.get("processing_timeout", {"nanos":0,"secs":600})),
    )

def write_bluesky_config(value: BlueskyConfig) -> Any:
    """Writes a `BlueskyConfig`."""
    return {
        "service": value.service,
        "directory": value.directory,
        "settle": _wire.write_length(value.settle),
        "commit_timeout": _wire.write_length(value.commit_timeout),
    }

def read_bluesky_config(it: Any) -> BlueskyConfig:
    """Reads a `BlueskyConfig`."""
    return BlueskyConfig(
        service=it.get("service", "https://bsky.social"),
        directory=it.get("directory", "https://plc.directory"),
        settle=_wire.read_length(it.get("settle", {"nanos":0,"secs":5})),
        commit_timeout=_wire.read_length(it.get("commit_timeout", {"nanos":0,"secs":10})),
    )

def write_mastodon_config(value: MastodonConfig) -> Any:
    """Writes a `MastodonConfig`."""
    return {
        "server": value.server,
        "client_id": value.client_id,
        "client_secret": value.client_secret,
        "settle": _wire.write_length(value.settle),
        "commit_timeout": _wire.write_length(value.commit_timeout),
        "processing_timeout": _wire.write_length(value.processing_timeout),
    }

def read_mastodon_config(it: Any) -> MastodonConfig:
    """Reads a `MastodonConfig`."""
    return MastodonConfig(
        server=it["server"],
        client_id=it["client_id"],
        client_secret=it["client_secret"],
        settle=_wire.read_length(it.get("settle", {"nanos":0,"secs":120})),
        commit_timeout=_wire.read_length(it.get("commit_timeout", {"nanos":0,"secs":10})),
        processing_timeout=_wire.read_length(it.get("processing_timeout", {"nanos":0,"secs":600})),
    )

def write_quiet_hours(value: QuietHours) -> Any:
    """Writes a `QuietHours`."""
    return {
        "start": value.start,
        "end": value.end,
        "zone": value.zone,
    }

def read_quiet_hours(it: Any) -> QuietHours:
    """Reads a `QuietHours`."""
    return QuietHours(
        start=it["start"],
        end=it["end"],
        zone=it["zone"],
    )

def write_focus(value: Focus) -> Any:
    """Writes a `Focus`."""
    return {
        "x": value.x,
        "y": value.y,
    }

def read_focus(it: Any) -> Focus:
    """Reads a `Focus`."""
    return Focus(
        x=it["x"],
        y=it["y"],
    )

def write_media_draft(value: MediaDraft) -> Any:
    """Writes a `MediaDraft`."""
    return {
        "path": value.path,
        "bytes": value.bytes,
        "alt": value.alt,
        "focus": None if value.focus is None else write_focus(value.focus),
    }

def read_media_draft(it: Any) -> MediaDraft:
    """Reads a `MediaDraft`."""
    return MediaDraft(
        path=it.get("path"),
        bytes=it.get("bytes"),
        alt=it.get("alt"),
        focus=_wire.maybe(it.get("focus"), read_focus),
    )

def write_link_draft(value: LinkDraft) -> Any:
    """Writes a `LinkDraft`."""
    return {
        "url": value.url,
        "title": value.title,
        "description": value.description,
        "thumb": None if value.thumb is None else write_media_draft(value.thumb),
    }

def read_link_draft(it: Any) -> LinkDraft:
    """Reads a `LinkDraft`."""
    return LinkDraft(
        url=it["url"],
        title=it["title"],
        description=it["description"],
        thumb=_wire.maybe(it.get("thumb"), read_media_draft),
    )

def write_poll(value: Poll) -> Any:
    """Writes a `Poll`."""
    return {
        "options": value.options,
        "open_for": _wire.write_length(value.open_for),
        "multiple": value.multiple,
        "hide_totals": value.hide_totals,
    }

def read_poll(it: Any) -> Poll:
    """Reads a `Poll`."""
    return Poll(
        options=tuple(it["options"]),
        open_for=_wire.read_length(it["open_for"]),
        multiple=it.get("multiple", False),
        hide_totals=it.get("hide_totals", False),
    )

def write_part_draft(value: PartDraft) -> Any:
    """Writes a `PartDraft`."""
    return {
        "text": value.text,
        "media": [write_media_draft(it) for it in value.media],
        "reply_to": value.reply_to,
        "quote": value.quote,
        "link": None if value.link is None else write_link_draft(value.link),
        "poll": None if value.poll is None else write_poll(value.poll),
    }

def read_part_draft(it: Any) -> PartDraft:
    """Reads a `PartDraft`."""
    return PartDraft(
        text=it.get("text", ""),
        media=tuple([read_media_draft(one) for one in it.get("media", [])]),
        reply_to=it.get("reply_to"),
        quote=it.get("quote"),
        link=_wire.maybe(it.get("link"), read_link_draft),
        poll=_wire.maybe(it.get("poll"), read_poll),
    )

def write_showing(value: Showing) -> Any:
    """Writes a `Showing`."""
    return {
        "language": value.language,
        "visibility": value.visibility,
        "sensitive": value.sensitive,
        "warning": value.warning,
    }

def read_showing(it: Any) -> Showing:
    """Reads a `Showing`."""
    return Showing(
        language=it.get("language"),
        visibility=it.get("visibility"),
        sensitive=it.get("sensitive", False),
        warning=it.get("warning"),
    )

def write_variant(value: Variant) -> Any:
    """Writes a `Variant`."""
    return {
        "platform": value.platform,
        "parts": [write_part_draft(it) for it in value.parts],
        "showing": None if value.showing is None else write_showing(value.showing),
    }

def read_variant(it: Any) -> Variant:
    """Reads a `Variant`."""
    return Variant(
        platform=it["platform"],
        parts=tuple([read_part_draft(one) for one in it.get("parts", [])]),
        showing=_wire.maybe(it.get("showing"), read_showing),
    )

def write_when(value: When) -> Any:
    """Writes a `When`."""
    given: Any = value.value
    if value.kind == "at":
        return {"at": _wire.write_time(given)}
    if value.kind == "local":
        return {"local": {
            "civil": given.civil,
            "zone": given.zone,
            "gap": given.gap,
            "fold": given.fold,
        }}
    return value.kind

def read_when(it: Any) -> When:
    """Reads a `When`."""
    if isinstance(it, str):
        kind: Any = it
        return When(kind)
    ((kind, value),) = it.items()
    if kind == "at":
        return When(kind, _wire.read_time(value))
    if kind == "local":
        return When(kind, WhenLocal(
            civil=value["civil"],
            zone=value["zone"],
            gap=value.get("gap", "refuse"),
            fold=value.get("fold", "refuse"),
        ))
    return When(kind)

def write_draft(value: DraftFields) -> Any:
    """Writes a `Draft`."""
    return {
        "parts": [write_part_draft(it) for it in value.parts],
        "showing": None if value.showing is None else write_showing(value.showing),
        "variants": [write_variant(it) for it in value.variants],
        "accounts": value.accounts,
        "when": write_when(value.when),
        "expires": None if value.expires is None else write_when(value.expires),
        "priority": value.priority,
        "labels": value.labels,
        "campaign": value.campaign,
        "metadata": value.metadata,
        "gate": value.gate,
    }

def write_published_ref(value: PublishedRef) -> Any:
    """Writes a `PublishedRef`."""
    return {
        "remote_id": value.remote_id,
        "url": value.url,
        "at": None if value.at is None else _wire.write_time(value.at),
    }

def read_published_ref(it: Any) -> PublishedRef:
    """Reads a `PublishedRef`."""
    return PublishedRef(
        remote_id=it["remote_id"],
        url=it.get("url"),
        at=_wire.maybe(it.get("at"), _wire.read_time),
    )

def write_bulk_row(value: BulkRow) -> Any:
    """Writes a `BulkRow`."""
    return {
        "key": value.key,
        "draft": write_draft(value.draft),
    }

def write_resolution(value: Resolution) -> Any:
    """Writes a `Resolution`."""
    given: Any = value.value
    if value.kind == "live":
        return {"live": write_published_ref(given)}
    return value.kind

def read_resolution(it: Any) -> Resolution:
    """Reads a `Resolution`."""
    if isinstance(it, str):
        kind: Any = it
        return Resolution(kind)
    ((kind, value),) = it.items()
    if kind == "live":
        return Resolution(kind, read_published_ref(value))
    return Resolution(kind)

def write_recurrence(value: Recurrence) -> Any:
    """Writes a `Recurrence`."""
    return {
        "start": value.start,
        "zone": value.zone,
        "rules": value.rules,
        "dates": value.dates,
        "excluded": value.excluded,
        "gap": value.gap,
        "fold": value.fold,
    }

def read_recurrence(it: Any) -> Recurrence:
    """Reads a `Recurrence`."""
    return Recurrence(
        start=it["start"],
        zone=it["zone"],
        rules=tuple(it.get("rules", [])),
        dates=tuple(it.get("dates", [])),
        excluded=tuple(it.get("excluded", [])),
        gap=it.get("gap", "shift"),
        fold=it.get("fold", "first"),
    )

def write_backoff(value: Backoff) -> Any:
    """Writes a `Backoff`."""
    return {
        "base": _wire.write_length(value.base),
        "cap": _wire.write_length(value.cap),
    }

def read_backoff(it: Any) -> Backoff:
    """Reads a `Backoff`."""
    return Backoff(
        base=_wire.read_length(it["base"]),
        cap=_wire.read_length(it["cap"]),
    )

def write_retry_policy(value: RetryPolicy) -> Any:
    """Writes a `RetryPolicy`."""
    return {
        "max_attempts": value.max_attempts,
        "backoff": write_backoff(value.backoff),
    }

def read_retry_policy(it: Any) -> RetryPolicy:
    """Reads a `RetryPolicy`."""
    return RetryPolicy(
        max_attempts=it.get("max_attempts", 5),
        backoff=read_backoff(it.get("backoff", {"base":{"nanos":0,"secs":2},"cap":{"nanos":0,"secs":600}})),
    )

def write_look_policy(value: LookPolicy) -> Any:
    """Writes a `LookPolicy`."""
    return {
        "looks": value.looks,
        "every": _wire.write_length(value.every),
        "patience": _wire.write_length(value.patience),
    }

def read_look_policy(it: Any) -> LookPolicy:
    """Reads a `LookPolicy`."""
    return LookPolicy(
        looks=it.get("looks", 3),
        every=_wire.read_length(it.get("every", {"nanos":0,"secs":20})),
        patience=_wire.read_length(it.get("patience", {"nanos":0,"secs":86400})),
    )

def read_media_rule(it: Any) -> MediaRule:
    """Reads a `MediaRule`."""
    return MediaRule(
        kind=it["kind"],
        types=tuple(it["types"]),
        max_bytes=it["max_bytes"],
        max_count=it["max_count"],
    )

def read_poll_rule(it: Any) -> PollRule:
    """Reads a `PollRule`."""
    return PollRule(
        max_options=it["max_options"],
        max_option_length=it["max_option_length"],
        min_open=_wire.read_length(it["min_open"]),
        max_open=_wire.read_length(it["max_open"]),
    )

def read_price(it: Any) -> Price:
    """Reads a `Price`."""
    return Price(
        what=it["what"],
        micro_usd=it["micro_usd"],
    )

def read_capability(it: Any) -> Capability:
    """Reads a `Capability`."""
    return Capability(
        connect_by=it["connect_by"],
        text_rule=it["text_rule"],
        text_limit=it["text_limit"],
        text_bytes=it.get("text_bytes"),
        link_length=it.get("link_length"),
        media=tuple([read_media_rule(one) for one in it["media"]]),
        media_per_part=it["media_per_part"],
        alt_text_limit=it["alt_text_limit"],
        media_without_text=it["media_without_text"],
        replies=it["replies"],
        quotes=it["quotes"],
        link_cards=it["link_cards"],
        polls=_wire.maybe(it.get("polls"), read_poll_rule),
        visibilities=tuple(it["visibilities"]),
        sensitive=it["sensitive"],
        warnings=it["warnings"],
        languages=it["languages"],
        thread_limit=it["thread_limit"],
        edit=it["edit"],
        delete=it["delete"],
        schedules=it["schedules"],
        metrics=tuple(it["metrics"]),
        timeline=it["timeline"],
        idempotency=it["idempotency"],
        key_remembered=_wire.maybe(it.get("key_remembered"), _wire.read_length),
        settle=_wire.read_length(it["settle"]),
        commit_timeout=_wire.read_length(it["commit_timeout"]),
        priced=tuple([read_price(one) for one in it["priced"]]),
    )

def read_platform_info(it: Any) -> PlatformInfo:
    """Reads a `PlatformInfo`."""
    return PlatformInfo(
        id=it["id"],
        app=it["app"],
        capability=read_capability(it["capability"]),
    )

def read_event(it: Any) -> Event:
    """Reads a `Event`."""
    return Event(
        id=it["id"],
        version=it["version"],
        tenant=it["tenant"],
        sequence=it["sequence"],
        kind=it["kind"],
        at=_wire.read_time(it["at"]),
        correlation_id=it["correlation_id"],
        actor=it["actor"],
        account=it.get("account"),
        post=it.get("post"),
        delivery=it.get("delivery"),
        part=it.get("part"),
        data=frozen(it["data"]),
    )

def read_sending_stop(it: Any) -> SendingStop:
    """Reads a `SendingStop`."""
    return SendingStop(
        scope=it["scope"],
        why=it["why"],
        actor=it["actor"],
        since=_wire.read_time(it["since"]),
    )

def read_account_counts(it: Any) -> AccountCounts:
    """Reads a `AccountCounts`."""
    return AccountCounts(
        active=it["active"],
        paused=it["paused"],
        needs_consent=it["needs_consent"],
        suspended=it["suspended"],
    )

def read_delivery_counts(it: Any) -> DeliveryCounts:
    """Reads a `DeliveryCounts`."""
    return DeliveryCounts(
        waiting=it["waiting"],
        working=it["working"],
        unconfirmed=it["unconfirmed"],
        held=it["held"],
        partly_published=it["partly_published"],
        failed=it["failed"],
        cancelled=it["cancelled"],
        expired=it["expired"],
    )

def read_due_counts(it: Any) -> DueCounts:
    """Reads a `DueCounts`."""
    return DueCounts(
        ready=it["ready"],
        overdue=it["overdue"],
        kept_back=it["kept_back"],
    )

def read_retry(it: Any) -> Retry:
    """Reads a `Retry`."""
    if isinstance(it, str):
        kind: Any = it
        return Retry(kind)
    ((kind, value),) = it.items()
    if kind == "after":
        return Retry(kind, _wire.read_length(value))
    return Retry(kind)

def read_error_record(it: Any) -> ErrorRecord:
    """Reads a `ErrorRecord`."""
    return ErrorRecord(
        kind=it["kind"],
        code=it["code"],
        message=it["message"],
        retry=read_retry(it["retry"]),
        certainty=it.get("certainty"),
        request_id=it.get("request_id"),
        fingerprint=it["fingerprint"],
    )

def read_oldest_due(it: Any) -> OldestDue:
    """Reads a `OldestDue`."""
    return OldestDue(
        delivery=it["delivery"],
        post=it["post"],
        account=it["account"],
        since=_wire.read_time(it["since"]),
        late=_wire.read_length(it["late"]),
    )

def read_tally(it: Any) -> Tally:
    """Reads a `Tally`."""
    return Tally(
        deliveries=read_delivery_counts(it["deliveries"]),
        due=read_due_counts(it["due"]),
        oldest_due=_wire.maybe(it.get("oldest_due"), read_oldest_due),
        accounts=read_account_counts(it["accounts"]),
        needs_consent=tuple(it["needs_consent"]),
        stops=tuple([read_sending_stop(one) for one in it["stops"]]),
    )

def read_health(it: Any) -> Health:
    """Reads a `Health`."""
    return Health(
        store=it["store"],
        reachable=it["reachable"],
        took=_wire.read_length(it["took"]),
        error=_wire.maybe(it.get("error"), read_error_record),
        tally=_wire.maybe(it.get("tally"), read_tally),
    )

def read_pending_connection(it: Any) -> PendingConnection:
    """Reads a `PendingConnection`."""
    return PendingConnection(
        url=it["url"],
    )

def read_spacing(it: Any) -> Spacing:
    """Reads a `Spacing`."""
    return Spacing(
        min_interval=_wire.maybe(it.get("min_interval"), _wire.read_length),
        per_hour=it.get("per_hour"),
        per_day=it.get("per_day"),
        quiet_hours=tuple([read_quiet_hours(one) for one in it.get("quiet_hours", [])]),
    )

def read_account(it: Any) -> Account:
    """Reads a `Account`."""
    return Account(
        id=it["id"],
        tenant=it["tenant"],
        platform=it["platform"],
        app=it["app"],
        remote_id=it["remote_id"],
        handle=it["handle"],
        state=it["state"],
        scopes=tuple(it["scopes"]),
        on_absent=it["on_absent"],
        blocked_until=_wire.maybe(it.get("blocked_until"), _wire.read_time),
        spacing=read_spacing(it.get("spacing", {})),
        paced_until=_wire.maybe(it.get("paced_until"), _wire.read_time),
        created_at=_wire.read_time(it["created_at"]),
    )

def read_mastodon_app(it: Any) -> MastodonApp:
    """Reads a `MastodonApp`."""
    return MastodonApp(
        server=it["server"],
        client_id=it["client_id"],
        client_secret=it["client_secret"],
    )

def read_approval(it: Any) -> Approval:
    """Reads a `Approval`."""
    return Approval(
        by=it["by"],
        at=_wire.read_time(it["at"]),
        revision=it["revision"],
        note=it.get("note"),
    )

def read_evidence(it: Any) -> Evidence:
    """Reads a `Evidence`."""
    return Evidence(
        text=it["text"],
        media=tuple(it.get("media", [])),
        reply_to=it.get("reply_to"),
        key=it.get("key"),
    )

def read_prepared(it: Any) -> Prepared:
    """Reads a `Prepared`."""
    return Prepared(
        request=frozen(it["request"]),
        evidence=read_evidence(it["evidence"]),
    )

def read_attempt(it: Any) -> Attempt:
    """Reads a `Attempt`."""
    return Attempt(
        id=it["id"],
        number=it["number"],
        fence=it["fence"],
        began_at=_wire.read_time(it["began_at"]),
        since=_wire.read_time(it["since"]),
        deadline=_wire.read_time(it["deadline"]),
        confirm_after=_wire.read_time(it["confirm_after"]),
        prepared=read_prepared(it["prepared"]),
        outcome=it.get("outcome"),
    )

def read_checkpoint(it: Any) -> Checkpoint:
    """Reads a `Checkpoint`."""
    return Checkpoint(
        name=it["name"],
        value=it["value"],
        expires_at=_wire.maybe(it.get("expires_at"), _wire.read_time),
    )

def read_lease_record(it: Any) -> LeaseRecord:
    """Reads a `LeaseRecord`."""
    return LeaseRecord(
        worker=it["worker"],
        until=_wire.read_time(it["until"]),
    )

def read_stored_media(it: Any) -> StoredMedia:
    """Reads a `StoredMedia`."""
    return StoredMedia(
        hash=it["hash"],
        mime=it["mime"],
        kind=it["kind"],
        size=it["size"],
        alt=it.get("alt"),
        focus=_wire.maybe(it.get("focus"), read_focus),
        width=it.get("width"),
        height=it.get("height"),
    )

def read_link_card(it: Any) -> LinkCard:
    """Reads a `LinkCard`."""
    return LinkCard(
        url=it["url"],
        title=it["title"],
        description=it["description"],
        thumb=_wire.maybe(it.get("thumb"), read_stored_media),
    )

def read_part_content(it: Any) -> PartContent:
    """Reads a `PartContent`."""
    return PartContent(
        text=it["text"],
        media=tuple([read_stored_media(one) for one in it.get("media", [])]),
        reply_to=it.get("reply_to"),
        quote=it.get("quote"),
        link=_wire.maybe(it.get("link"), read_link_card),
        poll=_wire.maybe(it.get("poll"), read_poll),
        showing=read_showing(it["showing"]),
    )

def read_part(it: Any) -> Part:
    """Reads a `Part`."""
    return Part(
        id=it["id"],
        index=it["index"],
        content=read_part_content(it["content"]),
        fingerprint=it["fingerprint"],
        state=it["state"],
        attempts=it["attempts"],
        looks=it["looks"],
        published=_wire.maybe(it.get("published"), read_published_ref),
        error=_wire.maybe(it.get("error"), read_error_record),
        checkpoints=tuple([read_checkpoint(one) for one in it["checkpoints"]]),
        attempt=_wire.maybe(it.get("attempt"), read_attempt),
    )

def read_delivery(it: Any) -> Delivery:
    """Reads a `Delivery`."""
    return Delivery(
        id=it["id"],
        tenant=it["tenant"],
        post=it["post"],
        account=it["account"],
        platform=it["platform"],
        state=it["state"],
        priority=it["priority"],
        due_at=_wire.read_time(it["due_at"]),
        expires_at=_wire.maybe(it.get("expires_at"), _wire.read_time),
        run_at=_wire.maybe(it.get("run_at"), _wire.read_time),
        waiting=it.get("waiting"),
        lease=_wire.maybe(it.get("lease"), read_lease_record),
        fence=it["fence"],
        queue=it.get("queue"),
        parts=tuple([read_part(one) for one in it["parts"]]),
    )

def read_due(it: Any) -> Due:
    """Reads a `Due`."""
    return Due(
        at=_wire.read_time(it["at"]),
        asked=read_when(it["asked"]),
        tzdb=it.get("tzdb"),
    )

def read_plan_place(it: Any) -> PlanPlace:
    """Reads a `PlanPlace`."""
    return PlanPlace(
        plan=it["plan"],
        slot=it["slot"],
        in_queue=it.get("in_queue", False),
    )

def read_post(it: Any) -> Post:
    """Reads a `Post`."""
    return Post(
        id=it["id"],
        tenant=it["tenant"],
        key=it["key"],
        request=it["request"],
        due=read_due(it["due"]),
        expires=_wire.maybe(it.get("expires"), read_due),
        priority=it["priority"],
        labels=tuple(it["labels"]),
        campaign=it.get("campaign"),
        metadata=FrozenMap(it["metadata"]),
        correlation_id=it["correlation_id"],
        actor=it["actor"],
        created_at=_wire.read_time(it["created_at"]),
        gate=it.get("gate", "open"),
        approval=_wire.maybe(it.get("approval"), read_approval),
        revision=it.get("revision", 1),
        place=_wire.maybe(it.get("place"), read_plan_place),
    )

def read_post_view(it: Any) -> PostView:
    """Reads a `PostView`."""
    return PostView(
        post=read_post(it["post"]),
        deliveries=tuple([read_delivery(one) for one in it["deliveries"]]),
    )

def read_problem(it: Any) -> Problem:
    """Reads a `Problem`."""
    return Problem(
        platform=it.get("platform"),
        field=it["field"],
        rule=it["rule"],
        value=it["value"],
        limit=it["limit"],
        hint=it.get("hint"),
    )

def read_row_report(it: Any) -> RowReport:
    """Reads a `RowReport`."""
    return RowReport(
        row=it["row"],
        key=it["key"],
        outcome=it["outcome"],
        post=it.get("post"),
        problems=tuple([read_problem(one) for one in it["problems"]]),
    )

def read_bulk_report(it: Any) -> BulkReport:
    """Reads a `BulkReport`."""
    return BulkReport(
        rows=tuple([read_row_report(one) for one in it["rows"]]),
        scheduled=it["scheduled"],
        replayed=it["replayed"],
        refused=it["refused"],
    )

def read_conflict(it: Any) -> Conflict:
    """Reads a `Conflict`."""
    return Conflict(
        kind=it["kind"],
        account=it["account"],
        other=it.get("other"),
        at=_wire.maybe(it.get("at"), _wire.read_time),
        similarity=it.get("similarity"),
        reason=it["reason"],
        suggestion=_wire.maybe(it.get("suggestion"), _wire.read_time),
    )

def read_settled(it: Any) -> Settled:
    """Reads a `Settled`."""
    return Settled(
        view=read_post_view(it["view"]),
        conflicts=tuple([read_conflict(one) for one in it["conflicts"]]),
        moved_from=_wire.maybe(it.get("moved_from"), _wire.read_time),
    )

def read_said(it: Any) -> Said:
    """Reads a `Said`."""
    return Said(
        delivery=it["delivery"],
        account=it["account"],
        parts=tuple([read_part_content(one) for one in it["parts"]]),
    )

def read_revision(it: Any) -> Revision:
    """Reads a `Revision`."""
    return Revision(
        post=it["post"],
        revision=it["revision"],
        replaced_at=_wire.read_time(it["replaced_at"]),
        replaced_by=it["replaced_by"],
        due=read_due(it["due"]),
        said=tuple([read_said(one) for one in it["said"]]),
    )

def read_state_count(it: Any) -> StateCount:
    """Reads a `StateCount`."""
    return StateCount(
        state=it["state"],
        count=it["count"],
    )

def read_not_cancelled(it: Any) -> NotCancelled:
    """Reads a `NotCancelled`."""
    return NotCancelled(
        post=it["post"],
        error=read_error_record(it["error"]),
    )

def read_cancelled_all(it: Any) -> CancelledAll:
    """Reads a `CancelledAll`."""
    return CancelledAll(
        cancelled=tuple(it["cancelled"]),
        left=tuple([read_not_cancelled(one) for one in it["left"]]),
    )

def read_calendar_entry(it: Any) -> CalendarEntry:
    """Reads a `CalendarEntry`."""
    return CalendarEntry(
        at=_wire.read_time(it["at"]),
        local=it.get("local", ""),
        account=it["account"],
        post=it.get("post"),
        delivery=it.get("delivery"),
        state=it.get("state"),
        gate=it["gate"],
        place=_wire.maybe(it.get("place"), read_plan_place),
        text=it["text"],
    )

def read_attempt_record(it: Any) -> AttemptRecord:
    """Reads a `AttemptRecord`."""
    return AttemptRecord(
        id=it["id"],
        part=it["part"],
        number=it["number"],
        began_at=_wire.read_time(it["began_at"]),
        deadline=_wire.read_time(it["deadline"]),
        outcome=it.get("outcome"),
        known_at=_wire.maybe(it.get("known_at"), _wire.read_time),
        code=it.get("code"),
        why=it.get("why"),
    )

def read_reason(it: Any) -> Reason:
    """Reads a `Reason`."""
    return Reason(
        code=it["code"],
        text=it["text"],
        until=_wire.maybe(it.get("until"), _wire.read_time),
    )

def read_explanation(it: Any) -> Explanation:
    """Reads a `Explanation`."""
    return Explanation(
        post=it["post"],
        delivery=it["delivery"],
        account=it["account"],
        state=it["state"],
        summary=it["summary"],
        reasons=tuple([read_reason(one) for one in it["reasons"]]),
        next_at=_wire.maybe(it.get("next_at"), _wire.read_time),
        tried=tuple([read_attempt_record(one) for one in it["tried"]]),
    )

def read_metric_sample(it: Any) -> MetricSample:
    """Reads a `MetricSample`."""
    return MetricSample(
        account=it["account"],
        remote_id=it["remote_id"],
        observed_at=_wire.read_time(it["observed_at"]),
        values=FrozenMap(it["values"]),
    )

def read_queue(it: Any) -> Queue:
    """Reads a `Queue`."""
    return Queue(
        zone=it["zone"],
        slots=tuple(it["slots"]),
        accounts=tuple(it.get("accounts", [])),
        gap=it.get("gap", "shift"),
        fold=it.get("fold", "first"),
    )

def read_target(it: Any) -> Target:
    """Reads a `Target`."""
    return Target(
        account=it["account"],
        platform=it["platform"],
        parts=tuple([read_part_content(one) for one in it["parts"]]),
    )

def read_template(it: Any) -> Template:
    """Reads a `Template`."""
    return Template(
        targets=tuple([read_target(one) for one in it["targets"]]),
        expires_after=_wire.maybe(it.get("expires_after"), _wire.read_length),
        priority=it.get("priority", "normal"),
        labels=tuple(it.get("labels", [])),
        campaign=it.get("campaign"),
        metadata=FrozenMap(it.get("metadata", {})),
        gate=it.get("gate", "open"),
    )

def read_series_details(it: Any) -> SeriesDetails:
    """Reads a `SeriesDetails`."""
    return SeriesDetails(
        recurrence=read_recurrence(it["recurrence"]),
        template=read_template(it["template"]),
        ahead=_wire.read_length(it["ahead"]),
        made_until=_wire.read_time(it["made_until"]),
        taken=tuple(it.get("taken", [])),
        ends_before=it.get("ends_before"),
    )

def read_plan_kind(it: Any) -> PlanKind:
    """Reads a `PlanKind`."""
    if isinstance(it, str):
        kind: Any = it
        return PlanKind(kind)
    ((kind, value),) = it.items()
    if kind == "series":
        return PlanKind(kind, read_series_details(value))
    if kind == "queue":
        return PlanKind(kind, read_queue(value))
    return PlanKind(kind)

def read_plan(it: Any) -> Plan:
    """Reads a `Plan`."""
    return Plan(
        id=it["id"],
        tenant=it["tenant"],
        name=it["name"],
        state=it["state"],
        revision=it["revision"],
        look_at=_wire.maybe(it.get("look_at"), _wire.read_time),
        what=read_plan_kind(it["what"]),
        actor=it["actor"],
        created_at=_wire.read_time(it["created_at"]),
    )

def read_coming(it: Any) -> Coming:
    """Reads a `Coming`."""
    return Coming(
        occurrence=it["occurrence"],
        at=_wire.read_time(it["at"]),
    )

def read_event_consumer(it: Any) -> EventConsumer:
    """Reads a `EventConsumer`."""
    return EventConsumer(
        name=it["name"],
        position=it["position"],
        moved_at=_wire.read_time(it["moved_at"]),
    )

def read_profile(it: Any) -> Profile:
    """Reads a `Profile`."""
    return Profile(
        remote_id=it["remote_id"],
        handle=it["handle"],
        display_name=it["display_name"],
        metrics=FrozenMap(it.get("metrics", {})),
    )

def read_remote_post(it: Any) -> RemotePost:
    """Reads a `RemotePost`."""
    return RemotePost(
        id=it["id"],
        text=it["text"],
        created_at=_wire.maybe(it.get("created_at"), _wire.read_time),
        url=it.get("url"),
        reply_to=it.get("reply_to"),
        media=tuple(it["media"]),
        metrics=FrozenMap(it["metrics"]),
    )

def read_remote_post_page(it: Any) -> RemotePostPage:
    """Reads a `RemotePostPage`."""
    return RemotePostPage(
        items=tuple([read_remote_post(one) for one in it["items"]]),
        next=it.get("next"),
    )

def read_failure(it: Any) -> Failure:
    """Reads a `Failure`."""
    return Failure(
        kind=it["kind"],
        code=it["code"],
        message=it["message"],
        retry=read_retry(it["retry"]),
        certainty=it.get("certainty"),
        severity=it["severity"],
        fingerprint=it["fingerprint"],
        platform=it.get("platform"),
        operation=it.get("operation"),
        request_id=it.get("request_id"),
        correlation_id=it.get("correlation_id"),
        problems=tuple([read_problem(one) for one in it["problems"]]),
        causes=tuple(it["causes"]),
    )
