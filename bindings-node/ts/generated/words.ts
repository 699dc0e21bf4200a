// Written by `cargo xtask gen` from xmp-surface/surface.json. Not to be changed by hand.

/**
 * Who owns a row, key, secret or event. The default tenant is `default`. 1 to 64 characters out of `a-z A-Z 0-9 - _
 * .`.
 */
export type TenantId = string;

/**
 * The name of a platform: `x`, `bluesky`, … 1 to 23 characters out of `a-z 0-9 - _`. It is copied about freely, so
 * it holds its text within itself.
 */
export type PlatformId = string;

/** How an account is connected. */
export type ConnectBy =
  /** Its owner consents on the platform's page: `connect` and `complete`. */
  | "consent"
  /** With its name and an app password, which its owner makes on the platform: `logIn`. */
  | "app_password";

/** How a platform measures text. */
export type TextRule =
  /** X's weighted length: most scripts weigh 1, others and emoji 2, any URL 23 (twitter-text, version 3). */
  | "x_weighted"
  /** What a reader takes for one character: a letter with its accents, an emoji of several (UAX #29). */
  | "graphemes"
  /** Characters as Mastodon counts them: any URL as long as the platform says, of a mention only the name. */
  | "mastodon_characters";

/** The kinds of media that platforms tell apart. */
export type MediaKind =
  /** A still image. */
  | "image"
  /** An animated image. */
  | "gif"
  /** A film. */
  | "video";

/** Who may see a post. */
export type Visibility =
  /** Everybody, and it is shown around. */
  | "public"
  /** Everybody who looks for it. */
  | "unlisted"
  /** The account's followers. */
  | "followers"
  /** Those whom it mentions. */
  | "mentioned";

/** How far a platform helps to publish exactly once. */
export type Idempotency =
  /** Not at all: what was published can only be looked for, and its absence only observed. */
  | "observe"
  /**
   * The post's own key is chosen by us: the platform has one post under it at most, and tells whether it is there.
   */
  | "record_key"
  /**
   * The platform remembers a key of ours for a while, and makes nothing new for one that it knows. After that it is
   * as with `observe`.
   */
  | "idempotency_key";

/** One event of the durable log. Written as its prefix, `_` and 32 hexadecimal digits; ids made later sort later. */
export type EventId = string;

/** What happened. Later versions add kinds: match with a `_` arm. */
export type EventKind =
  /** An account was connected for the first time. */
  | "account.connected"
  /** An account was connected again, under its old id. */
  | "account.reconnected"
  /** An account's state has changed; the data says from what to what, and why. */
  | "account.state"
  /** An account can't be used until its owner connects it again. */
  | "account.needs_consent"
  /** The platform has suspended an account; the data says why. */
  | "account.suspended"
  /** An account's posts are spaced in another way. */
  | "account.spacing"
  /** A post was stored. */
  | "post.scheduled"
  /** A post has another time. */
  | "post.rescheduled"
  /** Somebody has changed a post that waits; the data says what, and which revision it was. */
  | "post.edited"
  /** A post may go out at its time; the event's actor let it. */
  | "post.approved"
  /** A post goes out only when somebody approves it. */
  | "post.held_back"
  /** A post was put in a queue; the data says which, and its slot. */
  | "post.queue_added"
  /** A post of a queue is live; the data says of which. */
  | "post.queue_processed"
  /** A series or a queue was made, or changed; the data says what it is now. */
  | "plan.changed"
  /** A post waits, and no attempt was counted; the data says why and until when. */
  | "post.snoozed"
  /** The intent to make a part visible is committed: from here on it may be live. */
  | "post.attempted"
  /** A part was not sent, and will be tried again. */
  | "post.retried"
  /** A part is live. */
  | "post.published"
  /** A part may be live; nobody knows yet. */
  | "post.unconfirmed"
  /** A part waits for a person: what became of it can't be known. */
  | "post.held"
  /** A part will not be published; the data says why. Its delivery is a dead letter. */
  | "post.failed"
  /** A person has put a dead letter back, or released a held part. */
  | "post.put_back"
  /** A post was cancelled. */
  | "post.cancelled"
  /** A post was not sent by the time that was given for it, and will not be. */
  | "post.expired"
  /** A limit of the platform's is used up, and all posts of the account wait; the data says why and until when. */
  | "rate_limit.reached"
  /** Sending was stopped, for a tenant, a platform or all; the data says which, and why. */
  | "sending.stopped"
  /** Sending goes on. */
  | "sending.resumed"
  /** Something that this version has no name for: a newer one wrote it. */
  | "unknown";

/** Ties together everything that one call caused. It is the trace id of W3C Trace Context. */
export type CorrelationId = string;

/** A connected social account. Written as its prefix, `_` and 32 hexadecimal digits; ids made later sort later. */
export type AccountId = string;

/**
 * What the caller scheduled: one call, one post, whatever the number of targets. Written as its prefix, `_` and 32
 * hexadecimal digits; ids made later sort later.
 */
export type PostId = string;

/**
 * One post on its way to one account. Written as its prefix, `_` and 32 hexadecimal digits; ids made later sort
 * later.
 */
export type DeliveryId = string;

/**
 * One visible piece of a delivery (a thread has several). Written as its prefix, `_` and 32 hexadecimal digits; ids
 * made later sort later.
 */
export type PartId = string;

/** What an emergency stop stops. Written as `all`, `platform:x` or `tenant:acme`. */
export type StopScope = string;

/** What went wrong, in the words that all languages share. Later versions add kinds: match with a `_` arm. */
export type ErrorKind =
  /** What was asked is wrong: nothing was stored or sent. */
  | "validation"
  /** The credentials were not accepted. */
  | "authentication"
  /** The account's owner has to connect it again. */
  | "needs_consent"
  /** The platform has suspended the account; its posts wait. */
  | "account_suspended"
  /** The credentials are good, and not allowed to do this. */
  | "authorization"
  /** The account was connected without a scope that this needs. */
  | "missing_scope"
  /** A window of requests is used up; it opens again by itself. */
  | "rate_limit"
  /** A longer cap (a day, a month) is used up. */
  | "quota"
  /** A spending limit was reached; nothing was sent. */
  | "spend_cap"
  /** The platform says that it already has this content. */
  | "duplicate"
  /** The platform read the content and refused it. */
  | "content_rejected"
  /** A file is not what it claims, or is not accepted. */
  | "media"
  /** There is no such thing, or it is not visible to this tenant or account. */
  | "not_found"
  /** The thing has changed, or the key was used with other content. */
  | "conflict"
  /** The platform's automation rules forbid it; xmp refuses before sending. */
  | "policy_forbidden"
  /** The platform cannot do this. */
  | "unsupported"
  /** A part of the platform keeps failing; requests to it are held back. */
  | "circuit_open"
  /** Time ran out. */
  | "timeout"
  /** The caller stopped it. */
  | "cancelled"
  /** Another worker has taken the work over; nothing more is done here. */
  | "lease_lost"
  /** The platform could not be reached, or the connection broke. */
  | "network"
  /** The platform failed, or answered something unreadable. */
  | "platform_fault"
  /** The store failed. */
  | "storage"
  /** xmp was set up wrongly. */
  | "configuration"
  /** A defect of xmp; please report it. */
  | "internal";

/** What is certain about the effect of one request. Only `NotSent` may be repeated. */
export type Certainty =
  /**
   * No effect: the last byte never left, or the platform turned the request away at its door (rate limit, expired
   * token) before it looked at what was asked.
   */
  | "not_sent"
  /** The effect was made and the platform said so. */
  | "sent"
  /** The platform looked at the request and refused it: no effect, and the same request will be refused again. */
  | "rejected"
  /** The last byte left and no readable answer came: the effect may or may not have been made. */
  | "maybe_sent";

/**
 * What to do with a part whose attempt may have been sent and that can't be found on a platform that offers no proof
 * of absence.
 */
export type OnAbsent =
  /** Wait for a person: never twice, at the price of perhaps not at all until they look. */
  | "hold"
  /**
   * Send again: it was looked for after the settle window and more than once, and a timeline that hides a live post
   * for longer than that would let it appear twice.
   */
  | "resend";

/** The id that a platform gave to something visible. Opaque: never parsed, only compared. */
export type RemoteId = string;

/** Whether posts may go to an account. */
export type AccountState =
  /** Posts go out. */
  | "active"
  /** A person has paused it: its posts wait. */
  | "paused"
  /** Its tokens are gone or in doubt: its posts wait until its owner connects it again, under the same id. */
  | "needs_consent"
  /** The platform has suspended it: its posts wait. */
  | "suspended";

/** What to do with a local time that the zone skips, when clocks go forward. */
export type Gap =
  /** Refuse it with an error that names the times on both sides. */
  | "refuse"
  /** Move it forward by the length of the gap: 02:30 becomes 03:30. */
  | "shift";

/** What to do with a local time that the zone has twice, when clocks go back. */
export type Fold =
  /** Refuse it with an error that names both moments. */
  | "refuse"
  /** Take the first. */
  | "first"
  /** Take the second. */
  | "second";

/** Who goes first among what is due: `head_start` says by how much. */
export type Priority =
  /** After the others. */
  | "low"
  /** In order. */
  | "normal"
  /** Before the others. */
  | "high"
  /** First. */
  | "urgent";

/** Whether people let a post go out. While its gate is closed no worker sees it, whatever time it has. */
export type Gate =
  /** It goes out at its time. */
  | "open"
  /** Somebody is still writing it. */
  | "draft"
  /** It is written, and waits for somebody to approve it. */
  | "review";

/**
 * The caller's name for a call, which makes the call repeatable: the same key with the same content answers with the
 * first result, the same key with other content is a [conflict](ErrorKind.Conflict). 1 to 255 characters, none of
 * them a control character.
 */
export type IdempotencyKey = string;

/** SHA-256 over a sequence of fields. Two contents are equal to xmp if their fingerprints are. */
export type Fingerprint = string;

/**
 * A series or a queue: where posts come from that nobody scheduled one by one. Written as its prefix, `_` and 32
 * hexadecimal digits; ids made later sort later.
 */
export type PlanId = string;

/** Where a delivery stands. */
export type DeliveryState =
  /** Nothing is visible yet; it waits for its time or its next try. */
  | "scheduled"
  /** A visible request may be on its way. */
  | "sending"
  /** A part may be live; the reconciler asks the platform. */
  | "unconfirmed"
  /** A part may be live and the platform can't tell: a person decides. */
  | "held"
  /** Some parts are live, the rest goes on by itself. */
  | "publishing"
  /** All parts are live. */
  | "published"
  /** Some parts are live, the rest will not be published. */
  | "partly_published"
  /** Nothing is visible, and nothing will be: a dead letter. */
  | "failed"
  /** A person has cancelled it, and nothing of it is known to be live. */
  | "cancelled"
  /** It was not sent by the time that was given for it, and nothing of it is live. */
  | "expired";

/** One running worker. Written as its prefix, `_` and 32 hexadecimal digits; ids made later sort later. */
export type WorkerId = string;

/** Where a part stands. */
export type PartState =
  /**
   * Nothing visible is on its way: it was not attempted, or what was attempted had no effect, or was looked for and
   * not seen.
   */
  | "waiting"
  /** The intent is committed: the one visible request may be on its way. */
  | "sending"
  /** It may be live. The reconciler asks the platform. */
  | "unconfirmed"
  /** It may be live, and the platform can't tell. A person decides. */
  | "held"
  /** It is live. */
  | "published"
  /** It will not be published: a dead letter, which can be put back. */
  | "failed"
  /** A person has cancelled it before it was attempted. */
  | "cancelled"
  /** It was not sent by the time that was given for it, and will not be. */
  | "expired";

/**
 * One attempt to make one part visible. Written as its prefix, `_` and 32 hexadecimal digits; ids made later sort
 * later.
 */
export type AttemptId = string;

/** What is done where a row is refused. */
export type BulkMode =
  /** Nothing is stored, and the error has the problems of all rows. */
  | "all_or_nothing"
  /** The others are stored, and the report says what became of each. */
  | "each_row";

/** What became of a row. */
export type RowOutcome =
  /** It is stored. */
  | "scheduled"
  /** The same row was stored before, under the same key. */
  | "replayed"
  /** It is not stored. */
  | "refused";

/** What is done about conflicts. */
export type OnConflict =
  /** The post is scheduled, and they are told. */
  | "report"
  /** The post is not scheduled. */
  | "refuse"
  /** The post is scheduled at the next time at which no account has one of time; refused for one of text. */
  | "move";

/** What speaks against a post. */
export type ConflictKind =
  /** Its account's spacing would make it, or one after it, wait. */
  | "spacing"
  /** Another post of its account is due within the same minute. */
  | "slot"
  /** Another post of its account says the same. */
  | "equal"
  /** Another post of its account says nearly the same. */
  | "similar";

/** What a delivery waits for, or what became of it. Later versions add codes: match with a `_` arm. */
export type ReasonCode =
  /** Its time: that has not come yet, or came just now. */
  | "due"
  /** An emergency stop. */
  | "stop"
  /** A person, who has paused its account. */
  | "account.paused"
  /** The account's owner, who has to connect it again. */
  | "account.needs_consent"
  /** The platform, which has suspended its account. */
  | "account.suspended"
  /** The end of what blocks its account: a limit of the platform's, or an outage. */
  | "account.blocked"
  /** Another post of its account, which is being sent. */
  | "account.busy"
  /** The spacing of its account. */
  | "spacing"
  /** Its next try. */
  | "retry"
  /** Something that counts no attempt: equal content whose fate is unknown, say. */
  | "snoozed"
  /** The worker that has it. */
  | "leased"
  /** The platform, which is asked whether it is live. */
  | "unconfirmed"
  /** A person, who has to say whether it is live. */
  | "held"
  /** A worker: nothing else is in its way. */
  | "no_worker"
  /** Nothing any more: its time was over. */
  | "expired"
  /** Nothing any more: it can't be published. */
  | "failed"
  /** Nothing any more: a person has cancelled it. */
  | "cancelled";

/** What becomes of a local time that the zone skips, when the clocks go forward. */
export type OnGap =
  /** It is as much later as the clocks jump: an hour late beats not at all. */
  | "shift"
  /** It is left out, and not counted. */
  | "skip";

/** Which of the two moments is meant by a local time that the zone has twice, when the clocks go back. */
export type OnFold =
  /** The first. */
  | "first"
  /** The second. */
  | "second";

/** Whether a plan goes on. */
export type PlanState =
  /** It goes on. */
  | "active"
  /** It makes no posts, and takes none, until it is resumed. */
  | "paused"
  /** It is over. */
  | "ended";

/** Times of day on days of the week: `Mon-Fri 09:00,17:00`, `Sat,Sun 11:30`, `daily 20:00`. */
export type Slot = string;

/** Where in a queue a post goes. */
export type QueuePlace =
  /** In the next free slot, even between others. */
  | "next"
  /** Behind all others. */
  | "end"
  /** Before all others: they move up by a slot where the first one is taken. */
  | "front";

/** The name of an event consumer: 1 to 64 characters out of `a-z A-Z 0-9 - _ .`. Each tenant has its own names. */
export type ConsumerName = string;

/** Whose requests share a window. */
export type Per =
  /** One user of one app. */
  | "user"
  /** All users of one app together. */
  | "app";

/** What happens to a request. */
export type FaultKind =
  /** It waits `ms` real milliseconds before its effect. */
  | "latency"
  /** The effect happens, then the answer is held back for `ms` real milliseconds. */
  | "hold"
  /** It is refused with the status `code`, without effect. */
  | "status"
  /** The effect happens, yet the status `code` is answered. */
  | "status_after_effect"
  /** 429 with a window that ends `resetSecs` simulated seconds from now, without effect. */
  | "rate_limited"
  /** The connection is closed without an answer, and without effect. */
  | "cut_before"
  /** The effect happens, then the connection is closed without one byte of an answer. */
  | "cut_after"
  /** The connection is closed without an answer; the effect lands `ms` simulated milliseconds later. */
  | "cut_then_late"
  /** The effect happens; half of the answer's body arrives, then the connection is closed. */
  | "half_body"
  /** The effect happens; the answer's body trickles in, with `ms` real milliseconds between chunks. */
  | "slow_body"
  /** The effect happens; under a 2xx stands what is not JSON. */
  | "garbage_body"
  /** On X, all refusals come in its old shape. */
  | "legacy_errors"
  /** Posts younger than `ms` simulated milliseconds are missing from timelines, and with `lookups` everywhere. */
  | "timeline_lag"
  /** The account is suspended. */
  | "suspended"
  /** The account's tokens are dead. */
  | "token_revoked";

/** How bad it is: `Info` is expected, `Critical` needs a person now. */
export type Severity =
  /** Expected in normal work. */
  | "info"
  /** Worth a look; the caller or the platform's content rules can mend it. */
  | "warning"
  /** Something failed that should not have. */
  | "error"
  /** Nothing goes on until a person acts. */
  | "critical";
