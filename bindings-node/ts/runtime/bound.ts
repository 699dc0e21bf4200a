// What an object of the surface is made of.

import * as bridge from "./bridge.js";
import type { Server } from "./thing.js";

/** A thing of Rust, and what goes along with each call on it. */
export class Bound {
  readonly #handle: bridge.Handle | undefined;
  readonly #context: string;
  /** What was started through the same engine, and runs. */
  readonly servers: Set<Server>;

  constructor(handle: bridge.Handle | undefined, context = "{}", servers = new Set<Server>()) {
    this.#handle = handle;
    this.#context = context;
    this.servers = servers;
  }

  /** The same thing, with this going along. */
  within(context: object): Bound {
    const both: unknown = { ...(JSON.parse(this.#context) as object), ...context };
    return new Bound(this.#handle, JSON.stringify(both), this.servers);
  }

  /** An answer as it came. */
  async call(
    operation: string,
    params: object,
    signal: AbortSignal | undefined,
    attachments: readonly Uint8Array[] = [],
  ): Promise<unknown> {
    return answer(await this.#call(operation, params, signal, attachments));
  }

  now(operation: string, params: object): unknown {
    return answer(bridge.now(this.#handle, operation, params));
  }

  /** What an operation opens out of nothing, or by the help of `by`: the beginning of a family. */
  static async opening(operation: string, params: object, signal: AbortSignal | undefined, by = NOTHING): Promise<Bound> {
    return new Bound((await by.#call(operation, params, signal, [])).handle);
  }

  static openingNow(operation: string, params: object): Bound {
    return new Bound(bridge.now(undefined, operation, params).handle);
  }

  /** What an operation opens through this. */
  async open(operation: string, params: object, signal: AbortSignal | undefined): Promise<Bound> {
    return this.#opened(await this.#call(operation, params, signal, []));
  }

  openNow(operation: string, params: object): Bound {
    return this.#opened(bridge.now(this.#handle, operation, params));
  }

  #call(
    operation: string,
    params: object,
    signal: AbortSignal | undefined,
    attachments: readonly Uint8Array[],
  ): Promise<bridge.Outcome> {
    const [handle, context] = [this.#handle, this.#context];
    return bridge.call({ handle, operation, params, attachments, context, signal });
  }

  #opened(outcome: bridge.Outcome): Bound {
    return new Bound(outcome.handle, this.#context, this.servers);
  }

  /** It is closed, and what was started through it has ended. */
  ended(): void {
    for (const server of this.servers) {
      server.ended();
    }
  }
}

/** What operations are called on that open something. */
const NOTHING = new Bound(undefined);

function answer(outcome: bridge.Outcome): unknown {
  return JSON.parse(outcome.json);
}
