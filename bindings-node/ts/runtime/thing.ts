// The base classes of the generated ones.

import * as alive from "./alive.js";
import { Bound } from "./bound.js";
import { duration, text } from "./encode.js";
import { record } from "./record.js";
import { wrong } from "./show.js";

const BOUND = new WeakMap<Thing, Bound>();

/** What Rust holds and a program uses. */
export abstract class Thing {
  /** Not for programs: things come from the methods that open them. */
  constructor(bound: Bound) {
    // A program in plain JavaScript gets as far as this.
    if (!((bound as unknown) instanceof Bound)) {
      throw new TypeError(`${new.target.name} has no public constructor: see the methods that give one`);
    }
    BOUND.set(this, bound);
  }
}

/** What a thing that was given as an argument is made of. */
export function boundOf(value: unknown, of: new (...args: never) => Thing, at: string): Bound | undefined {
  if (value === undefined) {
    return undefined;
  }
  const bound = value instanceof of ? BOUND.get(value) : undefined;
  if (bound === undefined) {
    throw wrong(at, `a ${of.name}`, value);
  }
  return bound;
}

/** Keeps what runs from being collected: nobody has to hold on to a worker for it to go on. */
const running = new Set<Server>();

/** What runs until it is stopped, and keeps the process alive until then, as a server of `node:http` does. */
export abstract class Server extends Thing {
  readonly #family: Set<Server>;
  #holds = true;

  constructor(bound: Bound) {
    super(bound);
    this.#family = bound.servers;
    this.#family.add(this);
    running.add(this);
    alive.hold();
  }

  /** The process does not end while it runs: so it begins. */
  ref(): this {
    if (!this.#holds && running.has(this)) {
      this.#holds = true;
      alive.hold();
    }
    return this;
  }

  /** The process may end while it runs. What is in flight then is made good by the next process. */
  unref(): this {
    if (this.#holds) {
      this.#holds = false;
      alive.release();
    }
    return this;
  }

  /** @internal */
  ended(): void {
    this.unref();
    running.delete(this);
    this.#family.delete(this);
  }
}

/** What goes along with calls. */
export interface Within {
  /** Goes on with a trace: a `traceparent` header. */
  readonly traceparent?: string | undefined;
  /** Ties the calls to an earlier one: 32 hexadecimal digits. */
  readonly correlationId?: string | undefined;
  /** The person or program behind the calls. */
  readonly actor?: string | undefined;
  /** The requests that a call causes end after so many milliseconds, with a {@link TimeoutError}. */
  readonly timeout?: number | undefined;
}

const WITHIN = new Set(["traceparent", "correlationId", "actor", "timeout"]);

/** What `within` takes, as Rust has it. */
export function encodeWithin(given: unknown): object {
  const at = "Xmp.within";
  const from = record(given, `${at}: options`, WITHIN);
  const context: Record<string, unknown> = {};
  if (from["traceparent"] !== undefined) context["traceparent"] = text(from["traceparent"], `${at}: traceparent`);
  if (from["correlationId"] !== undefined) context["correlation_id"] = text(from["correlationId"], `${at}: correlationId`);
  if (from["actor"] !== undefined) context["actor"] = text(from["actor"], `${at}: actor`);
  if (from["timeout"] !== undefined) context["timeout"] = duration(from["timeout"], `${at}: timeout`);
  return context;
}
