// Written by `cargo xtask gen` from xmp-surface/surface.json. Not to be changed by hand.

import * as encode from "../runtime/encode.js";
import { form, record } from "../runtime/record.js";

const X_CONFIG: ReadonlySet<string> = new Set(["clientId", "clientSecret", "baseUrl", "authorizeUrl", "settle", "commitTimeout", "chunkSize", "processingTimeout"]);

export function encodeXConfig(value: unknown, at: string): object {
  const from = record(value, at, X_CONFIG);
  return {
    client_id: encode.text(from["clientId"], `${at}.clientId`),
    client_secret: encode.optional(from["clientSecret"], `${at}.clientSecret`, encode.text),
    base_url: encode.maybe(from["baseUrl"], `${at}.baseUrl`, encode.text),
    authorize_url: encode.optional(from["authorizeUrl"], `${at}.authorizeUrl`, encode.text),
    settle: encode.maybe(from["settle"], `${at}.settle`, encode.duration),
    commit_timeout: encode.maybe(from["commitTimeout"], `${at}.commitTimeout`, encode.duration),
    chunk_size: encode.maybe(from["chunkSize"], `${at}.chunkSize`, encode.int),
    processing_timeout: encode.maybe(from["processingTimeout"], `${at}.processingTimeout`, encode.duration),
  };
}

const BLUESKY_CONFIG: ReadonlySet<string> = new Set(["service", "directory", "settle", "commitTimeout"]);

export function encodeBlueskyConfig(value: unknown, at: string): object {
  const from = record(value, at, BLUESKY_CONFIG);
  return {
    service: encode.maybe(from["service"], `${at}.service`, encode.text),
    directory: encode.maybe(from["directory"], `${at}.directory`, encode.text),
    settle: encode.maybe(from["settle"], `${at}.settle`, encode.duration),
    commit_timeout: encode.maybe(from["commitTimeout"], `${at}.commitTimeout`, encode.duration),
  };
}

const MASTODON_CONFIG: ReadonlySet<string> = new Set(["server", "clientId", "clientSecret", "settle", "commitTimeout", "processingTimeout"]);

export function encodeMastodonConfig(value: unknown, at: string): object {
  const from = record(value, at, MASTODON_CONFIG);
  return {
    server: encode.text(from["server"], `${at}.server`),
    client_id: encode.text(from["clientId"], `${at}.clientId`),
    client_secret: encode.text(from["clientSecret"], `${at}.clientSecret`),
    settle: encode.maybe(from["settle"], `${at}.settle`, encode.duration),
    commit_timeout: encode.maybe(from["commitTimeout"], `${at}.commitTimeout`, encode.duration),
    processing_timeout: encode.maybe(from["processingTimeout"], `${at}.processingTimeout`, encode.duration),
  };
}

export const VISIBILITY: ReadonlySet<string> = new Set(["public", "unlisted", "followers", "mentioned"]);

export const EVENT_KIND: ReadonlySet<string> = new Set(["account.connected", "account.reconnected", "account.state", "account.needs_consent", "account.suspended", "account.spacing", "post.scheduled", "post.rescheduled", "post.edited", "post.approved", "post.held_back", "post.queue_added", "post.queue_processed", "plan.changed", "post.snoozed", "post.attempted", "post.retried", "post.published", "post.unconfirmed", "post.held", "post.failed", "post.put_back", "post.cancelled", "post.expired", "rate_limit.reached", "sending.stopped", "sending.resumed", "unknown"]);

export const ON_ABSENT: ReadonlySet<string> = new Set(["hold", "resend"]);

const QUIET_HOURS: ReadonlySet<string> = new Set(["start", "end", "zone"]);

export function encodeQuietHours(value: unknown, at: string): object {
  const from = record(value, at, QUIET_HOURS);
  return {
    start: encode.text(from["start"], `${at}.start`),
    end: encode.text(from["end"], `${at}.end`),
    zone: encode.text(from["zone"], `${at}.zone`),
  };
}

const DRAFT: ReadonlySet<string> = new Set(["parts", "showing", "variants", "accounts", "when", "expires", "priority", "labels", "campaign", "metadata", "gate"]);

export function encodeDraft(value: unknown, at: string, attachments: Uint8Array[]): object {
  const from = record(value, at, DRAFT);
  return {
    parts: encode.maybe(from["parts"], `${at}.parts`, (value, at) => encode.list(value, at, (value, at) => encodePartDraft(value, at, attachments))),
    showing: encode.optional(from["showing"], `${at}.showing`, encodeShowing),
    variants: encode.maybe(from["variants"], `${at}.variants`, (value, at) => encode.list(value, at, (value, at) => encodeVariant(value, at, attachments))),
    accounts: encode.maybe(from["accounts"], `${at}.accounts`, (value, at) => encode.list(value, at, encode.text)),
    when: encode.maybe(from["when"], `${at}.when`, encodeWhen),
    expires: encode.optional(from["expires"], `${at}.expires`, encodeWhen),
    priority: encode.maybe(from["priority"], `${at}.priority`, (value, at) => encode.word(value, at, PRIORITY)),
    labels: encode.maybe(from["labels"], `${at}.labels`, (value, at) => encode.list(value, at, encode.text)),
    campaign: encode.optional(from["campaign"], `${at}.campaign`, encode.text),
    metadata: encode.maybe(from["metadata"], `${at}.metadata`, (value, at) => encode.map(value, at, encode.text)),
    gate: encode.maybe(from["gate"], `${at}.gate`, (value, at) => encode.word(value, at, GATE)),
  };
}

const PART_DRAFT: ReadonlySet<string> = new Set(["text", "media", "replyTo", "quote", "link", "poll"]);

export function encodePartDraft(value: unknown, at: string, attachments: Uint8Array[]): object {
  const from = record(value, at, PART_DRAFT);
  return {
    text: encode.maybe(from["text"], `${at}.text`, encode.text),
    media: encode.maybe(from["media"], `${at}.media`, (value, at) => encode.list(value, at, (value, at) => encodeMediaDraft(value, at, attachments))),
    reply_to: encode.optional(from["replyTo"], `${at}.replyTo`, encode.text),
    quote: encode.optional(from["quote"], `${at}.quote`, encode.text),
    link: encode.optional(from["link"], `${at}.link`, (value, at) => encodeLinkDraft(value, at, attachments)),
    poll: encode.optional(from["poll"], `${at}.poll`, encodePoll),
  };
}

const MEDIA_DRAFT: ReadonlySet<string> = new Set(["path", "bytes", "alt", "focus"]);

export function encodeMediaDraft(value: unknown, at: string, attachments: Uint8Array[]): object {
  const from = record(value, at, MEDIA_DRAFT);
  return {
    path: encode.optional(from["path"], `${at}.path`, encode.path),
    bytes: encode.optional(from["bytes"], `${at}.bytes`, (value, at) => encode.attachment(value, at, attachments)),
    alt: encode.optional(from["alt"], `${at}.alt`, encode.text),
    focus: encode.optional(from["focus"], `${at}.focus`, encodeFocus),
  };
}

const FOCUS: ReadonlySet<string> = new Set(["x", "y"]);

export function encodeFocus(value: unknown, at: string): object {
  const from = record(value, at, FOCUS);
  return {
    x: encode.int(from["x"], `${at}.x`),
    y: encode.int(from["y"], `${at}.y`),
  };
}

const LINK_DRAFT: ReadonlySet<string> = new Set(["url", "title", "description", "thumb"]);

export function encodeLinkDraft(value: unknown, at: string, attachments: Uint8Array[]): object {
  const from = record(value, at, LINK_DRAFT);
  return {
    url: encode.text(from["url"], `${at}.url`),
    title: encode.text(from["title"], `${at}.title`),
    description: encode.text(from["description"], `${at}.description`),
    thumb: encode.optional(from["thumb"], `${at}.thumb`, (value, at) => encodeMediaDraft(value, at, attachments)),
  };
}

const POLL: ReadonlySet<string> = new Set(["options", "openFor", "multiple", "hideTotals"]);

export function encodePoll(value: unknown, at: string): object {
  const from = record(value, at, POLL);
  return {
    options: encode.list(from["options"], `${at}.options`, encode.text),
    open_for: encode.duration(from["openFor"], `${at}.openFor`),
    multiple: encode.maybe(from["multiple"], `${at}.multiple`, encode.bool),
    hide_totals: encode.maybe(from["hideTotals"], `${at}.hideTotals`, encode.bool),
  };
}

const SHOWING: ReadonlySet<string> = new Set(["language", "visibility", "sensitive", "warning"]);

export function encodeShowing(value: unknown, at: string): object {
  const from = record(value, at, SHOWING);
  return {
    language: encode.optional(from["language"], `${at}.language`, encode.text),
    visibility: encode.optional(from["visibility"], `${at}.visibility`, (value, at) => encode.word(value, at, VISIBILITY)),
    sensitive: encode.maybe(from["sensitive"], `${at}.sensitive`, encode.bool),
    warning: encode.optional(from["warning"], `${at}.warning`, encode.text),
  };
}

const VARIANT: ReadonlySet<string> = new Set(["platform", "parts", "showing"]);

export function encodeVariant(value: unknown, at: string, attachments: Uint8Array[]): object {
  const from = record(value, at, VARIANT);
  return {
    platform: encode.text(from["platform"], `${at}.platform`),
    parts: encode.maybe(from["parts"], `${at}.parts`, (value, at) => encode.list(value, at, (value, at) => encodePartDraft(value, at, attachments))),
    showing: encode.optional(from["showing"], `${at}.showing`, encodeShowing),
  };
}

export function encodeWhen(value: unknown, at: string): unknown {
  if (encode.isDate(value)) {
    return { at: encode.time(value, at) };
  }
  const from = form(value, at, ["now", "at", "local"]);
  switch (from.kind) {
    case "now":
      return "now";
    case "at":
      return { at: encode.time(from["at"], `${at}.at`) };
    default:
      return {
        local: {
          civil: encode.text(from["civil"], `${at}.civil`),
          zone: encode.text(from["zone"], `${at}.zone`),
          gap: encode.maybe(from["gap"], `${at}.gap`, (value, at) => encode.word(value, at, GAP)),
          fold: encode.maybe(from["fold"], `${at}.fold`, (value, at) => encode.word(value, at, FOLD)),
        },
      };
  }
}

export const GAP: ReadonlySet<string> = new Set(["refuse", "shift"]);

export const FOLD: ReadonlySet<string> = new Set(["refuse", "first", "second"]);

export const PRIORITY: ReadonlySet<string> = new Set(["low", "normal", "high", "urgent"]);

export const GATE: ReadonlySet<string> = new Set(["open", "draft", "review"]);

export const DELIVERY_STATE: ReadonlySet<string> = new Set(["scheduled", "sending", "unconfirmed", "held", "publishing", "published", "partly_published", "failed", "cancelled", "expired"]);

const PUBLISHED_REF: ReadonlySet<string> = new Set(["remoteId", "url", "at"]);

export function encodePublishedRef(value: unknown, at: string): object {
  const from = record(value, at, PUBLISHED_REF);
  return {
    remote_id: encode.text(from["remoteId"], `${at}.remoteId`),
    url: encode.optional(from["url"], `${at}.url`, encode.text),
    at: encode.optional(from["at"], `${at}.at`, encode.time),
  };
}

const BULK_ROW: ReadonlySet<string> = new Set(["key", "draft"]);

export function encodeBulkRow(value: unknown, at: string, attachments: Uint8Array[]): object {
  const from = record(value, at, BULK_ROW);
  return {
    key: encode.text(from["key"], `${at}.key`),
    draft: encodeDraft(from["draft"], `${at}.draft`, attachments),
  };
}

export const BULK_MODE: ReadonlySet<string> = new Set(["all_or_nothing", "each_row"]);

export const ON_CONFLICT: ReadonlySet<string> = new Set(["report", "refuse", "move"]);

export function encodeResolution(value: unknown, at: string): unknown {
  const from = form(value, at, ["live", "resend", "abandon"]);
  switch (from.kind) {
    case "live":
      return { live: encodePublishedRef(from["live"], `${at}.live`) };
    case "resend":
      return "resend";
    default:
      return "abandon";
  }
}

const RECURRENCE: ReadonlySet<string> = new Set(["start", "zone", "rules", "dates", "excluded", "gap", "fold"]);

export function encodeRecurrence(value: unknown, at: string): object {
  const from = record(value, at, RECURRENCE);
  return {
    start: encode.text(from["start"], `${at}.start`),
    zone: encode.text(from["zone"], `${at}.zone`),
    rules: encode.maybe(from["rules"], `${at}.rules`, (value, at) => encode.list(value, at, encode.text)),
    dates: encode.maybe(from["dates"], `${at}.dates`, (value, at) => encode.list(value, at, encode.text)),
    excluded: encode.maybe(from["excluded"], `${at}.excluded`, (value, at) => encode.list(value, at, encode.text)),
    gap: encode.maybe(from["gap"], `${at}.gap`, (value, at) => encode.word(value, at, ON_GAP)),
    fold: encode.maybe(from["fold"], `${at}.fold`, (value, at) => encode.word(value, at, ON_FOLD)),
  };
}

export const ON_GAP: ReadonlySet<string> = new Set(["shift", "skip"]);

export const ON_FOLD: ReadonlySet<string> = new Set(["first", "second"]);

export const QUEUE_PLACE: ReadonlySet<string> = new Set(["next", "end", "front"]);

const RETRY_POLICY: ReadonlySet<string> = new Set(["maxAttempts", "backoff"]);

export function encodeRetryPolicy(value: unknown, at: string): object {
  const from = record(value, at, RETRY_POLICY);
  return {
    max_attempts: encode.maybe(from["maxAttempts"], `${at}.maxAttempts`, encode.int),
    backoff: encode.maybe(from["backoff"], `${at}.backoff`, encodeBackoff),
  };
}

const BACKOFF: ReadonlySet<string> = new Set(["base", "cap"]);

export function encodeBackoff(value: unknown, at: string): object {
  const from = record(value, at, BACKOFF);
  return {
    base: encode.duration(from["base"], `${at}.base`),
    cap: encode.duration(from["cap"], `${at}.cap`),
  };
}

const LOOK_POLICY: ReadonlySet<string> = new Set(["looks", "every", "patience"]);

export function encodeLookPolicy(value: unknown, at: string): object {
  const from = record(value, at, LOOK_POLICY);
  return {
    looks: encode.maybe(from["looks"], `${at}.looks`, encode.int),
    every: encode.maybe(from["every"], `${at}.every`, encode.duration),
    patience: encode.maybe(from["patience"], `${at}.patience`, encode.duration),
  };
}

const SIM_CLIENT: ReadonlySet<string> = new Set(["id", "secret", "redirectUris"]);

export function encodeSimClient(value: unknown, at: string): object {
  const from = record(value, at, SIM_CLIENT);
  return {
    id: encode.text(from["id"], `${at}.id`),
    secret: encode.optional(from["secret"], `${at}.secret`, encode.text),
    redirect_uris: encode.maybe(from["redirectUris"], `${at}.redirectUris`, (value, at) => encode.list(value, at, encode.text)),
  };
}

const SIM_INSTANCE: ReadonlySet<string> = new Set(["maxCharacters", "maxMediaAttachments", "charactersReservedPerUrl", "maxPollOptions"]);

export function encodeSimInstance(value: unknown, at: string): object {
  const from = record(value, at, SIM_INSTANCE);
  return {
    max_characters: encode.optional(from["maxCharacters"], `${at}.maxCharacters`, encode.int),
    max_media_attachments: encode.optional(from["maxMediaAttachments"], `${at}.maxMediaAttachments`, encode.int),
    characters_reserved_per_url: encode.optional(from["charactersReservedPerUrl"], `${at}.charactersReservedPerUrl`, encode.int),
    max_poll_options: encode.optional(from["maxPollOptions"], `${at}.maxPollOptions`, encode.int),
  };
}

const RATE_LIMIT: ReadonlySet<string> = new Set(["route", "per", "windowSecs", "limit"]);

export function encodeRateLimit(value: unknown, at: string): object {
  const from = record(value, at, RATE_LIMIT);
  return {
    route: encode.text(from["route"], `${at}.route`),
    per: encode.word(from["per"], `${at}.per`, PER),
    window_secs: encode.int(from["windowSecs"], `${at}.windowSecs`),
    limit: encode.int(from["limit"], `${at}.limit`),
  };
}

export const PER: ReadonlySet<string> = new Set(["user", "app"]);

export const FAULT_KIND: ReadonlySet<string> = new Set(["latency", "hold", "status", "status_after_effect", "rate_limited", "cut_before", "cut_after", "cut_then_late", "half_body", "slow_body", "garbage_body", "legacy_errors", "timeline_lag", "suspended", "token_revoked"]);

export const XMP_OPEN_OPTIONS: ReadonlySet<string> = new Set(["home", "sqlite", "postgres", "postgresSchema", "sealKey", "oldSealKeys", "tenant", "x", "bluesky", "mastodon", "clock", "signal"]);
export const XMP_EVENTS_OPTIONS: ReadonlySet<string> = new Set(["after", "limit", "signal"]);
export const ACCOUNTS_CONNECT_OPTIONS: ReadonlySet<string> = new Set(["scopes", "app", "signal"]);
export const ACCOUNTS_COMPLETE_OPTIONS: ReadonlySet<string> = new Set(["onAbsent", "signal"]);
export const ACCOUNTS_REGISTER_MASTODON_APP_OPTIONS: ReadonlySet<string> = new Set(["website", "signal"]);
export const ACCOUNTS_LOG_IN_OPTIONS: ReadonlySet<string> = new Set(["server", "onAbsent", "signal"]);
export const ACCOUNTS_SET_SPACING_OPTIONS: ReadonlySet<string> = new Set(["minInterval", "perHour", "perDay", "quietHours", "signal"]);
export const POSTS_SCHEDULE_ALL_OPTIONS: ReadonlySet<string> = new Set(["mode", "signal"]);
export const POSTS_SCHEDULE_RECORDS_OPTIONS: ReadonlySet<string> = new Set(["mode", "signal"]);
export const POSTS_SCHEDULE_CSV_OPTIONS: ReadonlySet<string> = new Set(["mode", "signal"]);
export const POSTS_SCHEDULE_JSON_LINES_OPTIONS: ReadonlySet<string> = new Set(["mode", "signal"]);
export const POSTS_SCHEDULE_WITH_OPTIONS: ReadonlySet<string> = new Set(["onConflict", "window", "similarity", "signal"]);
export const POSTS_CONFLICTS_OPTIONS: ReadonlySet<string> = new Set(["onConflict", "window", "similarity", "signal"]);
export const POSTS_EDIT_OPTIONS: ReadonlySet<string> = new Set(["text", "parts", "showing", "variants", "when", "expires", "priority", "labels", "campaign", "metadata", "addAccounts", "removeAccounts", "signal"]);
export const POSTS_APPROVE_OPTIONS: ReadonlySet<string> = new Set(["note", "signal"]);
export const POSTS_COUNT_OPTIONS: ReadonlySet<string> = new Set(["states", "account", "platform", "label", "campaign", "plan", "gate", "dueFrom", "dueBefore", "text", "after", "limit", "signal"]);
export const POSTS_CANCEL_ALL_OPTIONS: ReadonlySet<string> = new Set(["states", "account", "platform", "label", "campaign", "plan", "gate", "dueFrom", "dueBefore", "text", "after", "limit", "signal"]);
export const POSTS_CALENDAR_OPTIONS: ReadonlySet<string> = new Set(["zone", "accounts", "signal"]);
export const POSTS_LIST_OPTIONS: ReadonlySet<string> = new Set(["states", "account", "platform", "label", "campaign", "plan", "gate", "dueFrom", "dueBefore", "text", "after", "limit", "signal"]);
export const SERIES_CREATE_OPTIONS: ReadonlySet<string> = new Set(["ahead", "expiresAfter", "signal"]);
export const SERIES_PREVIEW_OPTIONS: ReadonlySet<string> = new Set(["count"]);
export const SERIES_COMING_OPTIONS: ReadonlySet<string> = new Set(["count", "signal"]);
export const SERIES_EDIT_OPTIONS: ReadonlySet<string> = new Set(["name", "recurrence", "draft", "ahead", "expiresAfter", "signal"]);
export const SERIES_EDIT_FROM_OPTIONS: ReadonlySet<string> = new Set(["name", "recurrence", "draft", "ahead", "expiresAfter", "signal"]);
export const SERIES_PAUSE_OPTIONS: ReadonlySet<string> = new Set(["cancel", "signal"]);
export const SERIES_END_OPTIONS: ReadonlySet<string> = new Set(["cancel", "signal"]);
export const QUEUES_CREATE_OPTIONS: ReadonlySet<string> = new Set(["accounts", "gap", "fold", "signal"]);
export const QUEUES_CHANGE_OPTIONS: ReadonlySet<string> = new Set(["accounts", "gap", "fold", "signal"]);
export const QUEUES_FREE_OPTIONS: ReadonlySet<string> = new Set(["count", "signal"]);
export const QUEUES_ADD_OPTIONS: ReadonlySet<string> = new Set(["place", "signal"]);
export const CONSUMERS_READ_OPTIONS: ReadonlySet<string> = new Set(["limit", "wait", "kinds", "signal"]);
export const REMOTE_TIMELINE_OPTIONS: ReadonlySet<string> = new Set(["since", "until", "limit", "cursor", "signal"]);
export const XMP_START_WORKER_OPTIONS: ReadonlySet<string> = new Set(["publishSlots", "reconcileSlots", "leaseFor", "poll", "keepFinishedFor", "keepEventsFor", "retry", "look", "signal"]);
export const RUNNING_WORKER_STOP_OPTIONS: ReadonlySet<string> = new Set(["within", "signal"]);
export const SIM_START_OPTIONS: ReadonlySet<string> = new Set(["clients", "accounts", "instance", "home", "port", "startingAt", "accessTokenTtl", "duplicateWindow", "limits", "signal"]);
export const SIM_SET_FAULT_OPTIONS: ReadonlySet<string> = new Set(["route", "platform", "account", "skip", "times", "ms", "code", "body", "legacy", "resetSecs", "lookups"]);
