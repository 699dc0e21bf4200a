// Written by `cargo xtask gen` from xmp-surface/surface.json. Not to be changed by hand.

import { Bound } from "../runtime/bound.js";
import { json } from "../runtime/json.js";
import { NONE, optionsOf, signalOf } from "../runtime/record.js";
import { Server } from "../runtime/thing.js";
import * as encode from "../runtime/encode.js";
import type * as Wire from "./wire.js";
import { decodeFault, decodeLedgerEntry, decodeRecordedRequest, decodeTokens } from "./decode.js";
import {
  FAULT_KIND,
  PER,
  SIM_SET_FAULT_OPTIONS,
  SIM_START_OPTIONS,
  encodeRateLimit,
  encodeSimClient,
  encodeSimInstance,
} from "./encode.js";
import type { Abortable } from "../runtime/record.js";
import type { SimSetFaultOptions, SimStartOptions } from "./options.js";
import type { Fault, LedgerEntry, RecordedRequest, Tokens } from "./types.js";
import type { FaultKind, Per } from "./words.js";

/** The clock of a simulator, which runs on from where it is set. */
export class SimClock {
  readonly #bound: Bound;

  /** Not for programs: an object of its class has one. */
  constructor(bound: Bound) {
    this.#bound = bound;
  }

  /** The simulated time. */
  now(): Date {
    const params = {};
    const answer = (this.#bound.now("Sim.clock.now", params)) as string;
    return new Date(answer);
  }

  /**
   * Moves the clock forward. Effects that fall due are applied at once.
   *
   * @param by - How far. In milliseconds.
   */
  advance(by: number): void {
    const at = "Sim.clock.advance";
    const params = {
      by: encode.duration(by, `${at}: by`),
    };
    this.#bound.now("Sim.clock.advance", params);
  }

  /**
   * Moves the clock, forward or backward. It runs on from there.
   *
   * @param to - The time to show.
   */
  set(to: Date): void {
    const at = "Sim.clock.set";
    const params = {
      to: encode.time(to, `${at}: to`),
    };
    this.#bound.now("Sim.clock.set", params);
  }
}

/** A simulator of X on loopback, for tests and for trying things out. */
export class Sim extends Server {
  readonly #bound: Bound;
  /** The clock of a simulator, which runs on from where it is set. */
  readonly clock: SimClock;

  /** Not for programs: see the methods that give one. */
  constructor(bound: Bound) {
    super(bound);
    this.#bound = bound;
    this.clock = new SimClock(bound);
  }

  /**
   * Starts a simulator of X, Bluesky and Mastodon on loopback: all of them at one address.
   *
   * @param options - What may be left out.
   */
  static async start(options?: SimStartOptions): Promise<Sim> {
    const at = "Sim.start";
    const given = optionsOf(options, at, SIM_START_OPTIONS);
    const signal = signalOf(given, at);
    const params = {
      clients: encode.maybe(given["clients"], `${at}: options.clients`, (value, at) => encode.list(value, at, encodeSimClient)),
      accounts: encode.maybe(given["accounts"], `${at}: options.accounts`, (value, at) => encode.list(value, at, encode.text)),
      instance: encode.optional(given["instance"], `${at}: options.instance`, encodeSimInstance),
      home: encode.optional(given["home"], `${at}: options.home`, encode.path),
      port: encode.maybe(given["port"], `${at}: options.port`, encode.int),
      starting_at: encode.optional(given["startingAt"], `${at}: options.startingAt`, encode.time),
      access_token_ttl: encode.optional(given["accessTokenTtl"], `${at}: options.accessTokenTtl`, encode.duration),
      duplicate_window: encode.optional(given["duplicateWindow"], `${at}: options.duplicateWindow`, encode.duration),
      limits: encode.maybe(given["limits"], `${at}: options.limits`, (value, at) => encode.list(value, at, encodeRateLimit)),
    };
    return new Sim(await Bound.opening("Sim.start", params, signal));
  }

  /** The base URL of the simulated API. */
  url(): string {
    const params = {};
    return (this.#bound.now("Sim.url", params)) as string;
  }

  /** What was really posted, oldest first, deleted posts included. */
  ledger(): readonly LedgerEntry[] {
    const params = {};
    const answer = (this.#bound.now("Sim.ledger", params)) as readonly Wire.LedgerEntry[];
    return answer.map(decodeLedgerEntry);
  }

  /** Every API request that was received in full since the start, oldest first. */
  requests(): readonly RecordedRequest[] {
    const params = {};
    const answer = (this.#bound.now("Sim.requests", params)) as readonly Wire.RecordedRequest[];
    return answer.map(decodeRecordedRequest);
  }

  /**
   * The platform's id of the account with this handle.
   *
   * @param handle - The handle, after the platform if that is not X: `bluesky:ada.test`.
   */
  accountId(handle: string): string | null {
    const at = "Sim.accountId";
    const params = {
      handle: encode.text(handle, `${at}: handle`),
    };
    return (this.#bound.now("Sim.account_id", params)) as string | null;
  }

  /**
   * Plays a human who opens the address, is logged in as `handle`, and consents. Answers the address that the browser
   * would be sent back to.
   *
   * @param authorizeUrl - The address that `connect` gave.
   * @param handle - Who consents: the handle, after the platform if that is not X.
   * @param options - What may be left out.
   */
  async consentUrlApprove(authorizeUrl: string, handle: string, options?: Abortable): Promise<string> {
    const at = "Sim.consentUrlApprove";
    const given = optionsOf(options, at, NONE);
    const signal = signalOf(given, at);
    const params = {
      authorize_url: encode.text(authorizeUrl, `${at}: authorizeUrl`),
      handle: encode.text(handle, `${at}: handle`),
    };
    return (await this.#bound.call("Sim.consent_url_approve", params, signal)) as string;
  }

  /**
   * Sets one more fault.
   *
   * @param kind - What happens.
   * @param options - What may be left out.
   */
  setFault(kind: FaultKind, options?: SimSetFaultOptions): void {
    const at = "Sim.setFault";
    const given = optionsOf(options, at, SIM_SET_FAULT_OPTIONS);
    const params = {
      kind: encode.word(kind, `${at}: kind`, FAULT_KIND),
      route: encode.optional(given["route"], `${at}: options.route`, encode.text),
      platform: encode.optional(given["platform"], `${at}: options.platform`, encode.text),
      account: encode.optional(given["account"], `${at}: options.account`, encode.text),
      skip: encode.maybe(given["skip"], `${at}: options.skip`, encode.int),
      times: encode.optional(given["times"], `${at}: options.times`, encode.int),
      ms: encode.optional(given["ms"], `${at}: options.ms`, encode.int),
      code: encode.optional(given["code"], `${at}: options.code`, encode.int),
      body: encode.maybe(given["body"], `${at}: options.body`, json),
      legacy: encode.optional(given["legacy"], `${at}: options.legacy`, encode.bool),
      reset_secs: encode.optional(given["resetSecs"], `${at}: options.resetSecs`, encode.int),
      lookups: encode.optional(given["lookups"], `${at}: options.lookups`, encode.bool),
    };
    this.#bound.now("Sim.set_fault", params);
  }

  /** The faults that are set and not used up. */
  faults(): readonly Fault[] {
    const params = {};
    const answer = (this.#bound.now("Sim.faults", params)) as readonly Wire.Fault[];
    return answer.map(decodeFault);
  }

  /** Removes all faults. */
  clearFaults(): void {
    const params = {};
    this.#bound.now("Sim.clear_faults", params);
  }

  /**
   * Sets a rate limit, in place of the one for the same route, sharing and window.
   *
   * @param route - The route's name, for example `posts.create`: X's. On other platforms with the platform before it,
   * and the names that the platform counts by: `bluesky:writes`, `mastodon:media.upload`.
   * @param per - Who shares the window.
   * @param windowSecs - The length of the window in seconds. On X a day or more is reported in the
   * `x-{user,app}-limit-24hour-*` headers, anything shorter in `x-rate-limit-*`.
   * @param limit - How many requests it takes; for `bluesky:writes`, how many points.
   */
  setLimit(route: string, per: Per, windowSecs: number, limit: number): void {
    const at = "Sim.setLimit";
    const params = {
      route: encode.text(route, `${at}: route`),
      per: encode.word(per, `${at}: per`, PER),
      window_secs: encode.int(windowSecs, `${at}: windowSecs`),
      limit: encode.int(limit, `${at}: limit`),
    };
    this.#bound.now("Sim.set_limit", params);
  }

  /**
   * Tokens of an account for an app, without the way through consent.
   *
   * @param clientId - The app.
   * @param handle - The account.
   * @param scopes - The scopes; the refresh token comes with `offline.access` only.
   */
  issueTokens(clientId: string, handle: string, scopes: readonly string[]): Tokens {
    const at = "Sim.issueTokens";
    const params = {
      client_id: encode.text(clientId, `${at}: clientId`),
      handle: encode.text(handle, `${at}: handle`),
      scopes: encode.list(scopes, `${at}: scopes`, encode.text),
    };
    const answer = (this.#bound.now("Sim.issue_tokens", params)) as Wire.Tokens;
    return decodeTokens(answer);
  }

  /**
   * Publishes a post as the account's owner does, past all apps.
   *
   * @param handle - The account.
   * @param text - What it says.
   */
  publishElsewhere(handle: string, text: string): void {
    const at = "Sim.publishElsewhere";
    const params = {
      handle: encode.text(handle, `${at}: handle`),
      text: encode.text(text, `${at}: text`),
    };
    this.#bound.now("Sim.publish_elsewhere", params);
  }

  /**
   * Edits a post as the account's owner does, past all apps.
   *
   * @param id - The platform's id of the post.
   * @param text - What it says now.
   */
  editElsewhere(id: string, text: string): void {
    const at = "Sim.editElsewhere";
    const params = {
      id: encode.text(id, `${at}: id`),
      text: encode.text(text, `${at}: text`),
    };
    this.#bound.now("Sim.edit_elsewhere", params);
  }

  /**
   * Deletes a post as the account's owner does, past all apps.
   *
   * @param id - The platform's id of the post.
   */
  deleteElsewhere(id: string): void {
    const at = "Sim.deleteElsewhere";
    const params = {
      id: encode.text(id, `${at}: id`),
    };
    this.#bound.now("Sim.delete_elsewhere", params);
  }

  /**
   * Stops the simulator and waits until its socket is closed and its home is free.
   *
   * @param options - What may be left out.
   */
  async stop(options?: Abortable): Promise<void> {
    const at = "Sim.stop";
    const given = optionsOf(options, at, NONE);
    const signal = signalOf(given, at);
    const params = {};
    try {
      await this.#bound.call("Sim.stop", params, signal);
    } finally {
      this.ended();
    }
  }

  /** `await using` ends with `stop`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}
