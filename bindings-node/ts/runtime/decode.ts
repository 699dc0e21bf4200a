// Plain values on their way from Rust.

import { inspect } from "node:util";

/** A length of time, as Rust has it. */
export interface WireDuration {
  readonly secs: number;
  readonly nanos: number;
}

/** In milliseconds. */
export function duration({ secs, nanos }: WireDuration): number {
  return secs * 1000 + nanos / 1e6;
}

/** Hides fields from logs; programs, `JSON.stringify` among them, see them. */
export function redacted<T extends object>(value: T, names: readonly (keyof T & string)[]): T {
  const shown = (): object => ({ ...value, ...Object.fromEntries(names.map((name) => [name, "[redacted]"])) });
  return Object.defineProperty(value, inspect.custom, { value: shown });
}
