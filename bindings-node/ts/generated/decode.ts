// Written by `cargo xtask gen` from xmp-surface/surface.json. Not to be changed by hand.

import { duration, redacted } from "../runtime/decode.js";
import type * as Wire from "./wire.js";
import type { PlanKind, Retry, When } from "./tagged.js";
import type {
  Account,
  AccountCounts,
  Approval,
  Attempt,
  AttemptRecord,
  BulkReport,
  CalendarEntry,
  CancelledAll,
  Capability,
  Checkpoint,
  Coming,
  Conflict,
  Delivery,
  DeliveryCounts,
  Due,
  DueCounts,
  ErrorRecord,
  Event,
  EventConsumer,
  Evidence,
  Explanation,
  Failure,
  Fault,
  Focus,
  Health,
  LeaseRecord,
  LedgerEdit,
  LedgerEntry,
  LinkCard,
  MastodonApp,
  MediaRule,
  MetricSample,
  NotCancelled,
  OldestDue,
  Part,
  PartContent,
  PendingConnection,
  Plan,
  PlanPlace,
  PlatformInfo,
  Poll,
  PollRule,
  Post,
  PostView,
  Prepared,
  Price,
  Problem,
  Profile,
  PublishedRef,
  Queue,
  QuietHours,
  Reason,
  RecordedRequest,
  Recurrence,
  RemotePost,
  RemotePostPage,
  Revision,
  RowReport,
  Said,
  SendingStop,
  SeriesDetails,
  Settled,
  Showing,
  Spacing,
  StateCount,
  StoredMedia,
  Tally,
  Target,
  Template,
  Tokens,
} from "./types.js";

export function decodePlatformInfo(wire: Wire.PlatformInfo): PlatformInfo {
  return {
    id: wire.id,
    app: wire.app,
    capability: decodeCapability(wire.capability),
  };
}

export function decodeCapability(wire: Wire.Capability): Capability {
  return {
    connectBy: wire.connect_by,
    textRule: wire.text_rule,
    textLimit: wire.text_limit,
    textBytes: wire.text_bytes ?? null,
    linkLength: wire.link_length ?? null,
    media: wire.media.map(decodeMediaRule),
    mediaPerPart: wire.media_per_part,
    altTextLimit: wire.alt_text_limit,
    mediaWithoutText: wire.media_without_text,
    replies: wire.replies,
    quotes: wire.quotes,
    linkCards: wire.link_cards,
    polls: wire.polls == null ? null : decodePollRule(wire.polls),
    visibilities: wire.visibilities,
    sensitive: wire.sensitive,
    warnings: wire.warnings,
    languages: wire.languages,
    threadLimit: wire.thread_limit,
    edit: wire.edit,
    delete: wire.delete,
    schedules: wire.schedules,
    metrics: wire.metrics,
    timeline: wire.timeline,
    idempotency: wire.idempotency,
    keyRemembered: wire.key_remembered == null ? null : duration(wire.key_remembered),
    settle: duration(wire.settle),
    commitTimeout: duration(wire.commit_timeout),
    priced: wire.priced.map(decodePrice),
  };
}

export function decodeMediaRule(wire: Wire.MediaRule): MediaRule {
  return {
    kind: wire.kind,
    types: wire.types,
    maxBytes: wire.max_bytes,
    maxCount: wire.max_count,
  };
}

export function decodePollRule(wire: Wire.PollRule): PollRule {
  return {
    maxOptions: wire.max_options,
    maxOptionLength: wire.max_option_length,
    minOpen: duration(wire.min_open),
    maxOpen: duration(wire.max_open),
  };
}

export function decodePrice(wire: Wire.Price): Price {
  return {
    what: wire.what,
    microUsd: wire.micro_usd,
  };
}

export function decodeEvent(wire: Wire.Event): Event {
  return {
    id: wire.id,
    version: wire.version,
    tenant: wire.tenant,
    sequence: wire.sequence,
    kind: wire.kind,
    at: new Date(wire.at),
    correlationId: wire.correlation_id,
    actor: wire.actor,
    account: wire.account ?? null,
    post: wire.post ?? null,
    delivery: wire.delivery ?? null,
    part: wire.part ?? null,
    data: wire.data,
  };
}

export function decodeSendingStop(wire: Wire.SendingStop): SendingStop {
  return {
    scope: wire.scope,
    why: wire.why,
    actor: wire.actor,
    since: new Date(wire.since),
  };
}

export function decodeHealth(wire: Wire.Health): Health {
  return {
    store: wire.store,
    reachable: wire.reachable,
    took: duration(wire.took),
    error: wire.error == null ? null : decodeErrorRecord(wire.error),
    tally: wire.tally == null ? null : decodeTally(wire.tally),
  };
}

export function decodeErrorRecord(wire: Wire.ErrorRecord): ErrorRecord {
  return {
    kind: wire.kind,
    code: wire.code,
    message: wire.message,
    retry: decodeRetry(wire.retry),
    certainty: wire.certainty ?? null,
    requestId: wire.request_id ?? null,
    fingerprint: wire.fingerprint,
  };
}

export function decodeRetry(wire: Wire.Retry): Retry {
  if (typeof wire === "string") {
    return { kind: wire };
  }
  return { kind: "after", after: duration(wire.after) };
}

export function decodeTally(wire: Wire.Tally): Tally {
  return {
    deliveries: decodeDeliveryCounts(wire.deliveries),
    due: decodeDueCounts(wire.due),
    oldestDue: wire.oldest_due == null ? null : decodeOldestDue(wire.oldest_due),
    accounts: decodeAccountCounts(wire.accounts),
    needsConsent: wire.needs_consent,
    stops: wire.stops.map(decodeSendingStop),
  };
}

export function decodeDeliveryCounts(wire: Wire.DeliveryCounts): DeliveryCounts {
  return {
    waiting: wire.waiting,
    working: wire.working,
    unconfirmed: wire.unconfirmed,
    held: wire.held,
    partlyPublished: wire.partly_published,
    failed: wire.failed,
    cancelled: wire.cancelled,
    expired: wire.expired,
  };
}

export function decodeDueCounts(wire: Wire.DueCounts): DueCounts {
  return {
    ready: wire.ready,
    overdue: wire.overdue,
    keptBack: wire.kept_back,
  };
}

export function decodeOldestDue(wire: Wire.OldestDue): OldestDue {
  return {
    delivery: wire.delivery,
    post: wire.post,
    account: wire.account,
    since: new Date(wire.since),
    late: duration(wire.late),
  };
}

export function decodeAccountCounts(wire: Wire.AccountCounts): AccountCounts {
  return {
    active: wire.active,
    paused: wire.paused,
    needsConsent: wire.needs_consent,
    suspended: wire.suspended,
  };
}

export function decodePendingConnection(wire: Wire.PendingConnection): PendingConnection {
  return redacted({
    url: wire.url,
  }, ["url"]);
}

export function decodeAccount(wire: Wire.Account): Account {
  return {
    id: wire.id,
    tenant: wire.tenant,
    platform: wire.platform,
    app: wire.app,
    remoteId: wire.remote_id,
    handle: wire.handle,
    state: wire.state,
    scopes: wire.scopes,
    onAbsent: wire.on_absent,
    blockedUntil: wire.blocked_until == null ? null : new Date(wire.blocked_until),
    spacing: decodeSpacing((wire.spacing ?? {})),
    pacedUntil: wire.paced_until == null ? null : new Date(wire.paced_until),
    createdAt: new Date(wire.created_at),
  };
}

export function decodeSpacing(wire: Wire.Spacing): Spacing {
  return {
    minInterval: wire.min_interval == null ? null : duration(wire.min_interval),
    perHour: wire.per_hour ?? null,
    perDay: wire.per_day ?? null,
    quietHours: (wire.quiet_hours ?? []).map(decodeQuietHours),
  };
}

export function decodeQuietHours(wire: Wire.QuietHours): QuietHours {
  return {
    start: wire.start,
    end: wire.end,
    zone: wire.zone,
  };
}

export function decodeMastodonApp(wire: Wire.MastodonApp): MastodonApp {
  return redacted({
    server: wire.server,
    clientId: wire.client_id,
    clientSecret: wire.client_secret,
  }, ["clientSecret"]);
}

export function decodeFocus(wire: Wire.Focus): Focus {
  return {
    x: wire.x,
    y: wire.y,
  };
}

export function decodePoll(wire: Wire.Poll): Poll {
  return {
    options: wire.options,
    openFor: duration(wire.open_for),
    multiple: wire.multiple ?? false,
    hideTotals: wire.hide_totals ?? false,
  };
}

export function decodeShowing(wire: Wire.Showing): Showing {
  return {
    language: wire.language ?? null,
    visibility: wire.visibility ?? null,
    sensitive: wire.sensitive ?? false,
    warning: wire.warning ?? null,
  };
}

export function decodeWhen(wire: Wire.When): When {
  if (typeof wire === "string") {
    return { kind: wire };
  }
  if ("at" in wire) {
    return { kind: "at", at: new Date(wire.at) };
  }
  return { kind: "local", civil: wire.local.civil, zone: wire.local.zone, gap: wire.local.gap ?? "refuse", fold: wire.local.fold ?? "refuse" };
}

export function decodePostView(wire: Wire.PostView): PostView {
  return {
    post: decodePost(wire.post),
    deliveries: wire.deliveries.map(decodeDelivery),
  };
}

export function decodePost(wire: Wire.Post): Post {
  return {
    id: wire.id,
    tenant: wire.tenant,
    key: wire.key,
    request: wire.request,
    due: decodeDue(wire.due),
    expires: wire.expires == null ? null : decodeDue(wire.expires),
    priority: wire.priority,
    labels: wire.labels,
    campaign: wire.campaign ?? null,
    metadata: wire.metadata,
    correlationId: wire.correlation_id,
    actor: wire.actor,
    createdAt: new Date(wire.created_at),
    gate: wire.gate ?? "open",
    approval: wire.approval == null ? null : decodeApproval(wire.approval),
    revision: wire.revision ?? 1,
    place: wire.place == null ? null : decodePlanPlace(wire.place),
  };
}

export function decodeDue(wire: Wire.Due): Due {
  return {
    at: new Date(wire.at),
    asked: decodeWhen(wire.asked),
    tzdb: wire.tzdb ?? null,
  };
}

export function decodeApproval(wire: Wire.Approval): Approval {
  return {
    by: wire.by,
    at: new Date(wire.at),
    revision: wire.revision,
    note: wire.note ?? null,
  };
}

export function decodePlanPlace(wire: Wire.PlanPlace): PlanPlace {
  return {
    plan: wire.plan,
    slot: wire.slot,
    inQueue: wire.in_queue ?? false,
  };
}

export function decodeDelivery(wire: Wire.Delivery): Delivery {
  return {
    id: wire.id,
    tenant: wire.tenant,
    post: wire.post,
    account: wire.account,
    platform: wire.platform,
    state: wire.state,
    priority: wire.priority,
    dueAt: new Date(wire.due_at),
    expiresAt: wire.expires_at == null ? null : new Date(wire.expires_at),
    runAt: wire.run_at == null ? null : new Date(wire.run_at),
    waiting: wire.waiting ?? null,
    lease: wire.lease == null ? null : decodeLeaseRecord(wire.lease),
    fence: wire.fence,
    queue: wire.queue ?? null,
    parts: wire.parts.map(decodePart),
  };
}

export function decodeLeaseRecord(wire: Wire.LeaseRecord): LeaseRecord {
  return {
    worker: wire.worker,
    until: new Date(wire.until),
  };
}

export function decodePart(wire: Wire.Part): Part {
  return {
    id: wire.id,
    index: wire.index,
    content: decodePartContent(wire.content),
    fingerprint: wire.fingerprint,
    state: wire.state,
    attempts: wire.attempts,
    looks: wire.looks,
    published: wire.published == null ? null : decodePublishedRef(wire.published),
    error: wire.error == null ? null : decodeErrorRecord(wire.error),
    checkpoints: wire.checkpoints.map(decodeCheckpoint),
    attempt: wire.attempt == null ? null : decodeAttempt(wire.attempt),
  };
}

export function decodePartContent(wire: Wire.PartContent): PartContent {
  return {
    text: wire.text,
    media: (wire.media ?? []).map(decodeStoredMedia),
    replyTo: wire.reply_to ?? null,
    quote: wire.quote ?? null,
    link: wire.link == null ? null : decodeLinkCard(wire.link),
    poll: wire.poll == null ? null : decodePoll(wire.poll),
    showing: decodeShowing(wire.showing),
  };
}

export function decodeStoredMedia(wire: Wire.StoredMedia): StoredMedia {
  return {
    hash: wire.hash,
    mime: wire.mime,
    kind: wire.kind,
    size: wire.size,
    alt: wire.alt ?? null,
    focus: wire.focus == null ? null : decodeFocus(wire.focus),
    width: wire.width ?? null,
    height: wire.height ?? null,
  };
}

export function decodeLinkCard(wire: Wire.LinkCard): LinkCard {
  return {
    url: wire.url,
    title: wire.title,
    description: wire.description,
    thumb: wire.thumb == null ? null : decodeStoredMedia(wire.thumb),
  };
}

export function decodePublishedRef(wire: Wire.PublishedRef): PublishedRef {
  return {
    remoteId: wire.remote_id,
    url: wire.url ?? null,
    at: wire.at == null ? null : new Date(wire.at),
  };
}

export function decodeCheckpoint(wire: Wire.Checkpoint): Checkpoint {
  return {
    name: wire.name,
    value: wire.value,
    expiresAt: wire.expires_at == null ? null : new Date(wire.expires_at),
  };
}

export function decodeAttempt(wire: Wire.Attempt): Attempt {
  return {
    id: wire.id,
    number: wire.number,
    fence: wire.fence,
    beganAt: new Date(wire.began_at),
    since: new Date(wire.since),
    deadline: new Date(wire.deadline),
    confirmAfter: new Date(wire.confirm_after),
    prepared: decodePrepared(wire.prepared),
    outcome: wire.outcome ?? null,
  };
}

export function decodePrepared(wire: Wire.Prepared): Prepared {
  return {
    request: wire.request,
    evidence: decodeEvidence(wire.evidence),
  };
}

export function decodeEvidence(wire: Wire.Evidence): Evidence {
  return {
    text: wire.text,
    media: wire.media ?? [],
    replyTo: wire.reply_to ?? null,
    key: wire.key ?? null,
  };
}

export function decodeBulkReport(wire: Wire.BulkReport): BulkReport {
  return {
    rows: wire.rows.map(decodeRowReport),
    scheduled: wire.scheduled,
    replayed: wire.replayed,
    refused: wire.refused,
  };
}

export function decodeRowReport(wire: Wire.RowReport): RowReport {
  return {
    row: wire.row,
    key: wire.key,
    outcome: wire.outcome,
    post: wire.post ?? null,
    problems: wire.problems.map(decodeProblem),
  };
}

export function decodeProblem(wire: Wire.Problem): Problem {
  return {
    platform: wire.platform ?? null,
    field: wire.field,
    rule: wire.rule,
    value: wire.value,
    limit: wire.limit,
    hint: wire.hint ?? null,
  };
}

export function decodeSettled(wire: Wire.Settled): Settled {
  return {
    view: decodePostView(wire.view),
    conflicts: wire.conflicts.map(decodeConflict),
    movedFrom: wire.moved_from == null ? null : new Date(wire.moved_from),
  };
}

export function decodeConflict(wire: Wire.Conflict): Conflict {
  return {
    kind: wire.kind,
    account: wire.account,
    other: wire.other ?? null,
    at: wire.at == null ? null : new Date(wire.at),
    similarity: wire.similarity ?? null,
    reason: wire.reason,
    suggestion: wire.suggestion == null ? null : new Date(wire.suggestion),
  };
}

export function decodeRevision(wire: Wire.Revision): Revision {
  return {
    post: wire.post,
    revision: wire.revision,
    replacedAt: new Date(wire.replaced_at),
    replacedBy: wire.replaced_by,
    due: decodeDue(wire.due),
    said: wire.said.map(decodeSaid),
  };
}

export function decodeSaid(wire: Wire.Said): Said {
  return {
    delivery: wire.delivery,
    account: wire.account,
    parts: wire.parts.map(decodePartContent),
  };
}

export function decodeStateCount(wire: Wire.StateCount): StateCount {
  return {
    state: wire.state,
    count: wire.count,
  };
}

export function decodeCancelledAll(wire: Wire.CancelledAll): CancelledAll {
  return {
    cancelled: wire.cancelled,
    left: wire.left.map(decodeNotCancelled),
  };
}

export function decodeNotCancelled(wire: Wire.NotCancelled): NotCancelled {
  return {
    post: wire.post,
    error: decodeErrorRecord(wire.error),
  };
}

export function decodeCalendarEntry(wire: Wire.CalendarEntry): CalendarEntry {
  return {
    at: new Date(wire.at),
    local: wire.local ?? "",
    account: wire.account,
    post: wire.post ?? null,
    delivery: wire.delivery ?? null,
    state: wire.state ?? null,
    gate: wire.gate,
    place: wire.place == null ? null : decodePlanPlace(wire.place),
    text: wire.text,
  };
}

export function decodeExplanation(wire: Wire.Explanation): Explanation {
  return {
    post: wire.post,
    delivery: wire.delivery,
    account: wire.account,
    state: wire.state,
    summary: wire.summary,
    reasons: wire.reasons.map(decodeReason),
    nextAt: wire.next_at == null ? null : new Date(wire.next_at),
    tried: wire.tried.map(decodeAttemptRecord),
  };
}

export function decodeReason(wire: Wire.Reason): Reason {
  return {
    code: wire.code,
    text: wire.text,
    until: wire.until == null ? null : new Date(wire.until),
  };
}

export function decodeAttemptRecord(wire: Wire.AttemptRecord): AttemptRecord {
  return {
    id: wire.id,
    part: wire.part,
    number: wire.number,
    beganAt: new Date(wire.began_at),
    deadline: new Date(wire.deadline),
    outcome: wire.outcome ?? null,
    knownAt: wire.known_at == null ? null : new Date(wire.known_at),
    code: wire.code ?? null,
    why: wire.why ?? null,
  };
}

export function decodeMetricSample(wire: Wire.MetricSample): MetricSample {
  return {
    account: wire.account,
    remoteId: wire.remote_id,
    observedAt: new Date(wire.observed_at),
    values: wire.values,
  };
}

export function decodeRecurrence(wire: Wire.Recurrence): Recurrence {
  return {
    start: wire.start,
    zone: wire.zone,
    rules: wire.rules ?? [],
    dates: wire.dates ?? [],
    excluded: wire.excluded ?? [],
    gap: wire.gap ?? "shift",
    fold: wire.fold ?? "first",
  };
}

export function decodePlan(wire: Wire.Plan): Plan {
  return {
    id: wire.id,
    tenant: wire.tenant,
    name: wire.name,
    state: wire.state,
    revision: wire.revision,
    lookAt: wire.look_at == null ? null : new Date(wire.look_at),
    what: decodePlanKind(wire.what),
    actor: wire.actor,
    createdAt: new Date(wire.created_at),
  };
}

export function decodePlanKind(wire: Wire.PlanKind): PlanKind {
  if ("series" in wire) {
    return { kind: "series", series: decodeSeriesDetails(wire.series) };
  }
  return { kind: "queue", queue: decodeQueue(wire.queue) };
}

export function decodeSeriesDetails(wire: Wire.SeriesDetails): SeriesDetails {
  return {
    recurrence: decodeRecurrence(wire.recurrence),
    template: decodeTemplate(wire.template),
    ahead: duration(wire.ahead),
    madeUntil: new Date(wire.made_until),
    taken: wire.taken ?? [],
    endsBefore: wire.ends_before ?? null,
  };
}

export function decodeTemplate(wire: Wire.Template): Template {
  return {
    targets: wire.targets.map(decodeTarget),
    expiresAfter: wire.expires_after == null ? null : duration(wire.expires_after),
    priority: wire.priority ?? "normal",
    labels: wire.labels ?? [],
    campaign: wire.campaign ?? null,
    metadata: wire.metadata ?? {},
    gate: wire.gate ?? "open",
  };
}

export function decodeTarget(wire: Wire.Target): Target {
  return {
    account: wire.account,
    platform: wire.platform,
    parts: wire.parts.map(decodePartContent),
  };
}

export function decodeQueue(wire: Wire.Queue): Queue {
  return {
    zone: wire.zone,
    slots: wire.slots,
    accounts: wire.accounts ?? [],
    gap: wire.gap ?? "shift",
    fold: wire.fold ?? "first",
  };
}

export function decodeComing(wire: Wire.Coming): Coming {
  return {
    occurrence: wire.occurrence,
    at: new Date(wire.at),
  };
}

export function decodeEventConsumer(wire: Wire.EventConsumer): EventConsumer {
  return {
    name: wire.name,
    position: wire.position,
    movedAt: new Date(wire.moved_at),
  };
}

export function decodeProfile(wire: Wire.Profile): Profile {
  return {
    remoteId: wire.remote_id,
    handle: wire.handle,
    displayName: wire.display_name,
    metrics: wire.metrics ?? {},
  };
}

export function decodeRemotePostPage(wire: Wire.RemotePostPage): RemotePostPage {
  return {
    items: wire.items.map(decodeRemotePost),
    next: wire.next ?? null,
  };
}

export function decodeRemotePost(wire: Wire.RemotePost): RemotePost {
  return {
    id: wire.id,
    text: wire.text,
    createdAt: wire.created_at == null ? null : new Date(wire.created_at),
    url: wire.url ?? null,
    replyTo: wire.reply_to ?? null,
    media: wire.media,
    metrics: wire.metrics,
  };
}

export function decodeLedgerEntry(wire: Wire.LedgerEntry): LedgerEntry {
  return {
    platform: wire.platform,
    account: wire.account,
    accountId: wire.account_id,
    remoteId: wire.remote_id,
    text: wire.text,
    at: new Date(wire.at),
    clientId: wire.client_id ?? null,
    replyTo: wire.reply_to ?? null,
    quoteOf: wire.quote_of ?? null,
    media: wire.media,
    edits: wire.edits.map(decodeLedgerEdit),
    deleted: wire.deleted,
    deletedAt: wire.deleted_at == null ? null : new Date(wire.deleted_at),
    details: wire.details ?? null,
  };
}

export function decodeLedgerEdit(wire: Wire.LedgerEdit): LedgerEdit {
  return {
    remoteId: wire.remote_id,
    text: wire.text,
    at: new Date(wire.at),
  };
}

export function decodeRecordedRequest(wire: Wire.RecordedRequest): RecordedRequest {
  return {
    id: wire.id,
    at: new Date(wire.at),
    platform: wire.platform,
    method: wire.method,
    path: wire.path,
    route: wire.route ?? null,
    account: wire.account ?? null,
    headers: wire.headers,
    body: wire.body,
    status: wire.status ?? null,
    done: wire.done,
    doneAt: wire.done_at == null ? null : new Date(wire.done_at),
    leftAt: wire.left_at == null ? null : new Date(wire.left_at),
  };
}

export function decodeFault(wire: Wire.Fault): Fault {
  return {
    kind: wire.kind,
    route: wire.route ?? null,
    platform: wire.platform ?? null,
    account: wire.account ?? null,
    skip: wire.skip ?? 0,
    times: wire.times ?? null,
    ms: wire.ms ?? null,
    code: wire.code ?? null,
    body: wire.body ?? null,
    legacy: wire.legacy ?? null,
    resetSecs: wire.reset_secs ?? null,
    lookups: wire.lookups ?? null,
  };
}

export function decodeTokens(wire: Wire.Tokens): Tokens {
  return redacted({
    accessToken: wire.access_token,
    refreshToken: wire.refresh_token ?? null,
    expiresAt: new Date(wire.expires_at),
  }, ["accessToken", "refreshToken"]);
}

export function decodeFailure(wire: Wire.Failure): Failure {
  return {
    kind: wire.kind,
    code: wire.code,
    message: wire.message,
    retry: decodeRetry(wire.retry),
    certainty: wire.certainty ?? null,
    severity: wire.severity,
    fingerprint: wire.fingerprint,
    platform: wire.platform ?? null,
    operation: wire.operation ?? null,
    requestId: wire.request_id ?? null,
    correlationId: wire.correlation_id ?? null,
    problems: wire.problems.map(decodeProblem),
    causes: wire.causes,
  };
}
