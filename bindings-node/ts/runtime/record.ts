// Objects with known fields, as callers give them.

import { wrong } from "./show.js";

type Fields = Readonly<Record<string, unknown>>;

const EMPTY: Fields = Object.freeze({});

/** An object that has none but these fields: a misspelt name would otherwise be passed over in silence. */
export function record(value: unknown, at: string, names: ReadonlySet<string>): Fields {
  // A promise that nobody awaited, a Map or a Date is an object too, and would look like one without fields.
  if (Object.prototype.toString.call(value) !== "[object Object]") {
    throw wrong(at, "an object", value);
  }
  for (const name of Object.keys(value as object)) {
    if (!names.has(name)) {
      const known = names.size === 0 ? "it has none" : `it has ${[...names].join(", ")}`;
      throw new TypeError(`${at} has no field ${JSON.stringify(name)}: ${known}`);
    }
  }
  return value as Fields;
}

/** The names of the options of a method that has none of its own. */
export const NONE: ReadonlySet<string> = new Set(["signal"]);

/** The trailing options of a method, which may be left out. */
export function optionsOf(value: unknown, at: string, names: ReadonlySet<string>): Fields {
  return value === undefined ? EMPTY : record(value, `${at}: options`, names);
}

/** What ends a call early. */
export interface Abortable {
  /**
   * Ends the call early. It then rejects with a {@link CancelledError} whose `name` is `"AbortError"`, whose `cause` is
   * the signal's reason, and whose `certainty` says what may have happened on the platform by then. A call that is over
   * already gives what it got.
   */
  readonly signal?: AbortSignal | undefined;
}

/** The signal among the options. */
export function signalOf({ signal }: Fields, at: string): AbortSignal | undefined {
  // Not `instanceof`: there are signals of other realms.
  const like = signal as Partial<AbortSignal> | null | undefined;
  if (signal !== undefined && (typeof like?.aborted !== "boolean" || typeof like.addEventListener !== "function")) {
    throw wrong(`${at}: options.signal`, "an AbortSignal", signal);
  }
  return signal as AbortSignal | undefined;
}

/** The word that says which form a value has. */
export function form(value: unknown, at: string, words: readonly string[]): Fields & { readonly kind: string } {
  const kinds = `an object whose kind is one of ${words.map((one) => JSON.stringify(one)).join(", ")}`;
  if (Object.prototype.toString.call(value) !== "[object Object]") {
    throw wrong(at, kinds, value);
  }
  const { kind } = value as { kind?: unknown };
  if (typeof kind !== "string" || !words.includes(kind)) {
    throw wrong(`${at}.kind`, `one of ${words.map((one) => JSON.stringify(one)).join(", ")}`, kind);
  }
  return value as Fields & { readonly kind: string };
}
