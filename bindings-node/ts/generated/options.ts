// Written by `cargo xtask gen` from xmp-surface/surface.json. Not to be changed by hand.

import type { Json } from "../runtime/json.js";
import type { Abortable } from "../runtime/record.js";
import type { When } from "./tagged.js";
import type {
  BlueskyConfig,
  DraftInit,
  LookPolicy,
  MastodonConfig,
  PartDraft,
  QuietHoursInit,
  RateLimit,
  RecurrenceInit,
  RetryPolicy,
  ShowingInit,
  SimClient,
  SimInstance,
  Variant,
  XConfig,
} from "./types.js";
import type {
  AccountId,
  BulkMode,
  DeliveryState,
  EventKind,
  Gate,
  OnAbsent,
  OnConflict,
  OnFold,
  OnGap,
  PlanId,
  PlatformId,
  PostId,
  Priority,
  QueuePlace,
  TenantId,
} from "./words.js";
import { ManualClock } from "./manual-clock.js";

/** What `Xmp.open` may be given. */
export interface XmpOpenOptions extends Abortable {
  /**
   * Keeps everything in a folder, made on first use: `xmp.db`, and a `seal.key` unless a seal key is given. Good to
   * begin with; keep the key apart from the data once it matters. Without `home`, `sqlite` and `postgres` everything
   * is kept in memory, until the program ends.
   * @defaultValue `null`
   */
  readonly home?: string | URL | null | undefined;
  /**
   * Keeps everything in one SQLite file, which several processes on one host may share. Needs a seal key.
   * @defaultValue `null`
   */
  readonly sqlite?: string | URL | null | undefined;
  /**
   * Keeps everything in a PostgreSQL database, which any number of processes on any number of hosts may share:
   * `postgres://user:password@host/database`. Needs a seal key.
   * @defaultValue `null`
   */
  readonly postgres?: string | null | undefined;
  /**
   * The schema of that database that everything stands in: `xmp` if not given. It is made where it is not there.
   * @defaultValue `null`
   */
  readonly postgresSchema?: string | null | undefined;
  /**
   * The key that tokens are sealed with: 32 bytes in base64. Default: the environment variable `XMP_SEAL_KEY`.
   * @defaultValue `null`
   */
  readonly sealKey?: string | null | undefined;
  /**
   * Older seal keys, which still open what they sealed.
   * @defaultValue `[]`
   */
  readonly oldSealKeys?: readonly string[] | undefined;
  /**
   * Whose accounts and posts they are.
   * @defaultValue `"default"`
   */
  readonly tenant?: TenantId | undefined;
  /**
   * Speaks to X, like this.
   * @defaultValue `null`
   */
  readonly x?: XConfig | null | undefined;
  /**
   * Speaks to Bluesky, like this.
   * @defaultValue `null`
   */
  readonly bluesky?: BlueskyConfig | null | undefined;
  /**
   * Speaks to these servers of Mastodon.
   * @defaultValue `[]`
   */
  readonly mastodon?: readonly MastodonConfig[] | undefined;
  /** The clock that it goes by: for tests. Without one it goes by the system's. */
  readonly clock?: ManualClock | undefined;
}

/** What `Xmp.events` may be given. */
export interface XmpEventsOptions extends Abortable {
  /**
   * The place: the `sequence` of an event that was seen; 0 for the beginning.
   * @defaultValue `0`
   */
  readonly after?: number | undefined;
  /**
   * At most so many.
   * @defaultValue `100`
   */
  readonly limit?: number | undefined;
}

/** What `Xmp.accounts.connect` may be given. */
export interface AccountsConnectOptions extends Abortable {
  /**
   * The scopes to ask for; `null` for all that xmp needs.
   * @defaultValue `null`
   */
  readonly scopes?: readonly string[] | null | undefined;
  /**
   * Which app to connect through, where several of the platform are set up: its client id, or the name or address of
   * its server.
   * @defaultValue `null`
   */
  readonly app?: string | null | undefined;
}

/** What `Xmp.accounts.complete` may be given. */
export interface AccountsCompleteOptions extends Abortable {
  /**
   * What to do with a post that may have been sent and can't be found; `null` keeps what it was, or holds.
   * @defaultValue `null`
   */
  readonly onAbsent?: OnAbsent | null | undefined;
}

/** What `Xmp.accounts.registerMastodonApp` may be given. */
export interface AccountsRegisterMastodonAppOptions extends Abortable {
  /**
   * Where the name leads to, if anywhere.
   * @defaultValue `null`
   */
  readonly website?: string | null | undefined;
}

/** What `Xmp.accounts.logIn` may be given. */
export interface AccountsLogInOptions extends Abortable {
  /**
   * The address of its server, if not the platform's usual one.
   * @defaultValue `null`
   */
  readonly server?: string | null | undefined;
  /**
   * What to do with a post that may have been sent and can't be found; `null` keeps what it was, or holds.
   * @defaultValue `null`
   */
  readonly onAbsent?: OnAbsent | null | undefined;
}

/** What `Xmp.accounts.setSpacing` may be given. */
export interface AccountsSetSpacingOptions extends Abortable {
  /**
   * The least time from one post to the next. In milliseconds.
   * @defaultValue `null`
   */
  readonly minInterval?: number | null | undefined;
  /**
   * The most posts within any 60 minutes.
   * @defaultValue `null`
   */
  readonly perHour?: number | null | undefined;
  /**
   * The most posts within any 24 hours.
   * @defaultValue `null`
   */
  readonly perDay?: number | null | undefined;
  /**
   * When nothing is posted.
   * @defaultValue `[]`
   */
  readonly quietHours?: readonly QuietHoursInit[] | undefined;
}

/** What `Xmp.posts.scheduleAll` may be given. */
export interface PostsScheduleAllOptions extends Abortable {
  /**
   * What is done where a row is refused.
   * @defaultValue `"all_or_nothing"`
   */
  readonly mode?: BulkMode | undefined;
}

/** What `Xmp.posts.scheduleRecords` may be given. */
export interface PostsScheduleRecordsOptions extends Abortable {
  /**
   * What is done where a row is refused.
   * @defaultValue `"all_or_nothing"`
   */
  readonly mode?: BulkMode | undefined;
}

/** What `Xmp.posts.scheduleCsv` may be given. */
export interface PostsScheduleCsvOptions extends Abortable {
  /**
   * What is done where a row is refused.
   * @defaultValue `"all_or_nothing"`
   */
  readonly mode?: BulkMode | undefined;
}

/** What `Xmp.posts.scheduleJsonLines` may be given. */
export interface PostsScheduleJsonLinesOptions extends Abortable {
  /**
   * What is done where a row is refused.
   * @defaultValue `"all_or_nothing"`
   */
  readonly mode?: BulkMode | undefined;
}

/** What `Xmp.posts.scheduleWith` may be given. */
export interface PostsScheduleWithOptions extends Abortable {
  /**
   * What is done.
   * @defaultValue `"report"`
   */
  readonly onConflict?: OnConflict | undefined;
  /**
   * Texts are compared with those of posts that are due so long before or after; 7 days if not given. In
   * milliseconds.
   * @defaultValue `604800000`
   */
  readonly window?: number | undefined;
  /**
   * From which similarity on two texts are too much alike, in percent: 80 if not given. 100 is for equal ones alone.
   * @defaultValue `80`
   */
  readonly similarity?: number | undefined;
}

/** What `Xmp.posts.conflicts` may be given. */
export interface PostsConflictsOptions extends Abortable {
  /**
   * What is done.
   * @defaultValue `"report"`
   */
  readonly onConflict?: OnConflict | undefined;
  /**
   * Texts are compared with those of posts that are due so long before or after; 7 days if not given. In
   * milliseconds.
   * @defaultValue `604800000`
   */
  readonly window?: number | undefined;
  /**
   * From which similarity on two texts are too much alike, in percent: 80 if not given. 100 is for equal ones alone.
   * @defaultValue `80`
   */
  readonly similarity?: number | undefined;
}

/** What `Xmp.posts.edit` may be given. */
export interface PostsEditOptions extends Abortable {
  /**
   * The text of the first piece, on all accounts; its media stays.
   * @defaultValue `null`
   */
  readonly text?: string | null | undefined;
  /**
   * All pieces anew, with their media, on all accounts but those of variants.
   * @defaultValue `[]`
   */
  readonly parts?: readonly PartDraft[] | undefined;
  /**
   * How all pieces are shown; only together with `parts`.
   * @defaultValue `null`
   */
  readonly showing?: ShowingInit | null | undefined;
  /**
   * What is different on single platforms; only together with `parts`.
   * @defaultValue `[]`
   */
  readonly variants?: readonly Variant[] | undefined;
  /**
   * When.
   * @defaultValue `null`
   */
  readonly when?: When | Date | null | undefined;
  /**
   * It is not sent at this time or later.
   * @defaultValue `null`
   */
  readonly expires?: When | Date | null | undefined;
  /**
   * Before others that are due.
   * @defaultValue `null`
   */
  readonly priority?: Priority | null | undefined;
  /**
   * The labels, all of them.
   * @defaultValue `null`
   */
  readonly labels?: readonly string[] | null | undefined;
  /**
   * The campaign; an empty one for none.
   * @defaultValue `null`
   */
  readonly campaign?: string | null | undefined;
  /**
   * The caller's own data, all of it.
   * @defaultValue `null`
   */
  readonly metadata?: Readonly<Record<string, string>> | null | undefined;
  /**
   * Where it goes too.
   * @defaultValue `[]`
   */
  readonly addAccounts?: readonly AccountId[] | undefined;
  /**
   * Where it goes no longer.
   * @defaultValue `[]`
   */
  readonly removeAccounts?: readonly AccountId[] | undefined;
}

/** What `Xmp.posts.approve` may be given. */
export interface PostsApproveOptions extends Abortable {
  /**
   * What is said about it.
   * @defaultValue `null`
   */
  readonly note?: string | null | undefined;
}

/** What `Xmp.posts.count` may be given. */
export interface PostsCountOptions extends Abortable {
  /**
   * Only those with a delivery in one of these states; empty for all.
   * @defaultValue `[]`
   */
  readonly states?: readonly DeliveryState[] | undefined;
  /**
   * Only those that go to this account.
   * @defaultValue `null`
   */
  readonly account?: AccountId | null | undefined;
  /**
   * Only those that go to this platform.
   * @defaultValue `null`
   */
  readonly platform?: PlatformId | null | undefined;
  /**
   * Only those with this label.
   * @defaultValue `null`
   */
  readonly label?: string | null | undefined;
  /**
   * Only those of this campaign.
   * @defaultValue `null`
   */
  readonly campaign?: string | null | undefined;
  /**
   * Only those of this series or queue.
   * @defaultValue `null`
   */
  readonly plan?: PlanId | null | undefined;
  /**
   * Only those behind this gate: drafts, or what waits for approval.
   * @defaultValue `null`
   */
  readonly gate?: Gate | null | undefined;
  /**
   * Only those that are due then or later.
   * @defaultValue `null`
   */
  readonly dueFrom?: Date | null | undefined;
  /**
   * Only those that are due before.
   * @defaultValue `null`
   */
  readonly dueBefore?: Date | null | undefined;
  /**
   * Only those that say this somewhere; capitals don't matter.
   * @defaultValue `null`
   */
  readonly text?: string | null | undefined;
  /**
   * Only those after this one.
   * @defaultValue `null`
   */
  readonly after?: PostId | null | undefined;
  /**
   * At most so many; 100 if not given.
   * @defaultValue `null`
   */
  readonly limit?: number | null | undefined;
}

/** What `Xmp.posts.cancelAll` may be given. */
export interface PostsCancelAllOptions extends Abortable {
  /**
   * Only those with a delivery in one of these states; empty for all.
   * @defaultValue `[]`
   */
  readonly states?: readonly DeliveryState[] | undefined;
  /**
   * Only those that go to this account.
   * @defaultValue `null`
   */
  readonly account?: AccountId | null | undefined;
  /**
   * Only those that go to this platform.
   * @defaultValue `null`
   */
  readonly platform?: PlatformId | null | undefined;
  /**
   * Only those with this label.
   * @defaultValue `null`
   */
  readonly label?: string | null | undefined;
  /**
   * Only those of this campaign.
   * @defaultValue `null`
   */
  readonly campaign?: string | null | undefined;
  /**
   * Only those of this series or queue.
   * @defaultValue `null`
   */
  readonly plan?: PlanId | null | undefined;
  /**
   * Only those behind this gate: drafts, or what waits for approval.
   * @defaultValue `null`
   */
  readonly gate?: Gate | null | undefined;
  /**
   * Only those that are due then or later.
   * @defaultValue `null`
   */
  readonly dueFrom?: Date | null | undefined;
  /**
   * Only those that are due before.
   * @defaultValue `null`
   */
  readonly dueBefore?: Date | null | undefined;
  /**
   * Only those that say this somewhere; capitals don't matter.
   * @defaultValue `null`
   */
  readonly text?: string | null | undefined;
  /**
   * Only those after this one.
   * @defaultValue `null`
   */
  readonly after?: PostId | null | undefined;
  /**
   * At most so many; 100 if not given.
   * @defaultValue `null`
   */
  readonly limit?: number | null | undefined;
}

/** What `Xmp.posts.calendar` may be given. */
export interface PostsCalendarOptions extends Abortable {
  /**
   * The zone that local times are told in: `UTC` if not given.
   * @defaultValue `null`
   */
  readonly zone?: string | null | undefined;
  /**
   * Only what goes to these accounts; empty for all.
   * @defaultValue `[]`
   */
  readonly accounts?: readonly AccountId[] | undefined;
}

/** What `Xmp.posts.list` may be given. */
export interface PostsListOptions extends Abortable {
  /**
   * Only those with a delivery in one of these states; empty for all.
   * @defaultValue `[]`
   */
  readonly states?: readonly DeliveryState[] | undefined;
  /**
   * Only those that go to this account.
   * @defaultValue `null`
   */
  readonly account?: AccountId | null | undefined;
  /**
   * Only those that go to this platform.
   * @defaultValue `null`
   */
  readonly platform?: PlatformId | null | undefined;
  /**
   * Only those with this label.
   * @defaultValue `null`
   */
  readonly label?: string | null | undefined;
  /**
   * Only those of this campaign.
   * @defaultValue `null`
   */
  readonly campaign?: string | null | undefined;
  /**
   * Only those of this series or queue.
   * @defaultValue `null`
   */
  readonly plan?: PlanId | null | undefined;
  /**
   * Only those behind this gate: drafts, or what waits for approval.
   * @defaultValue `null`
   */
  readonly gate?: Gate | null | undefined;
  /**
   * Only those that are due then or later.
   * @defaultValue `null`
   */
  readonly dueFrom?: Date | null | undefined;
  /**
   * Only those that are due before.
   * @defaultValue `null`
   */
  readonly dueBefore?: Date | null | undefined;
  /**
   * Only those that say this somewhere; capitals don't matter.
   * @defaultValue `null`
   */
  readonly text?: string | null | undefined;
  /**
   * Only those after this one.
   * @defaultValue `null`
   */
  readonly after?: PostId | null | undefined;
  /**
   * At most so many; 100 if not given.
   * @defaultValue `null`
   */
  readonly limit?: number | null | undefined;
}

/** What `Xmp.series.create` may be given. */
export interface SeriesCreateOptions extends Abortable {
  /**
   * How long before it is due an occurrence becomes a post: 7 days if not given, a minute at least. In milliseconds.
   * @defaultValue `null`
   */
  readonly ahead?: number | null | undefined;
  /**
   * How long after it is due a post is not sent any more. In milliseconds.
   * @defaultValue `null`
   */
  readonly expiresAfter?: number | null | undefined;
}

/** What `Xmp.series.preview` may be given. */
export interface SeriesPreviewOptions {
  /**
   * How many.
   * @defaultValue `10`
   */
  readonly count?: number | undefined;
}

/** What `Xmp.series.coming` may be given. */
export interface SeriesComingOptions extends Abortable {
  /**
   * How many.
   * @defaultValue `10`
   */
  readonly count?: number | undefined;
}

/** What `Xmp.series.edit` may be given. */
export interface SeriesEditOptions extends Abortable {
  /**
   * What people call it.
   * @defaultValue `null`
   */
  readonly name?: string | null | undefined;
  /**
   * When.
   * @defaultValue `null`
   */
  readonly recurrence?: RecurrenceInit | null | undefined;
  /**
   * What each of its posts is like.
   * @defaultValue `null`
   */
  readonly draft?: DraftInit | null | undefined;
  /**
   * How long before it is due an occurrence becomes a post. In milliseconds.
   * @defaultValue `null`
   */
  readonly ahead?: number | null | undefined;
  /**
   * How long after it is due a post is not sent any more. In milliseconds.
   * @defaultValue `null`
   */
  readonly expiresAfter?: number | null | undefined;
}

/** What `Xmp.series.editFrom` may be given. */
export interface SeriesEditFromOptions extends Abortable {
  /**
   * What people call it.
   * @defaultValue `null`
   */
  readonly name?: string | null | undefined;
  /**
   * When.
   * @defaultValue `null`
   */
  readonly recurrence?: RecurrenceInit | null | undefined;
  /**
   * What each of its posts is like.
   * @defaultValue `null`
   */
  readonly draft?: DraftInit | null | undefined;
  /**
   * How long before it is due an occurrence becomes a post. In milliseconds.
   * @defaultValue `null`
   */
  readonly ahead?: number | null | undefined;
  /**
   * How long after it is due a post is not sent any more. In milliseconds.
   * @defaultValue `null`
   */
  readonly expiresAfter?: number | null | undefined;
}

/** What `Xmp.series.pause` may be given. */
export interface SeriesPauseOptions extends Abortable {
  /**
   * Whether the posts that it has made are cancelled.
   * @defaultValue `false`
   */
  readonly cancel?: boolean | undefined;
}

/** What `Xmp.series.end` may be given. */
export interface SeriesEndOptions extends Abortable {
  /**
   * Whether the posts that it has made are cancelled.
   * @defaultValue `false`
   */
  readonly cancel?: boolean | undefined;
}

/** What `Xmp.queues.create` may be given. */
export interface QueuesCreateOptions extends Abortable {
  /**
   * The accounts that a post goes to which names none.
   * @defaultValue `[]`
   */
  readonly accounts?: readonly AccountId[] | undefined;
  /**
   * For slots that the zone skips.
   * @defaultValue `"shift"`
   */
  readonly gap?: OnGap | undefined;
  /**
   * For slots that the zone has twice.
   * @defaultValue `"first"`
   */
  readonly fold?: OnFold | undefined;
}

/** What `Xmp.queues.change` may be given. */
export interface QueuesChangeOptions extends Abortable {
  /**
   * The accounts that a post goes to which names none.
   * @defaultValue `[]`
   */
  readonly accounts?: readonly AccountId[] | undefined;
  /**
   * For slots that the zone skips.
   * @defaultValue `"shift"`
   */
  readonly gap?: OnGap | undefined;
  /**
   * For slots that the zone has twice.
   * @defaultValue `"first"`
   */
  readonly fold?: OnFold | undefined;
}

/** What `Xmp.queues.free` may be given. */
export interface QueuesFreeOptions extends Abortable {
  /**
   * How many.
   * @defaultValue `1`
   */
  readonly count?: number | undefined;
}

/** What `Xmp.queues.add` may be given. */
export interface QueuesAddOptions extends Abortable {
  /**
   * Where in the queue.
   * @defaultValue `"next"`
   */
  readonly place?: QueuePlace | undefined;
}

/** What `Xmp.consumers.read` may be given. */
export interface ConsumersReadOptions extends Abortable {
  /**
   * At most so many.
   * @defaultValue `100`
   */
  readonly limit?: number | undefined;
  /**
   * Where there are none, how long to wait for the first. In milliseconds.
   * @defaultValue `0`
   */
  readonly wait?: number | undefined;
  /**
   * Only events of these kinds; all if there are none. Those of other kinds that come before the first that is read
   * count as acknowledged: give one name always the same kinds.
   * @defaultValue `[]`
   */
  readonly kinds?: readonly EventKind[] | undefined;
}

/** What `Xmp.platform.timeline` may be given. */
export interface RemoteTimelineOptions extends Abortable {
  /**
   * Not before this.
   * @defaultValue `null`
   */
  readonly since?: Date | null | undefined;
  /**
   * Not after this.
   * @defaultValue `null`
   */
  readonly until?: Date | null | undefined;
  /**
   * At most so many on a page; the platform may give fewer.
   * @defaultValue `null`
   */
  readonly limit?: number | null | undefined;
  /**
   * Goes on where an earlier page ended.
   * @defaultValue `null`
   */
  readonly cursor?: string | null | undefined;
}

/** What `Xmp.startWorker` may be given. */
export interface XmpStartWorkerOptions extends Abortable {
  /**
   * Deliveries published at once. Default 16.
   * @defaultValue `16`
   */
  readonly publishSlots?: number | undefined;
  /**
   * Deliveries asked about at once: slots of their own, so that neither starves the other. Default 4.
   * @defaultValue `4`
   */
  readonly reconcileSlots?: number | undefined;
  /**
   * How long a delivery is held without a sign of life: what a worker held that is gone goes on after this time. It
   * is renewed while work goes on, and longer while a visible request may be on its way, if that may take longer. At
   * least 1 s. Default 8 s. In milliseconds.
   * @defaultValue `8000`
   */
  readonly leaseFor?: number | undefined;
  /**
   * How long at most until other processes' new posts are noticed, where the store does not tell of them. Default 1
   * s. In milliseconds.
   * @defaultValue `1000`
   */
  readonly poll?: number | undefined;
  /**
   * For how long posts are kept after they are final: see `DeliveryStore.prune`. At least a day more than
   * `look.patience`, and longer than calls may be repeated with the same key. Default: for ever. In milliseconds.
   * @defaultValue `null`
   */
  readonly keepFinishedFor?: number | null | undefined;
  /**
   * For how long events are kept: those that a consumer has not read yet for as long again. The event log is the
   * audit log: what is forgotten of it is gone. At least an hour. Default: for ever. In milliseconds.
   * @defaultValue `null`
   */
  readonly keepEventsFor?: number | null | undefined;
  /**
   * How often a part is tried that was surely not sent.
   * @defaultValue `{ maxAttempts: 5, backoff: { base: 2000, cap: 600000 } }`
   */
  readonly retry?: RetryPolicy | undefined;
  /**
   * How the platform is asked what became of an attempt.
   * @defaultValue `{ looks: 3, every: 20000, patience: 86400000 }`
   */
  readonly look?: LookPolicy | undefined;
}

/** What `RunningWorker.stop` may be given. */
export interface RunningWorkerStopOptions extends Abortable {
  /**
   * What is not finished after this time is let go: what it is getting ready goes back, and requests that are on
   * their way become unconfirmed at once, for the next worker to ask about. Zero stops it hard; without it, it takes
   * as long as it takes. In milliseconds.
   * @defaultValue `null`
   */
  readonly within?: number | null | undefined;
}

/** What `Sim.start` may be given. */
export interface SimStartOptions extends Abortable {
  /**
   * The OAuth apps.
   * @defaultValue `[]`
   */
  readonly clients?: readonly SimClient[] | undefined;
  /**
   * The handles of the accounts: `ada` on X, `bluesky:ada.test`, `mastodon:ada`. A program logs in to Bluesky with
   * the app password `app-password-of-ada.test`.
   * @defaultValue `[]`
   */
  readonly accounts?: readonly string[] | undefined;
  /**
   * What the simulated Mastodon server allows, where it is not what Mastodon comes with.
   * @defaultValue `null`
   */
  readonly instance?: SimInstance | null | undefined;
  /**
   * Keeps the world in this folder, so that a later start finds it again. Default: in memory.
   * @defaultValue `null`
   */
  readonly home?: string | URL | null | undefined;
  /**
   * Listens on this port of 127.0.0.1; 0 for any free one.
   * @defaultValue `0`
   */
  readonly port?: number | undefined;
  /**
   * The time that its clock starts at; it runs on from there. Default: real time.
   * @defaultValue `null`
   */
  readonly startingAt?: Date | null | undefined;
  /**
   * How long access tokens live. In milliseconds.
   * @defaultValue `null`
   */
  readonly accessTokenTtl?: number | null | undefined;
  /**
   * How long an equal text of the same account is refused as a duplicate; zero: never. In milliseconds.
   * @defaultValue `null`
   */
  readonly duplicateWindow?: number | null | undefined;
  /**
   * Rate limits in place of the documented ones.
   * @defaultValue `[]`
   */
  readonly limits?: readonly RateLimit[] | undefined;
}

/** What `Sim.setFault` may be given. */
export interface SimSetFaultOptions {
  /**
   * The route that is hit (`posts.create`), or a family of them (`media`). Default: any.
   * @defaultValue `null`
   */
  readonly route?: string | null | undefined;
  /**
   * The platform that is hit. Default: any.
   * @defaultValue `null`
   */
  readonly platform?: string | null | undefined;
  /**
   * The handle of the account on whose behalf the request is made. Default: any.
   * @defaultValue `null`
   */
  readonly account?: string | null | undefined;
  /**
   * So many matching requests pass unharmed first.
   * @defaultValue `0`
   */
  readonly skip?: number | undefined;
  /**
   * So many matching requests are hit, then the fault is used up. Default: for ever.
   * @defaultValue `null`
   */
  readonly times?: number | null | undefined;
  /**
   * Milliseconds, for the kinds that name them.
   * @defaultValue `null`
   */
  readonly ms?: number | null | undefined;
  /**
   * The HTTP status, for the kinds that name it.
   * @defaultValue `null`
   */
  readonly code?: number | null | undefined;
  /**
   * The JSON body for `status`; by default the platform's usual one.
   * @defaultValue `null`
   */
  readonly body?: Json | undefined;
  /**
   * For `status`: the usual body in X's old shape.
   * @defaultValue `null`
   */
  readonly legacy?: boolean | null | undefined;
  /**
   * Simulated seconds until the window ends, for `rate_limited`.
   * @defaultValue `null`
   */
  readonly resetSecs?: number | null | undefined;
  /**
   * For `timeline_lag`: they are missing from lookups by id, too.
   * @defaultValue `null`
   */
  readonly lookups?: boolean | null | undefined;
}
