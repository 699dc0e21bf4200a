// Written by `cargo xtask gen` from xmp-surface/surface.json. Not to be changed by hand.

import { Bound } from "../runtime/bound.js";
import { json } from "../runtime/json.js";
import { pages } from "../runtime/pages.js";
import { NONE, optionsOf, signalOf } from "../runtime/record.js";
import { Thing, boundOf, encodeWithin } from "../runtime/thing.js";
import * as encode from "../runtime/encode.js";
import type * as Wire from "./wire.js";
import {
  decodeAccount,
  decodeBulkReport,
  decodeCalendarEntry,
  decodeCancelledAll,
  decodeCapability,
  decodeComing,
  decodeConflict,
  decodeDelivery,
  decodeEvent,
  decodeEventConsumer,
  decodeExplanation,
  decodeHealth,
  decodeMastodonApp,
  decodeMetricSample,
  decodePendingConnection,
  decodePlan,
  decodePlatformInfo,
  decodePostView,
  decodeProblem,
  decodeProfile,
  decodeRemotePost,
  decodeRemotePostPage,
  decodeRevision,
  decodeSendingStop,
  decodeSettled,
  decodeStateCount,
} from "./decode.js";
import {
  ACCOUNTS_COMPLETE_OPTIONS,
  ACCOUNTS_CONNECT_OPTIONS,
  ACCOUNTS_LOG_IN_OPTIONS,
  ACCOUNTS_REGISTER_MASTODON_APP_OPTIONS,
  ACCOUNTS_SET_SPACING_OPTIONS,
  BULK_MODE,
  CONSUMERS_READ_OPTIONS,
  DELIVERY_STATE,
  EVENT_KIND,
  GATE,
  ON_ABSENT,
  ON_CONFLICT,
  ON_FOLD,
  ON_GAP,
  POSTS_APPROVE_OPTIONS,
  POSTS_CALENDAR_OPTIONS,
  POSTS_CANCEL_ALL_OPTIONS,
  POSTS_CONFLICTS_OPTIONS,
  POSTS_COUNT_OPTIONS,
  POSTS_EDIT_OPTIONS,
  POSTS_LIST_OPTIONS,
  POSTS_SCHEDULE_ALL_OPTIONS,
  POSTS_SCHEDULE_CSV_OPTIONS,
  POSTS_SCHEDULE_JSON_LINES_OPTIONS,
  POSTS_SCHEDULE_RECORDS_OPTIONS,
  POSTS_SCHEDULE_WITH_OPTIONS,
  PRIORITY,
  QUEUES_ADD_OPTIONS,
  QUEUES_CHANGE_OPTIONS,
  QUEUES_CREATE_OPTIONS,
  QUEUES_FREE_OPTIONS,
  QUEUE_PLACE,
  REMOTE_TIMELINE_OPTIONS,
  SERIES_COMING_OPTIONS,
  SERIES_CREATE_OPTIONS,
  SERIES_EDIT_FROM_OPTIONS,
  SERIES_EDIT_OPTIONS,
  SERIES_END_OPTIONS,
  SERIES_PAUSE_OPTIONS,
  SERIES_PREVIEW_OPTIONS,
  XMP_EVENTS_OPTIONS,
  XMP_OPEN_OPTIONS,
  XMP_START_WORKER_OPTIONS,
  encodeBlueskyConfig,
  encodeBulkRow,
  encodeDraft,
  encodeLookPolicy,
  encodeMastodonConfig,
  encodePartDraft,
  encodeQuietHours,
  encodeRecurrence,
  encodeResolution,
  encodeRetryPolicy,
  encodeShowing,
  encodeVariant,
  encodeWhen,
  encodeXConfig,
} from "./encode.js";
import type { Json } from "../runtime/json.js";
import type { Abortable } from "../runtime/record.js";
import type { Within } from "../runtime/thing.js";
import type {
  AccountsCompleteOptions,
  AccountsConnectOptions,
  AccountsLogInOptions,
  AccountsRegisterMastodonAppOptions,
  AccountsSetSpacingOptions,
  ConsumersReadOptions,
  PostsApproveOptions,
  PostsCalendarOptions,
  PostsCancelAllOptions,
  PostsConflictsOptions,
  PostsCountOptions,
  PostsEditOptions,
  PostsListOptions,
  PostsScheduleAllOptions,
  PostsScheduleCsvOptions,
  PostsScheduleJsonLinesOptions,
  PostsScheduleRecordsOptions,
  PostsScheduleWithOptions,
  QueuesAddOptions,
  QueuesChangeOptions,
  QueuesCreateOptions,
  QueuesFreeOptions,
  RemoteTimelineOptions,
  SeriesComingOptions,
  SeriesCreateOptions,
  SeriesEditFromOptions,
  SeriesEditOptions,
  SeriesEndOptions,
  SeriesPauseOptions,
  SeriesPreviewOptions,
  XmpEventsOptions,
  XmpOpenOptions,
  XmpStartWorkerOptions,
} from "./options.js";
import type { Resolution, When } from "./tagged.js";
import type {
  Account,
  BulkReport,
  BulkRow,
  CalendarEntry,
  CancelledAll,
  Capability,
  Coming,
  Conflict,
  Delivery,
  DraftInit,
  Event,
  EventConsumer,
  Explanation,
  Health,
  MastodonApp,
  MetricSample,
  PendingConnection,
  Plan,
  PlatformInfo,
  PostView,
  Problem,
  Profile,
  RecurrenceInit,
  RemotePost,
  RemotePostPage,
  Revision,
  SendingStop,
  Settled,
  StateCount,
} from "./types.js";
import type {
  AccountId,
  DeliveryId,
  Gate,
  PlanId,
  PlatformId,
  PostId,
  RemoteId,
  Slot,
  StopScope,
  TenantId,
} from "./words.js";
import { RunningWorker } from "./running-worker.js";
import { ManualClock } from "./manual-clock.js";

/** The accounts of an engine. */
export class Accounts {
  readonly #bound: Bound;

  /** Not for programs: an object of its class has one. */
  constructor(bound: Bound) {
    this.#bound = bound;
  }

  /**
   * Starts to connect an account of a platform. Makes no request.
   *
   * @param platform - The name of the platform: `x`.
   * @param redirectUri - Where the platform sends the owner back to: as registered with the platform.
   * @param options - What may be left out.
   */
  async connect(platform: PlatformId, redirectUri: string, options?: AccountsConnectOptions): Promise<PendingConnection> {
    const at = "Xmp.accounts.connect";
    const given = optionsOf(options, at, ACCOUNTS_CONNECT_OPTIONS);
    const signal = signalOf(given, at);
    const params = {
      platform: encode.text(platform, `${at}: platform`),
      redirect_uri: encode.text(redirectUri, `${at}: redirectUri`),
      scopes: encode.optional(given["scopes"], `${at}: options.scopes`, (value, at) => encode.list(value, at, encode.text)),
      app: encode.optional(given["app"], `${at}: options.app`, encode.text),
    };
    const answer = (await this.#bound.call("Xmp.accounts.connect", params, signal)) as Wire.PendingConnection;
    return decodePendingConnection(answer);
  }

  /**
   * Ends what `connect` began. An account that was connected before keeps its id and history.
   *
   * @param callbackUrl - The whole address that the owner came back to, with its query.
   * @param options - What may be left out.
   */
  async complete(callbackUrl: string, options?: AccountsCompleteOptions): Promise<Account> {
    const at = "Xmp.accounts.complete";
    const given = optionsOf(options, at, ACCOUNTS_COMPLETE_OPTIONS);
    const signal = signalOf(given, at);
    const params = {
      callback_url: encode.text(callbackUrl, `${at}: callbackUrl`),
      on_absent: encode.optional(given["onAbsent"], `${at}: options.onAbsent`, (value, at) => encode.word(value, at, ON_ABSENT)),
    };
    const answer = (await this.#bound.call("Xmp.accounts.complete", params, signal)) as Wire.Account;
    return decodeAccount(answer);
  }

  /**
   * Registers this program with a Mastodon server, for what xmp asks for there. Each server knows its own apps: do it
   * once, keep the result, and give it when an engine is opened.
   *
   * @param server - The server's address: `https://mastodon.social`.
   * @param name - Its name, which owners of accounts see when they consent, and readers under posts.
   * @param redirectUris - Where owners may be sent back to, each whole.
   * @param options - What may be left out.
   */
  async registerMastodonApp(server: string, name: string, redirectUris: readonly string[], options?: AccountsRegisterMastodonAppOptions): Promise<MastodonApp> {
    const at = "Xmp.accounts.registerMastodonApp";
    const given = optionsOf(options, at, ACCOUNTS_REGISTER_MASTODON_APP_OPTIONS);
    const signal = signalOf(given, at);
    const params = {
      server: encode.text(server, `${at}: server`),
      name: encode.text(name, `${at}: name`),
      redirect_uris: encode.list(redirectUris, `${at}: redirectUris`, encode.text),
      website: encode.optional(given["website"], `${at}: options.website`, encode.text),
    };
    const answer = (await this.#bound.call("Xmp.accounts.register_mastodon_app", params, signal)) as Wire.MastodonApp;
    return decodeMastodonApp(answer);
  }

  /**
   * Connects an account with its name and an app password, on platforms that have such a thing. The password is used
   * once and not kept. An account that was connected before keeps its id and history.
   *
   * @param platform - The name of the platform: `bluesky`.
   * @param identifier - Its name on the platform, or whatever else the platform knows it by.
   * @param password - The app password that its owner made on the platform. Not the password that the owner logs in
   * with.
   * @param options - What may be left out.
   */
  async logIn(platform: PlatformId, identifier: string, password: string, options?: AccountsLogInOptions): Promise<Account> {
    const at = "Xmp.accounts.logIn";
    const given = optionsOf(options, at, ACCOUNTS_LOG_IN_OPTIONS);
    const signal = signalOf(given, at);
    const params = {
      platform: encode.text(platform, `${at}: platform`),
      identifier: encode.text(identifier, `${at}: identifier`),
      password: encode.text(password, `${at}: password`),
      server: encode.optional(given["server"], `${at}: options.server`, encode.text),
      on_absent: encode.optional(given["onAbsent"], `${at}: options.onAbsent`, (value, at) => encode.word(value, at, ON_ABSENT)),
    };
    const answer = (await this.#bound.call("Xmp.accounts.log_in", params, signal)) as Wire.Account;
    return decodeAccount(answer);
  }

  /**
   * All accounts, oldest first.
   *
   * @param options - What may be left out.
   */
  async list(options?: Abortable): Promise<readonly Account[]> {
    const at = "Xmp.accounts.list";
    const given = optionsOf(options, at, NONE);
    const signal = signalOf(given, at);
    const params = {};
    const answer = (await this.#bound.call("Xmp.accounts.list", params, signal)) as readonly Wire.Account[];
    return answer.map(decodeAccount);
  }

  /**
   * One account.
   *
   * @param id - The account.
   * @param options - What may be left out.
   */
  async get(id: AccountId, options?: Abortable): Promise<Account> {
    const at = "Xmp.accounts.get";
    const given = optionsOf(options, at, NONE);
    const signal = signalOf(given, at);
    const params = {
      id: encode.text(id, `${at}: id`),
    };
    const answer = (await this.#bound.call("Xmp.accounts.get", params, signal)) as Wire.Account;
    return decodeAccount(answer);
  }

  /**
   * Lets an account's posts wait.
   *
   * @param id - The account.
   * @param why - For the event log.
   * @param options - What may be left out.
   */
  async pause(id: AccountId, why: string, options?: Abortable): Promise<Account> {
    const at = "Xmp.accounts.pause";
    const given = optionsOf(options, at, NONE);
    const signal = signalOf(given, at);
    const params = {
      id: encode.text(id, `${at}: id`),
      why: encode.text(why, `${at}: why`),
    };
    const answer = (await this.#bound.call("Xmp.accounts.pause", params, signal)) as Wire.Account;
    return decodeAccount(answer);
  }

  /**
   * Lets a paused account's posts go out again.
   *
   * @param id - The account.
   * @param options - What may be left out.
   */
  async resume(id: AccountId, options?: Abortable): Promise<Account> {
    const at = "Xmp.accounts.resume";
    const given = optionsOf(options, at, NONE);
    const signal = signalOf(given, at);
    const params = {
      id: encode.text(id, `${at}: id`),
    };
    const answer = (await this.#bound.call("Xmp.accounts.resume", params, signal)) as Wire.Account;
    return decodeAccount(answer);
  }

  /**
   * Spaces an account's posts in another way, from now on: no sooner one after the other, no more in an hour or a
   * day, none in quiet hours. Nothing said lets them go when they are due.
   *
   * @param id - The account.
   * @param options - What may be left out.
   */
  async setSpacing(id: AccountId, options?: AccountsSetSpacingOptions): Promise<Account> {
    const at = "Xmp.accounts.setSpacing";
    const given = optionsOf(options, at, ACCOUNTS_SET_SPACING_OPTIONS);
    const signal = signalOf(given, at);
    const params = {
      id: encode.text(id, `${at}: id`),
      min_interval: encode.optional(given["minInterval"], `${at}: options.minInterval`, encode.duration),
      per_hour: encode.optional(given["perHour"], `${at}: options.perHour`, encode.int),
      per_day: encode.optional(given["perDay"], `${at}: options.perDay`, encode.int),
      quiet_hours: encode.maybe(given["quietHours"], `${at}: options.quietHours`, (value, at) => encode.list(value, at, encodeQuietHours)),
    };
    const answer = (await this.#bound.call("Xmp.accounts.set_spacing", params, signal)) as Wire.Account;
    return decodeAccount(answer);
  }
}

/** The posts of an engine. */
export class Posts {
  readonly #bound: Bound;

  /** Not for programs: an object of its class has one. */
  constructor(bound: Bound) {
    this.#bound = bound;
  }

  /**
   * Checks a draft and keeps it. The key is yours, and makes the call repeatable: the same key and draft give what is
   * there already, so that a program that was killed may simply run again.
   *
   * @param draft - What to publish, where and when.
   * @param key - 1 to 255 characters without control characters.
   * @param options - What may be left out.
   */
  async schedule(draft: DraftInit, key: string, options?: Abortable): Promise<PostView> {
    const at = "Xmp.posts.schedule";
    const given = optionsOf(options, at, NONE);
    const signal = signalOf(given, at);
    const attachments: Uint8Array[] = [];
    const params = {
      draft: encodeDraft(draft, `${at}: draft`, attachments),
      key: encode.text(key, `${at}: key`),
    };
    const answer = (await this.#bound.call("Xmp.posts.schedule", params, signal, attachments)) as Wire.PostView;
    return decodePostView(answer);
  }

  /**
   * Schedules many posts: checks all rows, finds everything that is wrong with any of them, and then keeps all or
   * none, or each that is right. A row that was kept before, under its key and with the same draft, is left as it is,
   * so that a program that was killed may simply run again.
   *
   * @param rows - The rows.
   * @param options - What may be left out.
   */
  async scheduleAll(rows: readonly BulkRow[], options?: PostsScheduleAllOptions): Promise<BulkReport> {
    const at = "Xmp.posts.scheduleAll";
    const given = optionsOf(options, at, POSTS_SCHEDULE_ALL_OPTIONS);
    const signal = signalOf(given, at);
    const attachments: Uint8Array[] = [];
    const params = {
      rows: encode.list(rows, `${at}: rows`, (value, at) => encodeBulkRow(value, at, attachments)),
      mode: encode.maybe(given["mode"], `${at}: options.mode`, (value, at) => encode.word(value, at, BULK_MODE)),
    };
    const answer = (await this.#bound.call("Xmp.posts.schedule_all", params, signal, attachments)) as Wire.BulkReport;
    return decodeBulkReport(answer);
  }

  /**
   * Schedules the rows of a table: `key`, `text` (`text2` and so on for the pieces of a thread), `accounts`, `when`,
   * `zone`, `gap`, `fold`, `expires`, `priority`, `labels`, `campaign`, `language`, `visibility`, `sensitive`,
   * `warning`, `metadata.NAME`. Otherwise as `scheduleAll`.
   *
   * @param records - An object by column for each row. What is null or empty says nothing.
   * @param options - What may be left out.
   */
  async scheduleRecords(records: readonly Json[], options?: PostsScheduleRecordsOptions): Promise<BulkReport> {
    const at = "Xmp.posts.scheduleRecords";
    const given = optionsOf(options, at, POSTS_SCHEDULE_RECORDS_OPTIONS);
    const signal = signalOf(given, at);
    const params = {
      records: encode.list(records, `${at}: records`, json),
      mode: encode.maybe(given["mode"], `${at}: options.mode`, (value, at) => encode.word(value, at, BULK_MODE)),
    };
    const answer = (await this.#bound.call("Xmp.posts.schedule_records", params, signal)) as Wire.BulkReport;
    return decodeBulkReport(answer);
  }

  /**
   * Schedules the rows of CSV with a header: the columns are those of `scheduleRecords`. Otherwise as `scheduleAll`.
   *
   * @param text - The whole text. Commas, semicolons or tabs stand between the columns.
   * @param options - What may be left out.
   */
  async scheduleCsv(text: string, options?: PostsScheduleCsvOptions): Promise<BulkReport> {
    const at = "Xmp.posts.scheduleCsv";
    const given = optionsOf(options, at, POSTS_SCHEDULE_CSV_OPTIONS);
    const signal = signalOf(given, at);
    const params = {
      text: encode.text(text, `${at}: text`),
      mode: encode.maybe(given["mode"], `${at}: options.mode`, (value, at) => encode.word(value, at, BULK_MODE)),
    };
    const answer = (await this.#bound.call("Xmp.posts.schedule_csv", params, signal)) as Wire.BulkReport;
    return decodeBulkReport(answer);
  }

  /**
   * Schedules the rows of JSON Lines: each line a draft as an object, and its `key`. Otherwise as `scheduleAll`.
   *
   * @param text - The whole text.
   * @param options - What may be left out.
   */
  async scheduleJsonLines(text: string, options?: PostsScheduleJsonLinesOptions): Promise<BulkReport> {
    const at = "Xmp.posts.scheduleJsonLines";
    const given = optionsOf(options, at, POSTS_SCHEDULE_JSON_LINES_OPTIONS);
    const signal = signalOf(given, at);
    const params = {
      text: encode.text(text, `${at}: text`),
      mode: encode.maybe(given["mode"], `${at}: options.mode`, (value, at) => encode.word(value, at, BULK_MODE)),
    };
    const answer = (await this.#bound.call("Xmp.posts.schedule_json_lines", params, signal)) as Wire.BulkReport;
    return decodeBulkReport(answer);
  }

  /**
   * Everything that is wrong with a draft for an account, at once: what `schedule` would refuse it for. The draft
   * need not name the account. Keeps and sends nothing.
   *
   * @param draft - What is to be published.
   * @param account - The account.
   * @param options - What may be left out.
   */
  async check(draft: DraftInit, account: AccountId, options?: Abortable): Promise<readonly Problem[]> {
    const at = "Xmp.posts.check";
    const given = optionsOf(options, at, NONE);
    const signal = signalOf(given, at);
    const attachments: Uint8Array[] = [];
    const params = {
      draft: encodeDraft(draft, `${at}: draft`, attachments),
      account: encode.text(account, `${at}: account`),
    };
    const answer = (await this.#bound.call("Xmp.posts.check", params, signal, attachments)) as readonly Wire.Problem[];
    return answer.map(decodeProblem);
  }

  /**
   * Schedules a draft with an eye on the other posts of its accounts: what conflicts with them (their spacing, a slot
   * that is taken, an equal or a similar text) is told, refused, or moved away from.
   *
   * @param draft - What to publish, where and when.
   * @param key - 1 to 255 characters without control characters.
   * @param options - What may be left out.
   */
  async scheduleWith(draft: DraftInit, key: string, options?: PostsScheduleWithOptions): Promise<Settled> {
    const at = "Xmp.posts.scheduleWith";
    const given = optionsOf(options, at, POSTS_SCHEDULE_WITH_OPTIONS);
    const signal = signalOf(given, at);
    const attachments: Uint8Array[] = [];
    const params = {
      draft: encodeDraft(draft, `${at}: draft`, attachments),
      key: encode.text(key, `${at}: key`),
      on_conflict: encode.maybe(given["onConflict"], `${at}: options.onConflict`, (value, at) => encode.word(value, at, ON_CONFLICT)),
      window: encode.maybe(given["window"], `${at}: options.window`, encode.duration),
      similarity: encode.maybe(given["similarity"], `${at}: options.similarity`, encode.int),
    };
    const answer = (await this.#bound.call("Xmp.posts.schedule_with", params, signal, attachments)) as Wire.Settled;
    return decodeSettled(answer);
  }

  /**
   * What speaks against a draft, as far as other posts of its accounts are concerned. Keeps nothing.
   *
   * @param draft - What is to be published.
   * @param options - What may be left out.
   */
  async conflicts(draft: DraftInit, options?: PostsConflictsOptions): Promise<readonly Conflict[]> {
    const at = "Xmp.posts.conflicts";
    const given = optionsOf(options, at, POSTS_CONFLICTS_OPTIONS);
    const signal = signalOf(given, at);
    const attachments: Uint8Array[] = [];
    const params = {
      draft: encodeDraft(draft, `${at}: draft`, attachments),
      on_conflict: encode.maybe(given["onConflict"], `${at}: options.onConflict`, (value, at) => encode.word(value, at, ON_CONFLICT)),
      window: encode.maybe(given["window"], `${at}: options.window`, encode.duration),
      similarity: encode.maybe(given["similarity"], `${at}: options.similarity`, encode.int),
    };
    const answer = (await this.#bound.call("Xmp.posts.conflicts", params, signal, attachments)) as readonly Wire.Conflict[];
    return answer.map(decodeConflict);
  }

  /**
   * Changes a post that waits, if it is still the one of `revision`; on all of its accounts, or on none. What it said
   * before is kept. A change of what was approved closes the gate again.
   *
   * @param id - The post.
   * @param revision - What was looked at.
   * @param options - What may be left out.
   */
  async edit(id: PostId, revision: number, options?: PostsEditOptions): Promise<PostView> {
    const at = "Xmp.posts.edit";
    const given = optionsOf(options, at, POSTS_EDIT_OPTIONS);
    const signal = signalOf(given, at);
    const attachments: Uint8Array[] = [];
    const params = {
      id: encode.text(id, `${at}: id`),
      revision: encode.int(revision, `${at}: revision`),
      text: encode.optional(given["text"], `${at}: options.text`, encode.text),
      parts: encode.maybe(given["parts"], `${at}: options.parts`, (value, at) => encode.list(value, at, (value, at) => encodePartDraft(value, at, attachments))),
      showing: encode.optional(given["showing"], `${at}: options.showing`, encodeShowing),
      variants: encode.maybe(given["variants"], `${at}: options.variants`, (value, at) => encode.list(value, at, (value, at) => encodeVariant(value, at, attachments))),
      when: encode.optional(given["when"], `${at}: options.when`, encodeWhen),
      expires: encode.optional(given["expires"], `${at}: options.expires`, encodeWhen),
      priority: encode.optional(given["priority"], `${at}: options.priority`, (value, at) => encode.word(value, at, PRIORITY)),
      labels: encode.optional(given["labels"], `${at}: options.labels`, (value, at) => encode.list(value, at, encode.text)),
      campaign: encode.optional(given["campaign"], `${at}: options.campaign`, encode.text),
      metadata: encode.optional(given["metadata"], `${at}: options.metadata`, (value, at) => encode.map(value, at, encode.text)),
      add_accounts: encode.maybe(given["addAccounts"], `${at}: options.addAccounts`, (value, at) => encode.list(value, at, encode.text)),
      remove_accounts: encode.maybe(given["removeAccounts"], `${at}: options.removeAccounts`, (value, at) => encode.list(value, at, encode.text)),
    };
    const answer = (await this.#bound.call("Xmp.posts.edit", params, signal, attachments)) as Wire.PostView;
    return decodePostView(answer);
  }

  /**
   * What a post was before its edits, oldest first.
   *
   * @param id - The post.
   * @param options - What may be left out.
   */
  async revisions(id: PostId, options?: Abortable): Promise<readonly Revision[]> {
    const at = "Xmp.posts.revisions";
    const given = optionsOf(options, at, NONE);
    const signal = signalOf(given, at);
    const params = {
      id: encode.text(id, `${at}: id`),
    };
    const answer = (await this.#bound.call("Xmp.posts.revisions", params, signal)) as readonly Wire.Revision[];
    return answer.map(decodeRevision);
  }

  /**
   * Lets a draft, or what waits for approval, go out at its time; at once, if that has passed. Nobody approves what
   * somebody else has changed meanwhile. The call's actor is kept as who approved it.
   *
   * @param id - The post.
   * @param revision - What was looked at.
   * @param options - What may be left out.
   */
  async approve(id: PostId, revision: number, options?: PostsApproveOptions): Promise<PostView> {
    const at = "Xmp.posts.approve";
    const given = optionsOf(options, at, POSTS_APPROVE_OPTIONS);
    const signal = signalOf(given, at);
    const params = {
      id: encode.text(id, `${at}: id`),
      revision: encode.int(revision, `${at}: revision`),
      note: encode.optional(given["note"], `${at}: options.note`, encode.text),
    };
    const answer = (await this.#bound.call("Xmp.posts.approve", params, signal)) as Wire.PostView;
    return decodePostView(answer);
  }

  /**
   * Keeps a post that waits from going out: it is a draft again, or waits for approval.
   *
   * @param id - The post.
   * @param revision - What was looked at.
   * @param gate - What it is then: `draft` or `review`.
   * @param options - What may be left out.
   */
  async holdBack(id: PostId, revision: number, gate: Gate, options?: Abortable): Promise<PostView> {
    const at = "Xmp.posts.holdBack";
    const given = optionsOf(options, at, NONE);
    const signal = signalOf(given, at);
    const params = {
      id: encode.text(id, `${at}: id`),
      revision: encode.int(revision, `${at}: revision`),
      gate: encode.word(gate, `${at}: gate`, GATE),
    };
    const answer = (await this.#bound.call("Xmp.posts.hold_back", params, signal)) as Wire.PostView;
    return decodePostView(answer);
  }

  /**
   * Lets a post that waits go out now, and not at its time.
   *
   * @param id - The post.
   * @param options - What may be left out.
   */
  async publishNow(id: PostId, options?: Abortable): Promise<PostView> {
    const at = "Xmp.posts.publishNow";
    const given = optionsOf(options, at, NONE);
    const signal = signalOf(given, at);
    const params = {
      id: encode.text(id, `${at}: id`),
    };
    const answer = (await this.#bound.call("Xmp.posts.publish_now", params, signal)) as Wire.PostView;
    return decodePostView(answer);
  }

  /**
   * Schedules a post that says what another one says, where it says it, at another time. What had to be approved has
   * to be approved again.
   *
   * @param id - The post.
   * @param when - When.
   * @param key - The new post's key.
   * @param options - What may be left out.
   */
  async duplicate(id: PostId, when: When | Date, key: string, options?: Abortable): Promise<PostView> {
    const at = "Xmp.posts.duplicate";
    const given = optionsOf(options, at, NONE);
    const signal = signalOf(given, at);
    const params = {
      id: encode.text(id, `${at}: id`),
      when: encodeWhen(when, `${at}: when`),
      key: encode.text(key, `${at}: key`),
    };
    const answer = (await this.#bound.call("Xmp.posts.duplicate", params, signal)) as Wire.PostView;
    return decodePostView(answer);
  }

  /**
   * How many deliveries of the posts that a filter means are in which state; only those deliveries that fit.
   *
   * @param options - What may be left out.
   */
  async count(options?: PostsCountOptions): Promise<readonly StateCount[]> {
    const at = "Xmp.posts.count";
    const given = optionsOf(options, at, POSTS_COUNT_OPTIONS);
    const signal = signalOf(given, at);
    const params = {
      states: encode.maybe(given["states"], `${at}: options.states`, (value, at) => encode.list(value, at, (value, at) => encode.word(value, at, DELIVERY_STATE))),
      account: encode.optional(given["account"], `${at}: options.account`, encode.text),
      platform: encode.optional(given["platform"], `${at}: options.platform`, encode.text),
      label: encode.optional(given["label"], `${at}: options.label`, encode.text),
      campaign: encode.optional(given["campaign"], `${at}: options.campaign`, encode.text),
      plan: encode.optional(given["plan"], `${at}: options.plan`, encode.text),
      gate: encode.optional(given["gate"], `${at}: options.gate`, (value, at) => encode.word(value, at, GATE)),
      due_from: encode.optional(given["dueFrom"], `${at}: options.dueFrom`, encode.time),
      due_before: encode.optional(given["dueBefore"], `${at}: options.dueBefore`, encode.time),
      text: encode.optional(given["text"], `${at}: options.text`, encode.text),
      after: encode.optional(given["after"], `${at}: options.after`, encode.text),
      limit: encode.optional(given["limit"], `${at}: options.limit`, encode.int),
    };
    const answer = (await this.#bound.call("Xmp.posts.count", params, signal)) as readonly Wire.StateCount[];
    return answer.map(decodeStateCount);
  }

  /**
   * Cancels what still waits of all posts that a filter means, whatever its `limit`. Each is cancelled on all
   * accounts or on none; those that can't be any more are told.
   *
   * @param options - What may be left out.
   */
  async cancelAll(options?: PostsCancelAllOptions): Promise<CancelledAll> {
    const at = "Xmp.posts.cancelAll";
    const given = optionsOf(options, at, POSTS_CANCEL_ALL_OPTIONS);
    const signal = signalOf(given, at);
    const params = {
      states: encode.maybe(given["states"], `${at}: options.states`, (value, at) => encode.list(value, at, (value, at) => encode.word(value, at, DELIVERY_STATE))),
      account: encode.optional(given["account"], `${at}: options.account`, encode.text),
      platform: encode.optional(given["platform"], `${at}: options.platform`, encode.text),
      label: encode.optional(given["label"], `${at}: options.label`, encode.text),
      campaign: encode.optional(given["campaign"], `${at}: options.campaign`, encode.text),
      plan: encode.optional(given["plan"], `${at}: options.plan`, encode.text),
      gate: encode.optional(given["gate"], `${at}: options.gate`, (value, at) => encode.word(value, at, GATE)),
      due_from: encode.optional(given["dueFrom"], `${at}: options.dueFrom`, encode.time),
      due_before: encode.optional(given["dueBefore"], `${at}: options.dueBefore`, encode.time),
      text: encode.optional(given["text"], `${at}: options.text`, encode.text),
      after: encode.optional(given["after"], `${at}: options.after`, encode.text),
      limit: encode.optional(given["limit"], `${at}: options.limit`, encode.int),
    };
    const answer = (await this.#bound.call("Xmp.posts.cancel_all", params, signal)) as Wire.CancelledAll;
    return decodeCancelledAll(answer);
  }

  /**
   * Everything that is due within a time, in order: posts, and occurrences of series that will be posts.
   *
   * @param since - From then on.
   * @param until - Until before then.
   * @param options - What may be left out.
   */
  async calendar(since: Date, until: Date, options?: PostsCalendarOptions): Promise<readonly CalendarEntry[]> {
    const at = "Xmp.posts.calendar";
    const given = optionsOf(options, at, POSTS_CALENDAR_OPTIONS);
    const signal = signalOf(given, at);
    const params = {
      since: encode.time(since, `${at}: since`),
      until: encode.time(until, `${at}: until`),
      zone: encode.optional(given["zone"], `${at}: options.zone`, encode.text),
      accounts: encode.maybe(given["accounts"], `${at}: options.accounts`, (value, at) => encode.list(value, at, encode.text)),
    };
    const answer = (await this.#bound.call("Xmp.posts.calendar", params, signal)) as readonly Wire.CalendarEntry[];
    return answer.map(decodeCalendarEntry);
  }

  /**
   * One post, with all that became of it.
   *
   * @param id - The post.
   * @param options - What may be left out.
   */
  async get(id: PostId, options?: Abortable): Promise<PostView> {
    const at = "Xmp.posts.get";
    const given = optionsOf(options, at, NONE);
    const signal = signalOf(given, at);
    const params = {
      id: encode.text(id, `${at}: id`),
    };
    const answer = (await this.#bound.call("Xmp.posts.get", params, signal)) as Wire.PostView;
    return decodePostView(answer);
  }

  /**
   * The post that was scheduled under a key, if there is one.
   *
   * @param key - The key.
   * @param options - What may be left out.
   */
  async find(key: string, options?: Abortable): Promise<PostView | null> {
    const at = "Xmp.posts.find";
    const given = optionsOf(options, at, NONE);
    const signal = signalOf(given, at);
    const params = {
      key: encode.text(key, `${at}: key`),
    };
    const answer = (await this.#bound.call("Xmp.posts.find", params, signal)) as Wire.PostView | null;
    return answer === null ? null : decodePostView(answer);
  }

  /**
   * Posts, oldest first.
   *
   * @param options - What may be left out.
   */
  async list(options?: PostsListOptions): Promise<readonly PostView[]> {
    const at = "Xmp.posts.list";
    const given = optionsOf(options, at, POSTS_LIST_OPTIONS);
    const signal = signalOf(given, at);
    const params = {
      states: encode.maybe(given["states"], `${at}: options.states`, (value, at) => encode.list(value, at, (value, at) => encode.word(value, at, DELIVERY_STATE))),
      account: encode.optional(given["account"], `${at}: options.account`, encode.text),
      platform: encode.optional(given["platform"], `${at}: options.platform`, encode.text),
      label: encode.optional(given["label"], `${at}: options.label`, encode.text),
      campaign: encode.optional(given["campaign"], `${at}: options.campaign`, encode.text),
      plan: encode.optional(given["plan"], `${at}: options.plan`, encode.text),
      gate: encode.optional(given["gate"], `${at}: options.gate`, (value, at) => encode.word(value, at, GATE)),
      due_from: encode.optional(given["dueFrom"], `${at}: options.dueFrom`, encode.time),
      due_before: encode.optional(given["dueBefore"], `${at}: options.dueBefore`, encode.time),
      text: encode.optional(given["text"], `${at}: options.text`, encode.text),
      after: encode.optional(given["after"], `${at}: options.after`, encode.text),
      limit: encode.optional(given["limit"], `${at}: options.limit`, encode.int),
    };
    const answer = (await this.#bound.call("Xmp.posts.list", params, signal)) as readonly Wire.PostView[];
    return answer.map(decodePostView);
  }

  /**
   * Cancels what still waits, on all accounts or on none: all of a delivery, or the rest of a thread of which some
   * parts are live.
   *
   * @param id - The post.
   * @param options - What may be left out.
   */
  async cancel(id: PostId, options?: Abortable): Promise<PostView> {
    const at = "Xmp.posts.cancel";
    const given = optionsOf(options, at, NONE);
    const signal = signalOf(given, at);
    const params = {
      id: encode.text(id, `${at}: id`),
    };
    const answer = (await this.#bound.call("Xmp.posts.cancel", params, signal)) as Wire.PostView;
    return decodePostView(answer);
  }

  /**
   * Gives a post another time.
   *
   * @param id - The post.
   * @param when - The new time.
   * @param options - What may be left out.
   */
  async reschedule(id: PostId, when: When | Date, options?: Abortable): Promise<PostView> {
    const at = "Xmp.posts.reschedule";
    const given = optionsOf(options, at, NONE);
    const signal = signalOf(given, at);
    const params = {
      id: encode.text(id, `${at}: id`),
      when: encodeWhen(when, `${at}: when`),
    };
    const answer = (await this.#bound.call("Xmp.posts.reschedule", params, signal)) as Wire.PostView;
    return decodePostView(answer);
  }

  /**
   * Posts with a delivery that will not be published by itself any more: at most 100, oldest first.
   *
   * @param options - What may be left out.
   */
  async deadLetters(options?: Abortable): Promise<readonly PostView[]> {
    const at = "Xmp.posts.deadLetters";
    const given = optionsOf(options, at, NONE);
    const signal = signalOf(given, at);
    const params = {};
    const answer = (await this.#bound.call("Xmp.posts.dead_letters", params, signal)) as readonly Wire.PostView[];
    return answer.map(decodePostView);
  }

  /**
   * Posts that wait for a person to say whether they are live: at most 100, oldest first.
   *
   * @param options - What may be left out.
   */
  async held(options?: Abortable): Promise<readonly PostView[]> {
    const at = "Xmp.posts.held";
    const given = optionsOf(options, at, NONE);
    const signal = signalOf(given, at);
    const params = {};
    const answer = (await this.#bound.call("Xmp.posts.held", params, signal)) as readonly Wire.PostView[];
    return answer.map(decodePostView);
  }

  /**
   * Why a post stands where it stands, and what comes next: what it waits for, when it is tried, what was tried
   * before and what came of it. One explanation for each account.
   *
   * @param id - The post.
   * @param options - What may be left out.
   */
  async explain(id: PostId, options?: Abortable): Promise<readonly Explanation[]> {
    const at = "Xmp.posts.explain";
    const given = optionsOf(options, at, NONE);
    const signal = signalOf(given, at);
    const params = {
      id: encode.text(id, `${at}: id`),
    };
    const answer = (await this.#bound.call("Xmp.posts.explain", params, signal)) as readonly Wire.Explanation[];
    return answer.map(decodeExplanation);
  }

  /**
   * Puts a dead letter back: it is tried again at once.
   *
   * @param id - The delivery.
   * @param options - What may be left out.
   */
  async putBack(id: DeliveryId, options?: Abortable): Promise<Delivery> {
    const at = "Xmp.posts.putBack";
    const given = optionsOf(options, at, NONE);
    const signal = signalOf(given, at);
    const params = {
      id: encode.text(id, `${at}: id`),
    };
    const answer = (await this.#bound.call("Xmp.posts.put_back", params, signal)) as Wire.Delivery;
    return decodeDelivery(answer);
  }

  /**
   * Says what a held part was: live, to be sent again, or to be left.
   *
   * @param id - The delivery.
   * @param resolution - What it was.
   * @param options - What may be left out.
   */
  async resolve(id: DeliveryId, resolution: Resolution, options?: Abortable): Promise<Delivery> {
    const at = "Xmp.posts.resolve";
    const given = optionsOf(options, at, NONE);
    const signal = signalOf(given, at);
    const params = {
      id: encode.text(id, `${at}: id`),
      resolution: encodeResolution(resolution, `${at}: resolution`),
    };
    const answer = (await this.#bound.call("Xmp.posts.resolve", params, signal)) as Wire.Delivery;
    return decodeDelivery(answer);
  }

  /**
   * Reads the numbers of a post's live parts from their platforms, and keeps them. A part that its platform tells
   * nothing of is left out.
   *
   * @param id - The post.
   * @param options - What may be left out.
   */
  async measure(id: PostId, options?: Abortable): Promise<readonly MetricSample[]> {
    const at = "Xmp.posts.measure";
    const given = optionsOf(options, at, NONE);
    const signal = signalOf(given, at);
    const params = {
      id: encode.text(id, `${at}: id`),
    };
    const answer = (await this.#bound.call("Xmp.posts.measure", params, signal)) as readonly Wire.MetricSample[];
    return answer.map(decodeMetricSample);
  }

  /**
   * The numbers of a live post that were kept, oldest first.
   *
   * @param account - The account that it belongs to.
   * @param post - The post, by the platform's id.
   * @param options - What may be left out.
   */
  async measured(account: AccountId, post: RemoteId, options?: Abortable): Promise<readonly MetricSample[]> {
    const at = "Xmp.posts.measured";
    const given = optionsOf(options, at, NONE);
    const signal = signalOf(given, at);
    const params = {
      account: encode.text(account, `${at}: account`),
      post: encode.text(post, `${at}: post`),
    };
    const answer = (await this.#bound.call("Xmp.posts.measured", params, signal)) as readonly Wire.MetricSample[];
    return answer.map(decodeMetricSample);
  }

  /**
   * All posts of a filter, oldest first, read in pages of its limit.
   *
   * @param options - What may be left out.
   */
  async *stream(options?: PostsListOptions): AsyncGenerator<PostView, void, undefined> {
    optionsOf(options, "Xmp.posts.stream", POSTS_LIST_OPTIONS);
    yield* pages(
      options?.after,
      (after) => this.list({ ...options, after }),
      (page) => page,
      (page) => page.at(-1)?.post.id ?? null,
    );
  }
}

/** Posts that come again, by a rule. */
export class Series {
  readonly #bound: Bound;

  /** Not for programs: an object of its class has one. */
  constructor(bound: Bound) {
    this.#bound = bound;
  }

  /**
   * Makes a series, and the posts of its next occurrences. Some time before it is due each occurrence becomes a post,
   * which is as any other; a worker does that.
   *
   * @param name - What people call it.
   * @param recurrence - When.
   * @param draft - What each of its posts is like; its own time and end are not used.
   * @param options - What may be left out.
   */
  async create(name: string, recurrence: RecurrenceInit, draft: DraftInit, options?: SeriesCreateOptions): Promise<Plan> {
    const at = "Xmp.series.create";
    const given = optionsOf(options, at, SERIES_CREATE_OPTIONS);
    const signal = signalOf(given, at);
    const attachments: Uint8Array[] = [];
    const params = {
      name: encode.text(name, `${at}: name`),
      recurrence: encodeRecurrence(recurrence, `${at}: recurrence`),
      draft: encodeDraft(draft, `${at}: draft`, attachments),
      ahead: encode.optional(given["ahead"], `${at}: options.ahead`, encode.duration),
      expires_after: encode.optional(given["expiresAfter"], `${at}: options.expiresAfter`, encode.duration),
    };
    const answer = (await this.#bound.call("Xmp.series.create", params, signal, attachments)) as Wire.Plan;
    return decodePlan(answer);
  }

  /**
   * One series. Its posts are those that `posts.list` gives for its id as `plan`.
   *
   * @param id - The series.
   * @param options - What may be left out.
   */
  async get(id: PlanId, options?: Abortable): Promise<Plan> {
    const at = "Xmp.series.get";
    const given = optionsOf(options, at, NONE);
    const signal = signalOf(given, at);
    const params = {
      id: encode.text(id, `${at}: id`),
    };
    const answer = (await this.#bound.call("Xmp.series.get", params, signal)) as Wire.Plan;
    return decodePlan(answer);
  }

  /**
   * All series, oldest first.
   *
   * @param options - What may be left out.
   */
  async list(options?: Abortable): Promise<readonly Plan[]> {
    const at = "Xmp.series.list";
    const given = optionsOf(options, at, NONE);
    const signal = signalOf(given, at);
    const params = {};
    const answer = (await this.#bound.call("Xmp.series.list", params, signal)) as readonly Wire.Plan[];
    return answer.map(decodePlan);
  }

  /**
   * The next occurrences of a recurrence, at most 1,000. Keeps nothing.
   *
   * @param recurrence - When.
   * @param options - What may be left out.
   */
  preview(recurrence: RecurrenceInit, options?: SeriesPreviewOptions): readonly Coming[] {
    const at = "Xmp.series.preview";
    const given = optionsOf(options, at, SERIES_PREVIEW_OPTIONS);
    const params = {
      recurrence: encodeRecurrence(recurrence, `${at}: recurrence`),
      count: encode.maybe(given["count"], `${at}: options.count`, encode.int),
    };
    const answer = (this.#bound.now("Xmp.series.preview", params)) as readonly Wire.Coming[];
    return answer.map(decodeComing);
  }

  /**
   * The next occurrences of a series, at most 1,000, whether they are posts already or not.
   *
   * @param id - The series.
   * @param options - What may be left out.
   */
  async coming(id: PlanId, options?: SeriesComingOptions): Promise<readonly Coming[]> {
    const at = "Xmp.series.coming";
    const given = optionsOf(options, at, SERIES_COMING_OPTIONS);
    const signal = signalOf(given, at);
    const params = {
      id: encode.text(id, `${at}: id`),
      count: encode.maybe(given["count"], `${at}: options.count`, encode.int),
    };
    const answer = (await this.#bound.call("Xmp.series.coming", params, signal)) as readonly Wire.Coming[];
    return answer.map(decodeComing);
  }

  /**
   * The post of an occurrence: the one that is there, or one that is made now, however far ahead. Change it or cancel
   * it as any other: the series does not look at that occurrence again.
   *
   * @param id - The series.
   * @param occurrence - What names the occurrence: `2026-12-24T09:00:00`.
   * @param options - What may be left out.
   */
  async occurrence(id: PlanId, occurrence: string, options?: Abortable): Promise<PostView> {
    const at = "Xmp.series.occurrence";
    const given = optionsOf(options, at, NONE);
    const signal = signalOf(given, at);
    const params = {
      id: encode.text(id, `${at}: id`),
      occurrence: encode.text(occurrence, `${at}: occurrence`),
    };
    const answer = (await this.#bound.call("Xmp.series.occurrence", params, signal)) as Wire.PostView;
    return decodePostView(answer);
  }

  /**
   * Changes a whole series, if it is still the one of `revision`. Posts that it has made change with it, unless they
   * were edited by themselves; those at times that it does not have any more are cancelled.
   *
   * @param id - The series.
   * @param revision - What was looked at.
   * @param options - What may be left out.
   */
  async edit(id: PlanId, revision: number, options?: SeriesEditOptions): Promise<Plan> {
    const at = "Xmp.series.edit";
    const given = optionsOf(options, at, SERIES_EDIT_OPTIONS);
    const signal = signalOf(given, at);
    const attachments: Uint8Array[] = [];
    const params = {
      id: encode.text(id, `${at}: id`),
      revision: encode.int(revision, `${at}: revision`),
      name: encode.optional(given["name"], `${at}: options.name`, encode.text),
      recurrence: encode.optional(given["recurrence"], `${at}: options.recurrence`, encodeRecurrence),
      draft: encode.optional(given["draft"], `${at}: options.draft`, (value, at) => encodeDraft(value, at, attachments)),
      ahead: encode.optional(given["ahead"], `${at}: options.ahead`, encode.duration),
      expires_after: encode.optional(given["expiresAfter"], `${at}: options.expiresAfter`, encode.duration),
    };
    const answer = (await this.#bound.call("Xmp.series.edit", params, signal, attachments)) as Wire.Plan;
    return decodePlan(answer);
  }

  /**
   * Changes a series from an occurrence on: it ends before that, and another one begins there, which is given.
   *
   * @param id - The series.
   * @param revision - What was looked at.
   * @param occurrence - What names the occurrence: `2026-12-24T09:00:00`.
   * @param options - What may be left out.
   */
  async editFrom(id: PlanId, revision: number, occurrence: string, options?: SeriesEditFromOptions): Promise<Plan> {
    const at = "Xmp.series.editFrom";
    const given = optionsOf(options, at, SERIES_EDIT_FROM_OPTIONS);
    const signal = signalOf(given, at);
    const attachments: Uint8Array[] = [];
    const params = {
      id: encode.text(id, `${at}: id`),
      revision: encode.int(revision, `${at}: revision`),
      occurrence: encode.text(occurrence, `${at}: occurrence`),
      name: encode.optional(given["name"], `${at}: options.name`, encode.text),
      recurrence: encode.optional(given["recurrence"], `${at}: options.recurrence`, encodeRecurrence),
      draft: encode.optional(given["draft"], `${at}: options.draft`, (value, at) => encodeDraft(value, at, attachments)),
      ahead: encode.optional(given["ahead"], `${at}: options.ahead`, encode.duration),
      expires_after: encode.optional(given["expiresAfter"], `${at}: options.expiresAfter`, encode.duration),
    };
    const answer = (await this.#bound.call("Xmp.series.edit_from", params, signal, attachments)) as Wire.Plan;
    return decodePlan(answer);
  }

  /**
   * Lets a series make no more posts until it is resumed. Those that it has made wait for their time as before,
   * unless `cancel` takes them back.
   *
   * @param id - The series.
   * @param options - What may be left out.
   */
  async pause(id: PlanId, options?: SeriesPauseOptions): Promise<Plan> {
    const at = "Xmp.series.pause";
    const given = optionsOf(options, at, SERIES_PAUSE_OPTIONS);
    const signal = signalOf(given, at);
    const params = {
      id: encode.text(id, `${at}: id`),
      cancel: encode.maybe(given["cancel"], `${at}: options.cancel`, encode.bool),
    };
    const answer = (await this.#bound.call("Xmp.series.pause", params, signal)) as Wire.Plan;
    return decodePlan(answer);
  }

  /**
   * Lets a paused series go on: with its next occurrence, and not with those that were due meanwhile.
   *
   * @param id - The series.
   * @param options - What may be left out.
   */
  async resume(id: PlanId, options?: Abortable): Promise<Plan> {
    const at = "Xmp.series.resume";
    const given = optionsOf(options, at, NONE);
    const signal = signalOf(given, at);
    const params = {
      id: encode.text(id, `${at}: id`),
    };
    const answer = (await this.#bound.call("Xmp.series.resume", params, signal)) as Wire.Plan;
    return decodePlan(answer);
  }

  /**
   * Ends a series for good. Those that it has made wait for their time as before, unless `cancel` takes them back.
   *
   * @param id - The series.
   * @param options - What may be left out.
   */
  async end(id: PlanId, options?: SeriesEndOptions): Promise<Plan> {
    const at = "Xmp.series.end";
    const given = optionsOf(options, at, SERIES_END_OPTIONS);
    const signal = signalOf(given, at);
    const params = {
      id: encode.text(id, `${at}: id`),
      cancel: encode.maybe(given["cancel"], `${at}: options.cancel`, encode.bool),
    };
    const answer = (await this.#bound.call("Xmp.series.end", params, signal)) as Wire.Plan;
    return decodePlan(answer);
  }
}

/** Posts that take the next free one of weekly slots. */
export class Queues {
  readonly #bound: Bound;

  /** Not for programs: an object of its class has one. */
  constructor(bound: Bound) {
    this.#bound = bound;
  }

  /**
   * Makes a queue: weekly slots, and posts that take the next free one.
   *
   * @param name - What people call it.
   * @param zone - The IANA zone of its slots.
   * @param slots - Its slots: `Mon-Fri 09:00,17:00`.
   * @param options - What may be left out.
   */
  async create(name: string, zone: string, slots: readonly Slot[], options?: QueuesCreateOptions): Promise<Plan> {
    const at = "Xmp.queues.create";
    const given = optionsOf(options, at, QUEUES_CREATE_OPTIONS);
    const signal = signalOf(given, at);
    const params = {
      name: encode.text(name, `${at}: name`),
      zone: encode.text(zone, `${at}: zone`),
      slots: encode.list(slots, `${at}: slots`, encode.text),
      accounts: encode.maybe(given["accounts"], `${at}: options.accounts`, (value, at) => encode.list(value, at, encode.text)),
      gap: encode.maybe(given["gap"], `${at}: options.gap`, (value, at) => encode.word(value, at, ON_GAP)),
      fold: encode.maybe(given["fold"], `${at}: options.fold`, (value, at) => encode.word(value, at, ON_FOLD)),
    };
    const answer = (await this.#bound.call("Xmp.queues.create", params, signal)) as Wire.Plan;
    return decodePlan(answer);
  }

  /**
   * One queue.
   *
   * @param id - The queue.
   * @param options - What may be left out.
   */
  async get(id: PlanId, options?: Abortable): Promise<Plan> {
    const at = "Xmp.queues.get";
    const given = optionsOf(options, at, NONE);
    const signal = signalOf(given, at);
    const params = {
      id: encode.text(id, `${at}: id`),
    };
    const answer = (await this.#bound.call("Xmp.queues.get", params, signal)) as Wire.Plan;
    return decodePlan(answer);
  }

  /**
   * All queues, oldest first.
   *
   * @param options - What may be left out.
   */
  async list(options?: Abortable): Promise<readonly Plan[]> {
    const at = "Xmp.queues.list";
    const given = optionsOf(options, at, NONE);
    const signal = signalOf(given, at);
    const params = {};
    const answer = (await this.#bound.call("Xmp.queues.list", params, signal)) as readonly Wire.Plan[];
    return answer.map(decodePlan);
  }

  /**
   * Gives a queue another name, other slots or accounts. The posts in it keep their order, and take the new slots
   * from now on.
   *
   * @param id - The queue.
   * @param name - What people call it.
   * @param zone - The IANA zone of its slots.
   * @param slots - Its slots: `Mon-Fri 09:00,17:00`.
   * @param options - What may be left out.
   */
  async change(id: PlanId, name: string, zone: string, slots: readonly Slot[], options?: QueuesChangeOptions): Promise<Plan> {
    const at = "Xmp.queues.change";
    const given = optionsOf(options, at, QUEUES_CHANGE_OPTIONS);
    const signal = signalOf(given, at);
    const params = {
      id: encode.text(id, `${at}: id`),
      name: encode.text(name, `${at}: name`),
      zone: encode.text(zone, `${at}: zone`),
      slots: encode.list(slots, `${at}: slots`, encode.text),
      accounts: encode.maybe(given["accounts"], `${at}: options.accounts`, (value, at) => encode.list(value, at, encode.text)),
      gap: encode.maybe(given["gap"], `${at}: options.gap`, (value, at) => encode.word(value, at, ON_GAP)),
      fold: encode.maybe(given["fold"], `${at}: options.fold`, (value, at) => encode.word(value, at, ON_FOLD)),
    };
    const answer = (await this.#bound.call("Xmp.queues.change", params, signal)) as Wire.Plan;
    return decodePlan(answer);
  }

  /**
   * The posts that wait in a queue, in order.
   *
   * @param id - The queue.
   * @param options - What may be left out.
   */
  async entries(id: PlanId, options?: Abortable): Promise<readonly PostView[]> {
    const at = "Xmp.queues.entries";
    const given = optionsOf(options, at, NONE);
    const signal = signalOf(given, at);
    const params = {
      id: encode.text(id, `${at}: id`),
    };
    const answer = (await this.#bound.call("Xmp.queues.entries", params, signal)) as readonly Wire.PostView[];
    return answer.map(decodePostView);
  }

  /**
   * The next free slots of a queue.
   *
   * @param id - The queue.
   * @param options - What may be left out.
   */
  async free(id: PlanId, options?: QueuesFreeOptions): Promise<readonly Coming[]> {
    const at = "Xmp.queues.free";
    const given = optionsOf(options, at, QUEUES_FREE_OPTIONS);
    const signal = signalOf(given, at);
    const params = {
      id: encode.text(id, `${at}: id`),
      count: encode.maybe(given["count"], `${at}: options.count`, encode.int),
    };
    const answer = (await this.#bound.call("Xmp.queues.free", params, signal)) as readonly Wire.Coming[];
    return answer.map(decodeComing);
  }

  /**
   * Puts a draft in a queue, which gives it a time. A draft that names no account goes to the queue's. The key makes
   * the call repeatable, as in `posts.schedule`.
   *
   * @param id - The queue.
   * @param draft - What to publish, without a time.
   * @param key - 1 to 255 characters without control characters.
   * @param options - What may be left out.
   */
  async add(id: PlanId, draft: DraftInit, key: string, options?: QueuesAddOptions): Promise<PostView> {
    const at = "Xmp.queues.add";
    const given = optionsOf(options, at, QUEUES_ADD_OPTIONS);
    const signal = signalOf(given, at);
    const attachments: Uint8Array[] = [];
    const params = {
      id: encode.text(id, `${at}: id`),
      draft: encodeDraft(draft, `${at}: draft`, attachments),
      key: encode.text(key, `${at}: key`),
      place: encode.maybe(given["place"], `${at}: options.place`, (value, at) => encode.word(value, at, QUEUE_PLACE)),
    };
    const answer = (await this.#bound.call("Xmp.queues.add", params, signal, attachments)) as Wire.PostView;
    return decodePostView(answer);
  }

  /**
   * Moves a post to another place in its queue, from 0; those between move by one slot. Gives all that wait.
   *
   * @param id - The queue.
   * @param post - The post.
   * @param place - Its new place.
   * @param options - What may be left out.
   */
  async moveTo(id: PlanId, post: PostId, place: number, options?: Abortable): Promise<readonly PostView[]> {
    const at = "Xmp.queues.moveTo";
    const given = optionsOf(options, at, NONE);
    const signal = signalOf(given, at);
    const params = {
      id: encode.text(id, `${at}: id`),
      post: encode.text(post, `${at}: post`),
      place: encode.int(place, `${at}: place`),
    };
    const answer = (await this.#bound.call("Xmp.queues.move_to", params, signal)) as readonly Wire.PostView[];
    return answer.map(decodePostView);
  }

  /**
   * Gives the posts of a queue each other's slots, at random. Gives all that wait.
   *
   * @param id - The queue.
   * @param options - What may be left out.
   */
  async shuffle(id: PlanId, options?: Abortable): Promise<readonly PostView[]> {
    const at = "Xmp.queues.shuffle";
    const given = optionsOf(options, at, NONE);
    const signal = signalOf(given, at);
    const params = {
      id: encode.text(id, `${at}: id`),
    };
    const answer = (await this.#bound.call("Xmp.queues.shuffle", params, signal)) as readonly Wire.PostView[];
    return answer.map(decodePostView);
  }

  /**
   * Takes a post out of its queue, and cancels it. The queue closes up (those behind move by one slot), or keeps its
   * times. Gives all that wait.
   *
   * @param id - The queue.
   * @param post - The post.
   * @param closeUp - Whether those behind move up.
   * @param options - What may be left out.
   */
  async remove(id: PlanId, post: PostId, closeUp: boolean, options?: Abortable): Promise<readonly PostView[]> {
    const at = "Xmp.queues.remove";
    const given = optionsOf(options, at, NONE);
    const signal = signalOf(given, at);
    const params = {
      id: encode.text(id, `${at}: id`),
      post: encode.text(post, `${at}: post`),
      close_up: encode.bool(closeUp, `${at}: closeUp`),
    };
    const answer = (await this.#bound.call("Xmp.queues.remove", params, signal)) as readonly Wire.PostView[];
    return answer.map(decodePostView);
  }
}

/** Readers of the event log, each with a place of its own. */
export class Consumers {
  readonly #bound: Bound;

  /** Not for programs: an object of its class has one. */
  constructor(bound: Bound) {
    this.#bound = bound;
  }

  /**
   * The events that a consumer has not acknowledged yet, in order. It goes on where it stood after a restart; each
   * event is told at least once, and those of a post in order. Until they are acknowledged the same events are read
   * again.
   *
   * @param name - The consumer's name: 1 to 64 characters out of `a-z A-Z 0-9 - _ .`. A new one begins with the
   * oldest event.
   * @param options - What may be left out.
   */
  async read(name: string, options?: ConsumersReadOptions): Promise<readonly Event[]> {
    const at = "Xmp.consumers.read";
    const given = optionsOf(options, at, CONSUMERS_READ_OPTIONS);
    const signal = signalOf(given, at);
    const params = {
      name: encode.text(name, `${at}: name`),
      limit: encode.maybe(given["limit"], `${at}: options.limit`, encode.int),
      wait: encode.maybe(given["wait"], `${at}: options.wait`, encode.duration),
      kinds: encode.maybe(given["kinds"], `${at}: options.kinds`, (value, at) => encode.list(value, at, (value, at) => encode.word(value, at, EVENT_KIND))),
    };
    const answer = (await this.#bound.call("Xmp.consumers.read", params, signal)) as readonly Wire.Event[];
    return answer.map(decodeEvent);
  }

  /**
   * Acknowledges all events up to one: they are not read again. Gives where the consumer stands then, which never
   * goes back: the call is repeatable.
   *
   * @param name - The consumer's name.
   * @param sequence - The `sequence` of the event.
   * @param options - What may be left out.
   */
  async acknowledge(name: string, sequence: number, options?: Abortable): Promise<number> {
    const at = "Xmp.consumers.acknowledge";
    const given = optionsOf(options, at, NONE);
    const signal = signalOf(given, at);
    const params = {
      name: encode.text(name, `${at}: name`),
      sequence: encode.int(sequence, `${at}: sequence`),
    };
    return (await this.#bound.call("Xmp.consumers.acknowledge", params, signal)) as number;
  }

  /**
   * Sets a consumer back: the events after a place are read again. Gives where it stands then; a place that is not
   * before that changes nothing.
   *
   * @param name - The consumer's name.
   * @param sequence - The place: the `sequence` of an event; 0 for the beginning of what is kept.
   * @param options - What may be left out.
   */
  async rewind(name: string, sequence: number, options?: Abortable): Promise<number> {
    const at = "Xmp.consumers.rewind";
    const given = optionsOf(options, at, NONE);
    const signal = signalOf(given, at);
    const params = {
      name: encode.text(name, `${at}: name`),
      sequence: encode.int(sequence, `${at}: sequence`),
    };
    return (await this.#bound.call("Xmp.consumers.rewind", params, signal)) as number;
  }

  /**
   * The consumers that are known, by their names: those that have acknowledged something or were rewound.
   *
   * @param options - What may be left out.
   */
  async list(options?: Abortable): Promise<readonly EventConsumer[]> {
    const at = "Xmp.consumers.list";
    const given = optionsOf(options, at, NONE);
    const signal = signalOf(given, at);
    const params = {};
    const answer = (await this.#bound.call("Xmp.consumers.list", params, signal)) as readonly Wire.EventConsumer[];
    return answer.map(decodeEventConsumer);
  }

  /**
   * Forgets a consumer: no events are kept for it any more, and one of that name begins anew. Tells whether there was
   * one.
   *
   * @param name - The consumer's name.
   * @param options - What may be left out.
   */
  async forget(name: string, options?: Abortable): Promise<boolean> {
    const at = "Xmp.consumers.forget";
    const given = optionsOf(options, at, NONE);
    const signal = signalOf(given, at);
    const params = {
      name: encode.text(name, `${at}: name`),
    };
    return (await this.#bound.call("Xmp.consumers.forget", params, signal)) as boolean;
  }

  /**
   * Events as they happen, without end: each is acknowledged when the next one is asked for, and so is told again if
   * the program ends before.
   *
   * @param name - The consumer's name: 1 to 64 characters out of `a-z A-Z 0-9 - _ .`. A new one begins with the
   * oldest event.
   * @param options - What may be left out.
   */
  async *stream(name: string, options?: ConsumersReadOptions): AsyncGenerator<Event, void, undefined> {
    optionsOf(options, "Xmp.consumers.stream", CONSUMERS_READ_OPTIONS);
    const wait = options?.wait === undefined || options.wait === 0 ? 60_000 : options.wait;
    for (;;) {
      for (const item of await this.read(name, { ...options, wait })) {
        yield item;
        await this.acknowledge(name, item.sequence);
      }
    }
  }
}

/** What one platform itself shows: each call makes requests to it. */
export class Remote {
  readonly #bound: Bound;
  /** The name of the platform. */
  readonly platform: PlatformId;

  /** Not for programs: an object of its class has one. */
  constructor(bound: Bound, platform: PlatformId) {
    this.#bound = bound;
    this.platform = platform;
  }

  /**
   * What the platform can do for this account, where that depends on its server: a Mastodon server sets limits of its
   * own.
   *
   * @param account - The account.
   * @param options - What may be left out.
   */
  async capability(account: AccountId, options?: Abortable): Promise<Capability> {
    const at = "Xmp.platform.capability";
    const given = optionsOf(options, at, NONE);
    const signal = signalOf(given, at);
    const params = {
      platform: this.platform,
      account: encode.text(account, `${at}: account`),
    };
    const answer = (await this.#bound.call("Xmp.platform.capability", params, signal)) as Wire.Capability;
    return decodeCapability(answer);
  }

  /**
   * The account's own profile.
   *
   * @param account - The account.
   * @param options - What may be left out.
   */
  async profile(account: AccountId, options?: Abortable): Promise<Profile> {
    const at = "Xmp.platform.profile";
    const given = optionsOf(options, at, NONE);
    const signal = signalOf(given, at);
    const params = {
      platform: this.platform,
      account: encode.text(account, `${at}: account`),
    };
    const answer = (await this.#bound.call("Xmp.platform.profile", params, signal)) as Wire.Profile;
    return decodeProfile(answer);
  }

  /**
   * The account's own posts, newest first.
   *
   * @param account - The account.
   * @param options - What may be left out.
   */
  async timeline(account: AccountId, options?: RemoteTimelineOptions): Promise<RemotePostPage> {
    const at = "Xmp.platform.timeline";
    const given = optionsOf(options, at, REMOTE_TIMELINE_OPTIONS);
    const signal = signalOf(given, at);
    const params = {
      platform: this.platform,
      account: encode.text(account, `${at}: account`),
      since: encode.optional(given["since"], `${at}: options.since`, encode.time),
      until: encode.optional(given["until"], `${at}: options.until`, encode.time),
      limit: encode.optional(given["limit"], `${at}: options.limit`, encode.int),
      cursor: encode.optional(given["cursor"], `${at}: options.cursor`, encode.text),
    };
    const answer = (await this.#bound.call("Xmp.platform.timeline", params, signal)) as Wire.RemotePostPage;
    return decodeRemotePostPage(answer);
  }

  /**
   * One post, as this account sees it.
   *
   * @param account - The account.
   * @param post - The post, by the platform's id.
   * @param options - What may be left out.
   */
  async get(account: AccountId, post: RemoteId, options?: Abortable): Promise<RemotePost> {
    const at = "Xmp.platform.get";
    const given = optionsOf(options, at, NONE);
    const signal = signalOf(given, at);
    const params = {
      platform: this.platform,
      account: encode.text(account, `${at}: account`),
      post: encode.text(post, `${at}: post`),
    };
    const answer = (await this.#bound.call("Xmp.platform.get", params, signal)) as Wire.RemotePost;
    return decodeRemotePost(answer);
  }

  /**
   * The numbers of posts, in the order asked; nothing where the platform told nothing.
   *
   * @param account - The account.
   * @param posts - The posts, by the platform's ids.
   * @param options - What may be left out.
   */
  async metrics(account: AccountId, posts: readonly RemoteId[], options?: Abortable): Promise<readonly (Readonly<Record<string, number>> | null)[]> {
    const at = "Xmp.platform.metrics";
    const given = optionsOf(options, at, NONE);
    const signal = signalOf(given, at);
    const params = {
      platform: this.platform,
      account: encode.text(account, `${at}: account`),
      posts: encode.list(posts, `${at}: posts`, encode.text),
    };
    return (await this.#bound.call("Xmp.platform.metrics", params, signal)) as readonly (Readonly<Record<string, number>> | null)[];
  }

  /**
   * Takes a post back. Repeatable: a post that is gone already is not an error.
   *
   * @param account - The account.
   * @param post - The post, by the platform's id.
   * @param options - What may be left out.
   */
  async delete(account: AccountId, post: RemoteId, options?: Abortable): Promise<void> {
    const at = "Xmp.platform.delete";
    const given = optionsOf(options, at, NONE);
    const signal = signalOf(given, at);
    const params = {
      platform: this.platform,
      account: encode.text(account, `${at}: account`),
      post: encode.text(post, `${at}: post`),
    };
    await this.#bound.call("Xmp.platform.delete", params, signal);
  }

  /**
   * All of the account's own posts that a query means, newest first, read page by page: each page is a request.
   *
   * @param account - The account.
   * @param options - What may be left out.
   */
  async *streamTimeline(account: AccountId, options?: RemoteTimelineOptions): AsyncGenerator<RemotePost, void, undefined> {
    optionsOf(options, "Xmp.platform.streamTimeline", REMOTE_TIMELINE_OPTIONS);
    yield* pages(
      options?.cursor,
      (cursor) => this.timeline(account, { ...options, cursor }),
      (page) => page.items,
      (page) => page.next,
    );
  }
}

/** An engine: it holds accounts, and keeps and publishes posts. A program has one, which {@link Xmp.open} opens. */
export class Xmp extends Thing {
  readonly #bound: Bound;
  /** The accounts of an engine. */
  readonly accounts: Accounts;
  /** The posts of an engine. */
  readonly posts: Posts;
  /** Posts that come again, by a rule. */
  readonly series: Series;
  /** Posts that take the next free one of weekly slots. */
  readonly queues: Queues;
  /** Readers of the event log, each with a place of its own. */
  readonly consumers: Consumers;

  /** Not for programs: see the methods that give one. */
  constructor(bound: Bound) {
    super(bound);
    this.#bound = bound;
    this.accounts = new Accounts(bound);
    this.posts = new Posts(bound);
    this.series = new Series(bound);
    this.queues = new Queues(bound);
    this.consumers = new Consumers(bound);
  }

  /**
   * Opens an engine. It starts no worker: a program says where one runs.
   *
   * @param options - What may be left out.
   */
  static async open(options?: XmpOpenOptions): Promise<Xmp> {
    const at = "Xmp.open";
    const given = optionsOf(options, at, XMP_OPEN_OPTIONS);
    const signal = signalOf(given, at);
    const params = {
      home: encode.optional(given["home"], `${at}: options.home`, encode.path),
      sqlite: encode.optional(given["sqlite"], `${at}: options.sqlite`, encode.path),
      postgres: encode.optional(given["postgres"], `${at}: options.postgres`, encode.text),
      postgres_schema: encode.optional(given["postgresSchema"], `${at}: options.postgresSchema`, encode.text),
      seal_key: encode.optional(given["sealKey"], `${at}: options.sealKey`, encode.text),
      old_seal_keys: encode.maybe(given["oldSealKeys"], `${at}: options.oldSealKeys`, (value, at) => encode.list(value, at, encode.text)),
      tenant: encode.maybe(given["tenant"], `${at}: options.tenant`, encode.text),
      x: encode.optional(given["x"], `${at}: options.x`, encodeXConfig),
      bluesky: encode.optional(given["bluesky"], `${at}: options.bluesky`, encodeBlueskyConfig),
      mastodon: encode.maybe(given["mastodon"], `${at}: options.mastodon`, (value, at) => encode.list(value, at, encodeMastodonConfig)),
    };
    return new Xmp(await Bound.opening("Xmp.open", params, signal, boundOf(given["clock"], ManualClock, `${at}: options.clock`)));
  }

  /** The platforms that are set up, with what they can do. */
  platforms(): readonly PlatformInfo[] {
    const params = {};
    const answer = (this.#bound.now("Xmp.platforms", params)) as readonly Wire.PlatformInfo[];
    return answer.map(decodePlatformInfo);
  }

  /**
   * Events of this tenant after a place in the log, in order.
   *
   * @param options - What may be left out.
   */
  async events(options?: XmpEventsOptions): Promise<readonly Event[]> {
    const at = "Xmp.events";
    const given = optionsOf(options, at, XMP_EVENTS_OPTIONS);
    const signal = signalOf(given, at);
    const params = {
      after: encode.maybe(given["after"], `${at}: options.after`, encode.int),
      limit: encode.maybe(given["limit"], `${at}: options.limit`, encode.int),
    };
    const answer = (await this.#bound.call("Xmp.events", params, signal)) as readonly Wire.Event[];
    return answer.map(decodeEvent);
  }

  /**
   * The emergency stop: nothing that the scope covers is sent from now on, by any process, until sending is resumed.
   * What is on its way stays so, and is asked about. Stopping what is stopped changes nothing.
   *
   * @param scope - What is stopped: `all`, `platform:x` or `tenant:acme`.
   * @param why - Why, for people.
   * @param options - What may be left out.
   */
  async stopSending(scope: StopScope, why: string, options?: Abortable): Promise<SendingStop> {
    const at = "Xmp.stopSending";
    const given = optionsOf(options, at, NONE);
    const signal = signalOf(given, at);
    const params = {
      scope: encode.text(scope, `${at}: scope`),
      why: encode.text(why, `${at}: why`),
    };
    const answer = (await this.#bound.call("Xmp.stop_sending", params, signal)) as Wire.SendingStop;
    return decodeSendingStop(answer);
  }

  /**
   * Lifts an emergency stop. Tells whether there was one.
   *
   * @param scope - What was stopped.
   * @param options - What may be left out.
   */
  async resumeSending(scope: StopScope, options?: Abortable): Promise<boolean> {
    const at = "Xmp.resumeSending";
    const given = optionsOf(options, at, NONE);
    const signal = signalOf(given, at);
    const params = {
      scope: encode.text(scope, `${at}: scope`),
    };
    return (await this.#bound.call("Xmp.resume_sending", params, signal)) as boolean;
  }

  /**
   * The emergency stops that are in force, for whomever.
   *
   * @param options - What may be left out.
   */
  async stops(options?: Abortable): Promise<readonly SendingStop[]> {
    const at = "Xmp.stops";
    const given = optionsOf(options, at, NONE);
    const signal = signalOf(given, at);
    const params = {};
    const answer = (await this.#bound.call("Xmp.stops", params, signal)) as readonly Wire.SendingStop[];
    return answer.map(decodeSendingStop);
  }

  /**
   * How this engine stands, for this tenant: whether its store answers, how much waits, is overdue, held or dead,
   * which accounts need their owners. Never an error: a store that does not answer is told of.
   *
   * @param options - What may be left out.
   */
  async health(options?: Abortable): Promise<Health> {
    const at = "Xmp.health";
    const given = optionsOf(options, at, NONE);
    const signal = signalOf(given, at);
    const params = {};
    const answer = (await this.#bound.call("Xmp.health", params, signal)) as Wire.Health;
    return decodeHealth(answer);
  }

  /**
   * The same engine for another tenant: its accounts, posts and events are its own. It is one engine: closed for one,
   * it is closed for all.
   *
   * @param tenant - 1 to 64 characters out of `a-z A-Z 0-9 - _ .`.
   */
  tenant(tenant: TenantId): Xmp {
    const at = "Xmp.tenant";
    const params = {
      tenant: encode.text(tenant, `${at}: tenant`),
    };
    return new Xmp(this.#bound.openNow("Xmp.tenant", params));
  }

  /**
   * Stops the workers that were started through it, softly, and closes the store. Calls afterwards are refused, for
   * every tenant.
   *
   * @param options - What may be left out.
   */
  async close(options?: Abortable): Promise<void> {
    const at = "Xmp.close";
    const given = optionsOf(options, at, NONE);
    const signal = signalOf(given, at);
    const params = {};
    try {
      await this.#bound.call("Xmp.close", params, signal);
    } finally {
      this.#bound.ended();
    }
  }

  /**
   * Starts a worker in the background of this program. It serves all tenants.
   *
   * @param options - What may be left out.
   */
  async startWorker(options?: XmpStartWorkerOptions): Promise<RunningWorker> {
    const at = "Xmp.startWorker";
    const given = optionsOf(options, at, XMP_START_WORKER_OPTIONS);
    const signal = signalOf(given, at);
    const params = {
      publish_slots: encode.maybe(given["publishSlots"], `${at}: options.publishSlots`, encode.int),
      reconcile_slots: encode.maybe(given["reconcileSlots"], `${at}: options.reconcileSlots`, encode.int),
      lease_for: encode.maybe(given["leaseFor"], `${at}: options.leaseFor`, encode.duration),
      poll: encode.maybe(given["poll"], `${at}: options.poll`, encode.duration),
      keep_finished_for: encode.optional(given["keepFinishedFor"], `${at}: options.keepFinishedFor`, encode.duration),
      keep_events_for: encode.optional(given["keepEventsFor"], `${at}: options.keepEventsFor`, encode.duration),
      retry: encode.maybe(given["retry"], `${at}: options.retry`, encodeRetryPolicy),
      look: encode.maybe(given["look"], `${at}: options.look`, encodeLookPolicy),
    };
    return new RunningWorker(await this.#bound.open("Xmp.start_worker", params, signal));
  }

  /**
   * All events of this tenant after a place in the log that are there by now, in order.
   *
   * @param options - What may be left out.
   */
  async *streamEvents(options?: XmpEventsOptions): AsyncGenerator<Event, void, undefined> {
    optionsOf(options, "Xmp.streamEvents", XMP_EVENTS_OPTIONS);
    yield* pages(
      options?.after,
      (after) => this.events({ ...options, after }),
      (page) => page,
      (page) => page.at(-1)?.sequence ?? null,
    );
  }

  /**
   * The same engine, whose calls carry this.
   *
   * @param options - What goes along with each call.
   */
  within(options: Within): Xmp {
    return new Xmp(this.#bound.within(encodeWithin(options)));
  }

  /**
   * What a platform itself shows.
   *
   * @param platform - The name of the platform: `x`.
   */
  platform(platform: PlatformId): Remote {
    return new Remote(this.#bound, encode.text(platform, "Xmp.platform: platform"));
  }

  /** `platform("x")`. */
  get x(): Remote {
    return this.platform("x");
  }

  /** `await using` ends with `close`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
