// Written by `cargo xtask gen` from xmp-surface/surface.json. Not to be changed by hand.

import { Bound } from "../runtime/bound.js";
import { pages } from "../runtime/pages.js";
import { NONE, optionsOf, signalOf } from "../runtime/record.js";
import { Thing, boundOf, encodeWithin } from "../runtime/thing.js";
import * as encode from "../runtime/encode.js";
import type * as Wire from "./wire.js";
import {
  decodeAccount,
  decodeCapability,
  decodeDelivery,
  decodeEvent,
  decodeMastodonApp,
  decodeMetricSample,
  decodePendingConnection,
  decodePlatformInfo,
  decodePostView,
  decodeProblem,
  decodeProfile,
  decodeRemotePost,
  decodeRemotePostPage,
  decodeSendingStop,
} from "./decode.js";
import {
  ACCOUNTS_COMPLETE_OPTIONS,
  ACCOUNTS_CONNECT_OPTIONS,
  ACCOUNTS_LOG_IN_OPTIONS,
  ACCOUNTS_REGISTER_MASTODON_APP_OPTIONS,
  ACCOUNTS_SET_SPACING_OPTIONS,
  DELIVERY_STATE,
  ON_ABSENT,
  POSTS_LIST_OPTIONS,
  REMOTE_TIMELINE_OPTIONS,
  XMP_EVENTS_OPTIONS,
  XMP_OPEN_OPTIONS,
  XMP_START_WORKER_OPTIONS,
  encodeBlueskyConfig,
  encodeDraft,
  encodeLookPolicy,
  encodeMastodonConfig,
  encodeQuietHours,
  encodeResolution,
  encodeRetryPolicy,
  encodeWhen,
  encodeXConfig,
} from "./encode.js";
import type { Abortable } from "../runtime/record.js";
import type { Within } from "../runtime/thing.js";
import type {
  AccountsCompleteOptions,
  AccountsConnectOptions,
  AccountsLogInOptions,
  AccountsRegisterMastodonAppOptions,
  AccountsSetSpacingOptions,
  PostsListOptions,
  RemoteTimelineOptions,
  XmpEventsOptions,
  XmpOpenOptions,
  XmpStartWorkerOptions,
} from "./options.js";
import type { Resolution, When } from "./tagged.js";
import type {
  Account,
  Capability,
  Delivery,
  DraftInit,
  Event,
  MastodonApp,
  MetricSample,
  PendingConnection,
  PlatformInfo,
  PostView,
  Problem,
  Profile,
  RemotePost,
  RemotePostPage,
  SendingStop,
} from "./types.js";
import type { AccountId, DeliveryId, PlatformId, PostId, RemoteId, StopScope, TenantId } from "./words.js";
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

  /** Not for programs: see the methods that give one. */
  constructor(bound: Bound) {
    super(bound);
    this.#bound = bound;
    this.accounts = new Accounts(bound);
    this.posts = new Posts(bound);
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
