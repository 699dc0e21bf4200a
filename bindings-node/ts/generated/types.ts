// Written by `cargo xtask gen` from xmp-surface/surface.json. Not to be changed by hand.

// Times are Dates, lengths of time numbers of milliseconds. What is nothing is `null` and not left out: every field of
// what comes from xmp is there, survives JSON, and can be compared with `===`. What goes to xmp may leave out what has a
// default, or say `undefined`.

import type { Json } from "../runtime/json.js";
import type { PlanKind, Retry, When } from "./tagged.js";
import type {
  AccountId,
  AccountState,
  AttemptId,
  Certainty,
  ConflictKind,
  ConnectBy,
  ConsumerName,
  CorrelationId,
  DeliveryId,
  DeliveryState,
  ErrorKind,
  EventId,
  EventKind,
  FaultKind,
  Fingerprint,
  Gate,
  Idempotency,
  IdempotencyKey,
  MediaKind,
  OnAbsent,
  OnFold,
  OnGap,
  PartId,
  PartState,
  Per,
  PlanId,
  PlanState,
  PlatformId,
  PostId,
  Priority,
  ReasonCode,
  RemoteId,
  RowOutcome,
  Severity,
  Slot,
  StopScope,
  TenantId,
  TextRule,
  Visibility,
  WorkerId,
} from "./words.js";

/** How X is reached. */
export interface XConfig {
  /** The app's OAuth 2.0 client id. */
  readonly clientId: string;
  /**
   * The app's OAuth 2.0 client secret; `null` for a public client.
   * @defaultValue `null`
   */
  readonly clientSecret?: string | null | undefined;
  /**
   * Where the API is. Default: `BASE_URL`.
   * @defaultValue `"https://api.x.com"`
   */
  readonly baseUrl?: string | undefined;
  /**
   * Where owners consent. Default: `AUTHORIZE_URL`, or the same path under a base URL that is not X's own.
   * @defaultValue `null`
   */
  readonly authorizeUrl?: string | null | undefined;
  /**
   * How long after an attempt's deadline its effect may still appear in the timeline. Default 60 s. In milliseconds.
   * @defaultValue `60000`
   */
  readonly settle?: number | undefined;
  /**
   * How long the one visible request may take. Default 10 s. In milliseconds.
   * @defaultValue `10000`
   */
  readonly commitTimeout?: number | undefined;
  /**
   * Bytes of one piece of an upload. Default 1 MiB: pieces of 5 MB were answered with 413.
   * @defaultValue `1048576`
   */
  readonly chunkSize?: number | undefined;
  /**
   * How long to wait for the processing of a video or animation. Default 10 minutes. In milliseconds.
   * @defaultValue `600000`
   */
  readonly processingTimeout?: number | undefined;
}

/** How Bluesky is reached. */
export interface BlueskyConfig {
  /**
   * Where accounts log in that name no server of their own. Default: `SERVICE`.
   * @defaultValue `"https://bsky.social"`
   */
  readonly service?: string | undefined;
  /**
   * Where it is written down on which server an account lives: asked about a server that a caller names, which might
   * give out somebody else's account for its own. Default: `DIRECTORY`.
   * @defaultValue `"https://plc.directory"`
   */
  readonly directory?: string | undefined;
  /**
   * How long after an attempt's deadline it is asked what became of it. Default 5 s: a server shows its own records
   * at once. In milliseconds.
   * @defaultValue `5000`
   */
  readonly settle?: number | undefined;
  /**
   * How long the one visible request may take. Default 10 s. In milliseconds.
   * @defaultValue `10000`
   */
  readonly commitTimeout?: number | undefined;
}

/** How one server is reached. */
export interface MastodonConfig {
  /** Its address: `https://mastodon.social`. */
  readonly server: string;
  /** The client id of the program's app there. */
  readonly clientId: string;
  /** The client secret of the program's app there. */
  readonly clientSecret: string;
  /**
   * How long after an attempt's deadline it is asked what became of it. Default 120 s: longer than web servers, and
   * the proxies in front of them, let a request run (nginx waits 60 s for an answer). Don't set less, unless the
   * server is known to end its requests sooner: it remembers a key only when its post is made, so an attempt that is
   * repeated while the first one is still running may make a second post. In milliseconds.
   * @defaultValue `120000`
   */
  readonly settle?: number | undefined;
  /**
   * How long the one visible request may take. Default 10 s. In milliseconds.
   * @defaultValue `10000`
   */
  readonly commitTimeout?: number | undefined;
  /**
   * How long to wait for the processing of media. Default 10 minutes. In milliseconds.
   * @defaultValue `600000`
   */
  readonly processingTimeout?: number | undefined;
}

/** A platform that is set up, and what it can do. */
export interface PlatformInfo {
  /** Its name. */
  readonly id: PlatformId;
  /** The app that its accounts are connected through: a client id, or the name of a server. */
  readonly app: string;
  /** What it can do. */
  readonly capability: Capability;
}

/** What a platform can do. Selects the contract tests that run, and fails early what can't work. */
export interface Capability {
  /** How an account is connected. */
  readonly connectBy: ConnectBy;
  /** How text is measured. */
  readonly textRule: TextRule;
  /** How long a text may be by that measure. */
  readonly textLimit: number;
  /** How many bytes of UTF-8 a text may have, where that is limited too. */
  readonly textBytes: number | null;
  /** How much a link counts by that measure, if not what it is long. */
  readonly linkLength: number | null;
  /** What media is taken. */
  readonly media: readonly MediaRule[];
  /** Pieces of media at most in one part. */
  readonly mediaPerPart: number;
  /** Characters of alternative text at most. */
  readonly altTextLimit: number;
  /** Whether a part may have media and no text. */
  readonly mediaWithoutText: boolean;
  /** Whether a part may answer another post. */
  readonly replies: boolean;
  /** Whether a part may quote another post. */
  readonly quotes: boolean;
  /** Whether link cards are shown as they are given. Where not, the platform makes them out of links in the text. */
  readonly linkCards: boolean;
  /** What polls are taken; none if there is no rule. */
  readonly polls: PollRule | null;
  /** Who a post can be shown to, the usual first. */
  readonly visibilities: readonly Visibility[];
  /** Whether media can be marked as sensitive. */
  readonly sensitive: boolean;
  /** Whether a text can be put behind a warning. */
  readonly warnings: boolean;
  /** Whether a post's language can be told. */
  readonly languages: boolean;
  /** Parts at most in one delivery: above 1, later parts answer earlier ones. */
  readonly threadLimit: number;
  /** Whether the platform lets a live post be changed. xmp does not change live posts yet. */
  readonly edit: boolean;
  /** Whether a post can be deleted. */
  readonly delete: boolean;
  /** Whether the platform could publish at a later time by itself. xmp schedules by itself in any case. */
  readonly schedules: boolean;
  /** The numbers that can be read of a post; empty if there are none. */
  readonly metrics: readonly string[];
  /** Whether the account's own posts can be read back. */
  readonly timeline: boolean;
  /** How far the platform helps to publish exactly once. */
  readonly idempotency: Idempotency;
  /** How long the platform remembers an idempotency key. In milliseconds. */
  readonly keyRemembered: number | null;
  /**
   * How long after an attempt's deadline its effect may still appear: reconciliation starts after it. In
   * milliseconds.
   */
  readonly settle: number;
  /** How long one visible request may take. It is its deadline, and ends well inside the lease. In milliseconds. */
  readonly commitTimeout: number;
  /** What the platform charges for, if anything. */
  readonly priced: readonly Price[];
}

/** What a platform takes of one kind of media. */
export interface MediaRule {
  /** The kind. */
  readonly kind: MediaKind;
  /** The types that are taken: `image/png`. */
  readonly types: readonly string[];
  /** Bytes at most. */
  readonly maxBytes: number;
  /** Pieces of it at most in one part. One alone allows no other media beside it. */
  readonly maxCount: number;
}

/** What a platform takes of a poll. */
export interface PollRule {
  /** Answers at most; at least two. */
  readonly maxOptions: number;
  /** Characters of an answer at most. */
  readonly maxOptionLength: number;
  /** How long it is open at least. In milliseconds. */
  readonly minOpen: number;
  /** How long it is open at most. In milliseconds. */
  readonly maxOpen: number;
}

/** Something that the platform charges for. */
export interface Price {
  /** What is charged for: `post`, `post with a link`. */
  readonly what: string;
  /** Its price in millionths of a US dollar. */
  readonly microUsd: number;
}

/**
 * One event of the durable log, in an envelope that never changes its meaning. It refers to texts and never copies
 * them.
 */
export interface Event {
  /** Its id. */
  readonly id: EventId;
  /** The version of the envelope. */
  readonly version: number;
  /** Who owns it. */
  readonly tenant: TenantId;
  /** Its place in the log: grows, with gaps. */
  readonly sequence: number;
  /** What happened. */
  readonly kind: EventKind;
  /** When. */
  readonly at: Date;
  /** What ties it to the call that caused it. */
  readonly correlationId: CorrelationId;
  /** The person or program behind it. */
  readonly actor: string;
  /** The account, if it is about one. */
  readonly account: AccountId | null;
  /** The post, if it is about one. */
  readonly post: PostId | null;
  /** The delivery, if it is about one. */
  readonly delivery: DeliveryId | null;
  /** The part, if it is about one. */
  readonly part: PartId | null;
  /** What more there is to say of this kind. */
  readonly data: Json;
}

/**
 * An emergency stop: nothing that it covers is sent until it is lifted. What is on its way is not called back, and
 * the platform is still asked what became of it.
 */
export interface SendingStop {
  /** What is stopped. */
  readonly scope: StopScope;
  /** Why, for people. */
  readonly why: string;
  /** Who stopped it. */
  readonly actor: string;
  /** Since when. */
  readonly since: Date;
}

/** How an engine stands: whether its store answers, and how much waits in it. */
export interface Health {
  /** What kind of store it is: `memory`, `sqlite`, `postgres`. */
  readonly store: string;
  /** Whether the store answers. */
  readonly reachable: boolean;
  /** How long it took to answer, or to fail. In milliseconds. */
  readonly took: number;
  /** Why it did not answer. */
  readonly error: ErrorRecord | null;
  /** What it told of this tenant; nothing if it did not answer. */
  readonly tally: Tally | null;
}

/** What is kept of an error. */
export interface ErrorRecord {
  /** What went wrong. */
  readonly kind: ErrorKind;
  /** The case within the kind. */
  readonly code: string;
  /** What was wrong, with which value, and what to do. */
  readonly message: string;
  /** Whether and when to try again. */
  readonly retry: Retry;
  /** What was certain. */
  readonly certainty: Certainty | null;
  /** The platform's id of the request. */
  readonly requestId: string | null;
  /** Groups equal errors. */
  readonly fingerprint: string;
}

/**
 * How much there is of what a tenant keeps. A count that came to 10,000 says that many, or more; on PostgreSQL what
 * is settled and not published is counted to that together, the latest first.
 */
export interface Tally {
  /** Deliveries, by where they stand. */
  readonly deliveries: DeliveryCounts;
  /** Deliveries whose time has come: of more than 100,000 some are not looked at. */
  readonly due: DueCounts;
  /** The one that could have been taken for the longest time. */
  readonly oldestDue: OldestDue | null;
  /** Accounts, by their states. */
  readonly accounts: AccountCounts;
  /** The accounts whose owners have to connect them again: at most 100, the oldest first. */
  readonly needsConsent: readonly AccountId[];
  /** The emergency stops in force that are about this tenant: its own, those of platforms, that of all. */
  readonly stops: readonly SendingStop[];
}

/** Deliveries by where they stand. What is published is not counted: there may be millions. */
export interface DeliveryCounts {
  /** Nobody works on them: they wait for their time, their turn or their next try. */
  readonly waiting: number;
  /** A worker works on them. */
  readonly working: number;
  /** They may be live, and the platform is asked later. */
  readonly unconfirmed: number;
  /** They may be live, and wait for a person. */
  readonly held: number;
  /** Dead letters: some of their parts are live, the rest will not be. */
  readonly partlyPublished: number;
  /** Dead letters: nothing of them is live, and nothing will be. */
  readonly failed: number;
  /** A person has cancelled them. */
  readonly cancelled: number;
  /** They were not sent in time. */
  readonly expired: number;
}

/** Deliveries whose time has come and that nobody works on. */
export interface DueCounts {
  /** A worker may take them now, one of each account. */
  readonly ready: number;
  /** Those of them that could have been taken 30 s ago: no worker runs, or it can't keep up. */
  readonly overdue: number;
  /** Their account or an emergency stop keeps them back. */
  readonly keptBack: number;
}

/** A delivery that could have been taken for a while. */
export interface OldestDue {
  /** The delivery. */
  readonly delivery: DeliveryId;
  /** Its post. */
  readonly post: PostId;
  /** Where it goes. */
  readonly account: AccountId;
  /** Since when it could have been taken. */
  readonly since: Date;
  /** How long that is. In milliseconds. */
  readonly late: number;
}

/** Accounts by their states. */
export interface AccountCounts {
  /** Their posts go out. */
  readonly active: number;
  /** A person has paused them. */
  readonly paused: number;
  /** Their owners have to connect them again. */
  readonly needsConsent: number;
  /** Their platforms have suspended them. */
  readonly suspended: number;
}

/** An account on its way: show `url` to its owner. */
export interface PendingConnection {
  /**
   * Where to send the account's owner. They come back to the redirect URI, within ten minutes; give that whole
   * address to `Accounts.complete`.
   */
  readonly url: string;
}

/** A connected social account. */
export interface Account {
  /** xmp's id: stays when the account is connected again. */
  readonly id: AccountId;
  /** Who holds it. */
  readonly tenant: TenantId;
  /** Where it lives. */
  readonly platform: PlatformId;
  /** The app (OAuth client id) through which it was connected: limits are counted per app. */
  readonly app: string;
  /** The platform's id of it. */
  readonly remoteId: RemoteId;
  /** Its name on the platform when it was last seen, without `@`. */
  readonly handle: string;
  /** Whether posts may go out. */
  readonly state: AccountState;
  /** The scopes that its owner granted. */
  readonly scopes: readonly string[];
  /** What to do when a post may have been sent and can't be found. */
  readonly onAbsent: OnAbsent;
  /** Its posts wait until then: a used-up window, say. Shared by all processes. */
  readonly blockedUntil: Date | null;
  /** How far apart its posts are. */
  readonly spacing: Spacing;
  /** Its posts wait until then for their spacing: what a worker found out when it last met one that was due. */
  readonly pacedUntil: Date | null;
  /** When it was first connected. */
  readonly createdAt: Date;
}

/**
 * How far apart an account's posts are. A worker takes none before its time; what waits for that counts no attempt. A
 * thread counts as one post, from its last part on.
 */
export interface Spacing {
  /** The least time from one post to the next. In milliseconds. */
  readonly minInterval: number | null;
  /** The most posts within any 60 minutes. */
  readonly perHour: number | null;
  /** The most posts within any 24 hours. */
  readonly perDay: number | null;
  /** When nothing is posted. */
  readonly quietHours: readonly QuietHours[];
}

/** Hours of every day in which nothing is posted: from 22:00 to 07:00, say. */
export interface QuietHours {
  /** When they begin: a local time, `22:00`. */
  readonly start: string;
  /** When they end: on the next day if it is not after `start`. */
  readonly end: string;
  /** The IANA zone of both: `Europe/Berlin`. */
  readonly zone: string;
}

/** Hours of every day in which nothing is posted: from 22:00 to 07:00, say. This is what a caller gives. */
export interface QuietHoursInit {
  /** When they begin: a local time, `22:00`. */
  readonly start: string;
  /** When they end: on the next day if it is not after `start`. */
  readonly end: string;
  /** The IANA zone of both: `Europe/Berlin`. */
  readonly zone: string;
}

/** What a Mastodon server gave a program that registered itself. */
export interface MastodonApp {
  /** Where it is good: `https://mastodon.social`. */
  readonly server: string;
  /** The app's client id. */
  readonly clientId: string;
  /** The app's client secret. */
  readonly clientSecret: string;
}

/** What a caller wants to publish, where and when. This is what a caller gives. */
export interface DraftInit {
  /**
   * The pieces, in order: each after the first answers the one before it.
   * @defaultValue `[]`
   */
  readonly parts?: readonly PartDraft[] | undefined;
  /**
   * How they are shown.
   * @defaultValue `null`
   */
  readonly showing?: ShowingInit | null | undefined;
  /**
   * What is different on single platforms.
   * @defaultValue `[]`
   */
  readonly variants?: readonly Variant[] | undefined;
  /**
   * The accounts that it goes to.
   * @defaultValue `[]`
   */
  readonly accounts?: readonly AccountId[] | undefined;
  /**
   * When.
   * @defaultValue `{ kind: "now" }`
   */
  readonly when?: When | Date | undefined;
  /**
   * It is not sent at this time or later: what waits until then expires. Nothing: it waits for as long as it takes.
   * @defaultValue `null`
   */
  readonly expires?: When | Date | null | undefined;
  /**
   * Before others that are due.
   * @defaultValue `"normal"`
   */
  readonly priority?: Priority | undefined;
  /**
   * The caller's own labels.
   * @defaultValue `[]`
   */
  readonly labels?: readonly string[] | undefined;
  /**
   * The campaign that it belongs to.
   * @defaultValue `null`
   */
  readonly campaign?: string | null | undefined;
  /**
   * Whatever else the caller wants to find again.
   * @defaultValue `{}`
   */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  /**
   * Whether somebody has to let it go out first: a draft, or what waits for approval.
   * @defaultValue `"open"`
   */
  readonly gate?: Gate | undefined;
}

/** One visible piece of a draft. */
export interface PartDraft {
  /**
   * The text; may be empty where there is media.
   * @defaultValue `""`
   */
  readonly text?: string | undefined;
  /**
   * Media with its alternative text.
   * @defaultValue `[]`
   */
  readonly media?: readonly MediaDraft[] | undefined;
  /**
   * The post that this one answers.
   * @defaultValue `null`
   */
  readonly replyTo?: RemoteId | null | undefined;
  /**
   * The post that this one quotes.
   * @defaultValue `null`
   */
  readonly quote?: RemoteId | null | undefined;
  /**
   * A link that is shown as a card.
   * @defaultValue `null`
   */
  readonly link?: LinkDraft | null | undefined;
  /**
   * A question with answers to choose from.
   * @defaultValue `null`
   */
  readonly poll?: PollInit | null | undefined;
}

/** A piece of media and its alternative text. */
export interface MediaDraft {
  /**
   * A file, read when the post is scheduled.
   * @defaultValue `null`
   */
  readonly path?: string | URL | null | undefined;
  /**
   * Bytes in memory.
   * @defaultValue `null`
   */
  readonly bytes?: Uint8Array | null | undefined;
  /**
   * The alternative text.
   * @defaultValue `null`
   */
  readonly alt?: string | null | undefined;
  /**
   * What must stay visible of it.
   * @defaultValue `null`
   */
  readonly focus?: FocusInit | null | undefined;
}

/** The point of an image that must stay visible where it is cropped, in percent from its top left corner. */
export interface Focus {
  /** From the left edge (0) to the right one (100). */
  readonly x: number;
  /** From the upper edge (0) to the lower one (100). */
  readonly y: number;
}

/**
 * The point of an image that must stay visible where it is cropped, in percent from its top left corner. This is what
 * a caller gives.
 */
export interface FocusInit {
  /** From the left edge (0) to the right one (100). */
  readonly x: number;
  /** From the upper edge (0) to the lower one (100). */
  readonly y: number;
}

/** A link that is shown as a card. */
export interface LinkDraft {
  /** The address, with `https://`. */
  readonly url: string;
  /** What the card is headed with. */
  readonly title: string;
  /** What it says. */
  readonly description: string;
  /**
   * Its picture.
   * @defaultValue `null`
   */
  readonly thumb?: MediaDraft | null | undefined;
}

/** A question with answers to choose from. */
export interface Poll {
  /** The answers. */
  readonly options: readonly string[];
  /** How long it is open. In milliseconds. */
  readonly openFor: number;
  /** Whether several answers may be chosen. */
  readonly multiple: boolean;
  /** Whether the counts are hidden until it is over. */
  readonly hideTotals: boolean;
}

/** A question with answers to choose from. This is what a caller gives. */
export interface PollInit {
  /** The answers. */
  readonly options: readonly string[];
  /** How long it is open. In milliseconds. */
  readonly openFor: number;
  /**
   * Whether several answers may be chosen.
   * @defaultValue `false`
   */
  readonly multiple?: boolean | undefined;
  /**
   * Whether the counts are hidden until it is over.
   * @defaultValue `false`
   */
  readonly hideTotals?: boolean | undefined;
}

/** How all parts of a post are shown. */
export interface Showing {
  /** The language of the text: `en`, `pt-BR`. Left out where a platform has no such thing. */
  readonly language: string | null;
  /** Who may see it; the account's own setting if nothing is said. */
  readonly visibility: Visibility | null;
  /** Whether its media is covered until somebody asks for it. */
  readonly sensitive: boolean;
  /** What is shown in place of the text until somebody asks for it. */
  readonly warning: string | null;
}

/** How all parts of a post are shown. This is what a caller gives. */
export interface ShowingInit {
  /**
   * The language of the text: `en`, `pt-BR`. Left out where a platform has no such thing.
   * @defaultValue `null`
   */
  readonly language?: string | null | undefined;
  /**
   * Who may see it; the account's own setting if nothing is said.
   * @defaultValue `null`
   */
  readonly visibility?: Visibility | null | undefined;
  /**
   * Whether its media is covered until somebody asks for it.
   * @defaultValue `false`
   */
  readonly sensitive?: boolean | undefined;
  /**
   * What is shown in place of the text until somebody asks for it.
   * @defaultValue `null`
   */
  readonly warning?: string | null | undefined;
}

/** What a draft says on one platform in place of what it says elsewhere. */
export interface Variant {
  /** The platform. */
  readonly platform: PlatformId;
  /**
   * The pieces there; none: those of the draft.
   * @defaultValue `[]`
   */
  readonly parts?: readonly PartDraft[] | undefined;
  /**
   * How they are shown there; nothing: as the draft says.
   * @defaultValue `null`
   */
  readonly showing?: ShowingInit | null | undefined;
}

/** A post with all that became of it. */
export interface PostView {
  /** The post. */
  readonly post: Post;
  /** Its way to each account. */
  readonly deliveries: readonly Delivery[];
}

/** What the caller scheduled in one call. */
export interface Post {
  /** Its id. */
  readonly id: PostId;
  /** Who owns it. */
  readonly tenant: TenantId;
  /** The caller's name for the call. */
  readonly key: IdempotencyKey;
  /** What the call asked for: tells a repeated call from another one with the same key. */
  readonly request: Fingerprint;
  /** When it is due. */
  readonly due: Due;
  /** From when on it is not sent any more. */
  readonly expires: Due | null;
  /** Who goes first. */
  readonly priority: Priority;
  /** The caller's labels. */
  readonly labels: readonly string[];
  /** The caller's campaign. */
  readonly campaign: string | null;
  /** The caller's own data. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Ties together everything that happens to it. */
  readonly correlationId: CorrelationId;
  /** Who scheduled it. */
  readonly actor: string;
  /** When it was scheduled. */
  readonly createdAt: Date;
  /** Whether it may go out, as far as people are concerned. */
  readonly gate: Gate;
  /** Who let it go out, where somebody had to. */
  readonly approval: Approval | null;
  /** Grows with every edit, from 1. */
  readonly revision: number;
  /** The series or queue that it comes from, and its place there. */
  readonly place: PlanPlace | null;
}

/** When a post is due, and how that was said: a local time is resolved again when the time-zone database changes. */
export interface Due {
  /** The moment. */
  readonly at: Date;
  /** What the caller asked for. */
  readonly asked: When;
  /** The version of the time-zone database that a local time was resolved by. */
  readonly tzdb: string | null;
}

/** Who let a post go out. */
export interface Approval {
  /** The actor of the call that approved it. */
  readonly by: string;
  /** When. */
  readonly at: Date;
  /** What was approved: an edit of the content afterwards closes the gate again. */
  readonly revision: number;
  /** What they said about it. */
  readonly note: string | null;
}

/** The place of a post in the series or queue that it comes from. */
export interface PlanPlace {
  /** The series or queue. */
  readonly plan: PlanId;
  /** The local time that names the occurrence or slot: `2026-12-24T09:00:00`. */
  readonly slot: string;
  /** Whether the plan is a queue. */
  readonly inQueue: boolean;
}

/** One post on its way to one account. */
export interface Delivery {
  /** Its id. */
  readonly id: DeliveryId;
  /** Who owns it. */
  readonly tenant: TenantId;
  /** The post. */
  readonly post: PostId;
  /** Where it goes. */
  readonly account: AccountId;
  /** The account's platform. */
  readonly platform: PlatformId;
  /** Derived from its parts. */
  readonly state: DeliveryState;
  /** Who goes first. */
  readonly priority: Priority;
  /** When it was to be published. */
  readonly dueAt: Date;
  /** From when on it is not sent any more. */
  readonly expiresAt: Date | null;
  /** When a worker looks at it next; `null` if nothing is left for a worker to do. */
  readonly runAt: Date | null;
  /** Why it waits, where it is not for its time. */
  readonly waiting: string | null;
  /** Who works on it. */
  readonly lease: LeaseRecord | null;
  /** Grows with every claim, and with every step that a person takes. */
  readonly fence: number;
  /** The queue of slots that it stands in. */
  readonly queue: PlanId | null;
  /** Its visible pieces, in order. */
  readonly parts: readonly Part[];
}

/** What holds a lease, and until when. */
export interface LeaseRecord {
  /** The worker. */
  readonly worker: WorkerId;
  /** Until then nobody else may touch it. */
  readonly until: Date;
}

/** One visible piece of a delivery. */
export interface Part {
  /** Its id. */
  readonly id: PartId;
  /** Its place, from 0. */
  readonly index: number;
  /** What it says. */
  readonly content: PartContent;
  /** Equal for equal contents. */
  readonly fingerprint: Fingerprint;
  /** Where it stands. */
  readonly state: PartState;
  /** Attempts that counted: snoozes don't. */
  readonly attempts: number;
  /** Looks at the platform since the current attempt became unconfirmed. */
  readonly looks: number;
  /** Where it is live. */
  readonly published: PublishedRef | null;
  /** What went wrong last. */
  readonly error: ErrorRecord | null;
  /** What its preparation reached. */
  readonly checkpoints: readonly Checkpoint[];
  /** The attempt that was made last. */
  readonly attempt: Attempt | null;
}

/** What one part says, as kept. */
export interface PartContent {
  /** The text. */
  readonly text: string;
  /** Its media, in order. */
  readonly media: readonly StoredMedia[];
  /**
   * The post that it answers. A later part of a thread answers the one before it, whose id is filled in when that one
   * is published.
   */
  readonly replyTo: RemoteId | null;
  /** The post that it quotes. */
  readonly quote: RemoteId | null;
  /** A link that is shown as a card. */
  readonly link: LinkCard | null;
  /** A question with answers to choose from. */
  readonly poll: Poll | null;
  /** How it is shown. */
  readonly showing: Showing;
}

/** What is known of a piece of media. */
export interface StoredMedia {
  /** Names its bytes in the store. */
  readonly hash: Fingerprint;
  /** Its type, by its first bytes. */
  readonly mime: string;
  /** Its kind. */
  readonly kind: MediaKind;
  /** Its size in bytes. */
  readonly size: number;
  /** Its alternative text. */
  readonly alt: string | null;
  /** What must stay visible of it. */
  readonly focus: Focus | null;
  /** Its width in pixels, where it is known. */
  readonly width: number | null;
  /** Its height in pixels, where it is known. */
  readonly height: number | null;
}

/** A link that is shown as a card, as kept. */
export interface LinkCard {
  /** The address. */
  readonly url: string;
  /** What the card is headed with. */
  readonly title: string;
  /** What it says. */
  readonly description: string;
  /** Its picture. */
  readonly thumb: StoredMedia | null;
}

/** Where something is live. */
export interface PublishedRef {
  /** The platform's id of it. */
  readonly remoteId: RemoteId;
  /** Where it can be seen. */
  readonly url: string | null;
  /** When it became live, by the platform's clock where it tells. */
  readonly at: Date | null;
}

/** Where something is live. This is what a caller gives. */
export interface PublishedRefInit {
  /** The platform's id of it. */
  readonly remoteId: RemoteId;
  /**
   * Where it can be seen.
   * @defaultValue `null`
   */
  readonly url?: string | null | undefined;
  /**
   * When it became live, by the platform's clock where it tells.
   * @defaultValue `null`
   */
  readonly at?: Date | null | undefined;
}

/** What a preparation reached, kept so that a crash costs nothing: an uploaded file, a container. */
export interface Checkpoint {
  /** What it is: `media:<hash>`. */
  readonly name: string;
  /** The platform's handle of it. */
  readonly value: string;
  /** When the platform forgets it; `null` if it doesn't say. */
  readonly expiresAt: Date | null;
}

/** One attempt to make one part visible: the intent, and what came of it. */
export interface Attempt {
  /** Its id. */
  readonly id: AttemptId;
  /** Counts the part's attempts, from 1. */
  readonly number: number;
  /** The fence of the lease that it was made under. */
  readonly fence: number;
  /** When the intent was committed. */
  readonly beganAt: Date;
  /**
   * When the first attempt of this part began whose effect was never disproved: `beganAt`, unless an earlier attempt
   * was only observed to be absent. Nothing before this can be ours.
   */
  readonly since: Date;
  /** Its last byte did not leave after this. */
  readonly deadline: Date;
  /** Nobody asks the platform before this: the deadline and the settle window. */
  readonly confirmAfter: Date;
  /** What was to be sent. */
  readonly prepared: Prepared;
  /** What is known of it; `null` while it is in flight. */
  readonly outcome: Certainty | null;
}

/** A part that is ready: nothing is left but the one visible request. It is stored with the intent. */
export interface Prepared {
  /** What will be sent, in the platform's own words. No secrets. */
  readonly request: Json;
  /** What it can be recognised by. */
  readonly evidence: Evidence;
}

/** What a visible request can be recognised by afterwards. */
export interface Evidence {
  /** The text as it was sent. */
  readonly text: string;
  /** The platform's handles of our own media: the strongest evidence, since nobody else has them. */
  readonly media: readonly string[];
  /** The post that it answers. */
  readonly replyTo: RemoteId | null;
  /** A key chosen by us, where the platform has such a thing. */
  readonly key: string | null;
}

/** One post of many. */
export interface BulkRow {
  /** Your key: what makes the row repeatable. */
  readonly key: string;
  /** What to publish, where and when. */
  readonly draft: DraftInit;
}

/** What became of many rows, in their order. */
export interface BulkReport {
  /** One for each row. */
  readonly rows: readonly RowReport[];
  /** How many are stored now. */
  readonly scheduled: number;
  /** How many were stored before. */
  readonly replayed: number;
  /** How many are not stored. */
  readonly refused: number;
}

/** A row, and what became of it. */
export interface RowReport {
  /** The line that it was read from, or its place among the rows, from 1. */
  readonly row: number;
  /** Its key. */
  readonly key: string;
  /** What became of it. */
  readonly outcome: RowOutcome;
  /** Its post. */
  readonly post: PostId | null;
  /** Everything that is wrong with it, where it was refused. */
  readonly problems: readonly Problem[];
}

/** One thing that is wrong with what was asked, for people and programs. */
export interface Problem {
  /** The platform whose rule it is; none if it is wrong everywhere. */
  readonly platform: PlatformId | null;
  /** Where: `parts[0].text`; `variants[0].parts[0].text` for what is said on one platform alone. */
  readonly field: string;
  /** The rule that it breaks, stable between versions: `text.too_long`. */
  readonly rule: string;
  /** The value, or its measure. */
  readonly value: string;
  /** What would be right. */
  readonly limit: string;
  /** What to do. */
  readonly hint: string | null;
}

/** What came of scheduling with an eye on conflicts. */
export interface Settled {
  /** The post. */
  readonly view: PostView;
  /** What speaks against it at the time that it has. */
  readonly conflicts: readonly Conflict[];
  /** When it was to be due, if it was moved. */
  readonly movedFrom: Date | null;
}

/** Something that speaks against a post. */
export interface Conflict {
  /** What it is. */
  readonly kind: ConflictKind;
  /** The account. */
  readonly account: AccountId;
  /** The post that it conflicts with, where it is one. */
  readonly other: PostId | null;
  /** When that one is due. */
  readonly at: Date | null;
  /** How much alike the texts are, in percent. */
  readonly similarity: number | null;
  /** The same in words. */
  readonly reason: string;
  /** The next time at which there is no conflict of time. */
  readonly suggestion: Date | null;
}

/** What a post was before an edit. */
export interface Revision {
  /** The post. */
  readonly post: PostId;
  /** Its number. */
  readonly revision: number;
  /** When it was replaced. */
  readonly replacedAt: Date;
  /** Who replaced it. */
  readonly replacedBy: string;
  /** When it was due. */
  readonly due: Due;
  /** What it said. */
  readonly said: readonly Said[];
}

/** What a post said on one account. */
export interface Said {
  /** The delivery. */
  readonly delivery: DeliveryId;
  /** The account. */
  readonly account: AccountId;
  /** The pieces. */
  readonly parts: readonly PartContent[];
}

/** How many deliveries of the posts that a filter means are in a state. */
export interface StateCount {
  /** The state. */
  readonly state: DeliveryState;
  /** How many. */
  readonly count: number;
}

/** What came of cancelling many posts. */
export interface CancelledAll {
  /** What is cancelled. */
  readonly cancelled: readonly PostId[];
  /** What could not be. */
  readonly left: readonly NotCancelled[];
}

/** A post that could not be cancelled. */
export interface NotCancelled {
  /** The post. */
  readonly post: PostId;
  /** Why. */
  readonly error: ErrorRecord;
}

/**
 * Something that a calendar shows: a post on its way to an account, or an occurrence of a series that will be one.
 */
export interface CalendarEntry {
  /** When it is due. */
  readonly at: Date;
  /** The same in the calendar's zone: `2026-12-24T09:00:00`. Empty until somebody asks for a zone. */
  readonly local: string;
  /** The account that it goes to. */
  readonly account: AccountId;
  /** The post; `null` for an occurrence that is none yet. */
  readonly post: PostId | null;
  /** The delivery; `null` for an occurrence that is no post yet. */
  readonly delivery: DeliveryId | null;
  /** Where it stands; `null` for an occurrence that is no post yet. */
  readonly state: DeliveryState | null;
  /** Whether people let it go out. */
  readonly gate: Gate;
  /** The series or queue that it comes from. */
  readonly place: PlanPlace | null;
  /** The text of its first piece. */
  readonly text: string;
}

/** Why a delivery stands where it stands, and what comes next. */
export interface Explanation {
  /** The post. */
  readonly post: PostId;
  /** Its way to one account. */
  readonly delivery: DeliveryId;
  /** That account. */
  readonly account: AccountId;
  /** Where it stands. */
  readonly state: DeliveryState;
  /** All of it in one sentence, in plain words. */
  readonly summary: string;
  /**
   * What it waits for, or what became of it: what has no end of its own first, then what lasts longest. Empty if all
   * of it is live.
   */
  readonly reasons: readonly Reason[];
  /** When it is tried next, or asked about; `null` where that takes a person, or where nothing is left to do. */
  readonly nextAt: Date | null;
  /** The attempts to make it visible, in the order in which they began. */
  readonly tried: readonly AttemptRecord[];
}

/** One thing that a delivery waits for, or that became of it. */
export interface Reason {
  /** What it is, for programs. */
  readonly code: ReasonCode;
  /** What it is, for people. */
  readonly text: string;
  /** Until when, where that is known. */
  readonly until: Date | null;
}

/** One attempt to make a part visible, and what came of it. */
export interface AttemptRecord {
  /** Its id. */
  readonly id: AttemptId;
  /** The part. */
  readonly part: PartId;
  /** Counts the part's attempts, from 1. One that a snooze made not count shares its number with the next. */
  readonly number: number;
  /** When the intent was committed. */
  readonly beganAt: Date;
  /** Its last byte did not leave after this. */
  readonly deadline: Date;
  /** What is known of it; `null` while it is in flight. */
  readonly outcome: Certainty | null;
  /** Since when that is known. */
  readonly knownAt: Date | null;
  /** The code of the error that it ended with, if it did. */
  readonly code: string | null;
  /** What went wrong, for people. */
  readonly why: string | null;
}

/** The numbers of one post at one time. */
export interface MetricSample {
  /** The account that the post belongs to. */
  readonly account: AccountId;
  /** The post, by the platform's id. */
  readonly remoteId: RemoteId;
  /** When the platform was asked. */
  readonly observedAt: Date;
  /** What it told. */
  readonly values: Readonly<Record<string, number>>;
}

/** When something comes again. */
export interface Recurrence {
  /**
   * The local time at which it begins: `2026-12-24T09:00`. It is an occurrence only if a rule says so, or `dates`.
   */
  readonly start: string;
  /** The IANA zone of all local times: `Europe/Berlin`. */
  readonly zone: string;
  /** Rules: what any of them gives. */
  readonly rules: readonly string[];
  /** Further local times. */
  readonly dates: readonly string[];
  /** Local times that are left out. */
  readonly excluded: readonly string[];
  /** For local times that the zone skips. */
  readonly gap: OnGap;
  /** For local times that the zone has twice. */
  readonly fold: OnFold;
}

/** When something comes again. This is what a caller gives. */
export interface RecurrenceInit {
  /**
   * The local time at which it begins: `2026-12-24T09:00`. It is an occurrence only if a rule says so, or `dates`.
   */
  readonly start: string;
  /** The IANA zone of all local times: `Europe/Berlin`. */
  readonly zone: string;
  /**
   * Rules: what any of them gives.
   * @defaultValue `[]`
   */
  readonly rules?: readonly string[] | undefined;
  /**
   * Further local times.
   * @defaultValue `[]`
   */
  readonly dates?: readonly string[] | undefined;
  /**
   * Local times that are left out.
   * @defaultValue `[]`
   */
  readonly excluded?: readonly string[] | undefined;
  /**
   * For local times that the zone skips.
   * @defaultValue `"shift"`
   */
  readonly gap?: OnGap | undefined;
  /**
   * For local times that the zone has twice.
   * @defaultValue `"first"`
   */
  readonly fold?: OnFold | undefined;
}

/** A series or a queue. */
export interface Plan {
  /** Its id. */
  readonly id: PlanId;
  /** Who owns it. */
  readonly tenant: TenantId;
  /** What people call it. */
  readonly name: string;
  /** Whether it goes on. */
  readonly state: PlanState;
  /** Grows with every change, from 1. */
  readonly revision: number;
  /** When a worker looks at it next; `null` if it need not. */
  readonly lookAt: Date | null;
  /** What it is. */
  readonly what: PlanKind;
  /** Who made it. */
  readonly actor: string;
  /** When it was made. */
  readonly createdAt: Date;
}

/** Posts that come again. */
export interface SeriesDetails {
  /** When. */
  readonly recurrence: Recurrence;
  /** What. */
  readonly template: Template;
  /** How long before it is due an occurrence becomes a post. In milliseconds. */
  readonly ahead: number;
  /** All occurrences until then have become posts, or were left out. */
  readonly madeUntil: Date;
  /** Occurrences after that which have become posts already, or are left out. */
  readonly taken: readonly string[];
  /** It gives none at this local time or later: it was changed from there on, or ended. */
  readonly endsBefore: string | null;
}

/** What every post of a series is like. */
export interface Template {
  /** Where each goes, and what it says there. */
  readonly targets: readonly Target[];
  /** How long after it is due a post is not sent any more. In milliseconds. */
  readonly expiresAfter: number | null;
  /** Who goes first. */
  readonly priority: Priority;
  /** The caller's labels. */
  readonly labels: readonly string[];
  /** The caller's campaign. */
  readonly campaign: string | null;
  /** The caller's own data. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Whether each has to be approved. */
  readonly gate: Gate;
}

/** What a post of a series says on one account. */
export interface Target {
  /** The account. */
  readonly account: AccountId;
  /** Its platform. */
  readonly platform: PlatformId;
  /** The pieces. */
  readonly parts: readonly PartContent[];
}

/** Weekly slots, and the posts that stand in them. */
export interface Queue {
  /** The IANA zone of its slots. */
  readonly zone: string;
  /** Its slots: `Mon-Fri 09:00,17:00`. */
  readonly slots: readonly Slot[];
  /** The accounts that a post goes to which names none. */
  readonly accounts: readonly AccountId[];
  /** For slots that the zone skips. */
  readonly gap: OnGap;
  /** For slots that the zone has twice. */
  readonly fold: OnFold;
}

/** An occurrence that is to come. */
export interface Coming {
  /** What names it within its series: `2026-12-24T09:00:00`. */
  readonly occurrence: string;
  /** When it is due. */
  readonly at: Date;
}

/** A consumer that is known: it has acknowledged something, or was set to a place. */
export interface EventConsumer {
  /** Its name. */
  readonly name: ConsumerName;
  /** The `sequence` of the last event that it has acknowledged; 0 if there is none. */
  readonly position: number;
  /** When that changed last. */
  readonly movedAt: Date;
}

/** The account's own view of itself. */
export interface Profile {
  /** The platform's id of it. */
  readonly remoteId: RemoteId;
  /** Its name, without `@`. */
  readonly handle: string;
  /** Its name for people. */
  readonly displayName: string;
  /** Followers and so on. Missing is not zero. */
  readonly metrics: Readonly<Record<string, number>>;
}

/** A page of something. */
export interface RemotePostPage {
  /** The items, in the platform's order. */
  readonly items: readonly RemotePost[];
  /** Gives the next page; `null` at the end. */
  readonly next: string | null;
}

/** A post as the platform shows it. */
export interface RemotePost {
  /** The platform's id of it. */
  readonly id: RemoteId;
  /** The text for people: links as they were written, entities unescaped. */
  readonly text: string;
  /** When it was published. */
  readonly createdAt: Date | null;
  /** Where it can be seen. */
  readonly url: string | null;
  /** The post that it answers. */
  readonly replyTo: RemoteId | null;
  /** The platform's handles of its media. */
  readonly media: readonly string[];
  /** Its numbers. Missing is not zero. */
  readonly metrics: Readonly<Record<string, number>>;
}

/** How often a part is tried that was surely not sent. */
export interface RetryPolicy {
  /**
   * Attempts in all. Snoozes (used-up windows, an open circuit) are not attempts. Default 5.
   * @defaultValue `5`
   */
  readonly maxAttempts?: number | undefined;
  /**
   * The waits between them. Default 2 s doubling to 10 minutes, with full jitter.
   * @defaultValue `{ base: 2000, cap: 600000 }`
   */
  readonly backoff?: Backoff | undefined;
}

/**
 * Exponential backoff with full jitter: the n-th wait is a random part of `base * 2^(n-1)`, at most `cap`. Full
 * jitter spreads the retries of many posts that failed together over the whole interval.
 */
export interface Backoff {
  /** The most that the first wait takes. In milliseconds. */
  readonly base: number;
  /** The most that any wait takes. In milliseconds. */
  readonly cap: number;
}

/** How the platform is asked what became of an attempt. */
export interface LookPolicy {
  /**
   * Looks that must all see nothing before a post counts as absent. Default 3.
   * @defaultValue `3`
   */
  readonly looks?: number | undefined;
  /**
   * The wait between them. Default 20 s. In milliseconds.
   * @defaultValue `20000`
   */
  readonly every?: number | undefined;
  /**
   * How long a platform may stay unreadable before a person has to decide. Default 24 hours. In milliseconds.
   * @defaultValue `86400000`
   */
  readonly patience?: number | undefined;
}

/** An OAuth app that a simulator knows. */
export interface SimClient {
  /** The client id. */
  readonly id: string;
  /**
   * The client secret; without one it is a public client.
   * @defaultValue `null`
   */
  readonly secret?: string | null | undefined;
  /**
   * Where it may have owners sent back to. On loopback any port will do.
   * @defaultValue `[]`
   */
  readonly redirectUris?: readonly string[] | undefined;
}

/** What the simulated Mastodon server allows; what is left out is as Mastodon comes. */
export interface SimInstance {
  /**
   * The most characters that a status may have.
   * @defaultValue `null`
   */
  readonly maxCharacters?: number | null | undefined;
  /**
   * The most media that a status may carry.
   * @defaultValue `null`
   */
  readonly maxMediaAttachments?: number | null | undefined;
  /**
   * What a link counts for, in characters.
   * @defaultValue `null`
   */
  readonly charactersReservedPerUrl?: number | null | undefined;
  /**
   * The most answers of a poll.
   * @defaultValue `null`
   */
  readonly maxPollOptions?: number | null | undefined;
}

/** So many requests of a route in a window. */
export interface RateLimit {
  /**
   * The route's name, for example `posts.create`: X's. On other platforms with the platform before it, and the names
   * that the platform counts by: `bluesky:writes`, `mastodon:media.upload`.
   */
  readonly route: string;
  /** Who shares the window. */
  readonly per: Per;
  /**
   * The length of the window in seconds. On X a day or more is reported in the `x-{user,app}-limit-24hour-*` headers,
   * anything shorter in `x-rate-limit-*`.
   */
  readonly windowSecs: number;
  /** How many requests it takes; for `bluesky:writes`, how many points. */
  readonly limit: number;
}

/** One post that exists, or existed. */
export interface LedgerEntry {
  /** The platform: `x`, `bluesky` or `mastodon`. */
  readonly platform: string;
  /** The author's handle. */
  readonly account: string;
  /** The author's id on the platform. */
  readonly accountId: string;
  /** The post's id on the platform (of its first version, if it was edited); on Bluesky its `at://` URI. */
  readonly remoteId: string;
  /** The text as the author sent it: links and `&` as written. */
  readonly text: string;
  /** When it was published, in simulated time. */
  readonly at: Date;
  /**
   * The id of the app that sent it; on Bluesky, where programs log in as the account, `app-password`. `null`: its
   * author wrote it elsewhere.
   */
  readonly clientId: string | null;
  /** The id of the post that it answers. */
  readonly replyTo: string | null;
  /** The id of the post that it quotes. */
  readonly quoteOf: string | null;
  /** The ids of its media. */
  readonly media: readonly string[];
  /** Later versions, oldest first. */
  readonly edits: readonly LedgerEdit[];
  /** Whether it was deleted since. */
  readonly deleted: boolean;
  /** When it was deleted, in simulated time. */
  readonly deletedAt: Date | null;
  /**
   * What else was published with the first version, in the platform's own words: Bluesky's whole record; of Mastodon
   * `visibility`, `sensitive`, `spoiler_text`, `language`, `poll`, `idempotency_key` and, of each of its `media`,
   * `description` and `focus`. Nothing on X.
   */
  readonly details: Json;
}

/** A later version of a post. */
export interface LedgerEdit {
  /** The version's own id: on X an id, on Bluesky a CID, on Mastodon the post's. */
  readonly remoteId: string;
  /** Its text. */
  readonly text: string;
  /** When it replaced the one before, in simulated time. */
  readonly at: Date;
}

/** One request that a platform's API received (the admin API is not logged). */
export interface RecordedRequest {
  /** Counts from 1 in the order of arrival. */
  readonly id: number;
  /** When it was received in full, in simulated time. */
  readonly at: Date;
  /** The platform whose API it is. */
  readonly platform: string;
  /** The HTTP method. */
  readonly method: string;
  /** Path and query, as sent. */
  readonly path: string;
  /** The route as faults name it, for example `posts.create`. `null` if there is no such route. */
  readonly route: string | null;
  /** The handle of the account on whose behalf it was made, if that could be told. */
  readonly account: string | null;
  /** The headers, with lower-case names. The value of `authorization` is redacted, its scheme is kept. */
  readonly headers: Readonly<Record<string, string>>;
  /**
   * The body: JSON and forms with their secrets redacted, multipart as one line for each part with its name, type and
   * length, other types as one such line.
   */
  readonly body: string;
  /** The status answered. `null` while it is in flight, and when the connection was cut instead. */
  readonly status: number | null;
  /** Whether the simulator is done with it, by an answer or by a cut. */
  readonly done: boolean;
  /** When it was done with it, in simulated time. */
  readonly doneAt: Date | null;
  /** When its client hung up before it was answered, in simulated time. Its effect does not depend on that. */
  readonly leftAt: Date | null;
}

/** A fault and the requests that meet it. */
export interface Fault {
  /** What happens. */
  readonly kind: FaultKind;
  /** The route that is hit (`posts.create`), or a family of them (`media`). Default: any. */
  readonly route: string | null;
  /** The platform that is hit. Default: any. */
  readonly platform: string | null;
  /** The handle of the account on whose behalf the request is made. Default: any. */
  readonly account: string | null;
  /** So many matching requests pass unharmed first. */
  readonly skip: number;
  /** So many matching requests are hit, then the fault is used up. Default: for ever. */
  readonly times: number | null;
  /** Milliseconds, for the kinds that name them. */
  readonly ms: number | null;
  /** The HTTP status, for the kinds that name it. */
  readonly code: number | null;
  /** The JSON body for `status`; by default the platform's usual one. */
  readonly body: Json;
  /** For `status`: the usual body in X's old shape. */
  readonly legacy: boolean | null;
  /** Simulated seconds until the window ends, for `rate_limited`. */
  readonly resetSecs: number | null;
  /** For `timeline_lag`: they are missing from lookups by id, too. */
  readonly lookups: boolean | null;
}

/** Tokens that an app holds for an account. Their `Debug` shows them: they open nothing but a simulator. */
export interface Tokens {
  /** The bearer token. */
  readonly accessToken: string;
  /** The refresh token, if the scopes entitle to one. */
  readonly refreshToken: string | null;
  /** When the access token expires, in simulated time. */
  readonly expiresAt: Date;
}

/** An error as plain data. */
export interface Failure {
  /** What went wrong. */
  readonly kind: ErrorKind;
  /** The case within the kind, stable between versions. */
  readonly code: string;
  /** What was wrong, with which value, and what to do. */
  readonly message: string;
  /** Whether and when to try again. */
  readonly retry: Retry;
  /** What is certain about the outside world, where a request was to be made. */
  readonly certainty: Certainty | null;
  /** How bad it is. */
  readonly severity: Severity;
  /** Groups equal errors: platform, operation, kind and code, never a value. */
  readonly fingerprint: string;
  /** The platform that it happened on. */
  readonly platform: PlatformId | null;
  /** The operation that it happened in, such as `posts.create`. */
  readonly operation: string | null;
  /** The platform's own id of the request. */
  readonly requestId: string | null;
  /** The id of the call that met it. */
  readonly correlationId: CorrelationId | null;
  /** Every problem that was found, where something was checked. */
  readonly problems: readonly Problem[];
  /** What caused it, the nearest cause first. */
  readonly causes: readonly string[];
}
