// Plain values on their way to Rust, each checked: `at` says which argument of which method it is.

import { types } from "node:util";
import { fileURLToPath } from "node:url";

import { wrong } from "./show.js";

export function text(value: unknown, at: string): string {
  if (typeof value !== "string") {
    throw wrong(at, "a string", value);
  }
  if (!value.isWellFormed()) {
    throw new TypeError(`${at} has to be well-formed Unicode; half of a surrogate pair stands in it`);
  }
  return value;
}

export function int(value: unknown, at: string): number {
  if (!Number.isSafeInteger(value) || (value as number) < 0) {
    throw wrong(at, "a whole number, from 0 to 2 ** 53 - 1", value);
  }
  return value as number;
}

export function bool(value: unknown, at: string): boolean {
  if (typeof value !== "boolean") {
    throw wrong(at, "true or false", value);
  }
  return value;
}

/** What RFC 3339 can say. */
const FIRST = Date.parse("0000-01-01T00:00:00Z");
const LAST = Date.parse("9999-12-31T23:59:59.999Z");

export const isDate = types.isDate;

export function time(value: unknown, at: string): string {
  if (!isDate(value)) {
    throw wrong(at, "a Date", value);
  }
  const moment = value.getTime();
  if (Number.isNaN(moment)) {
    throw new TypeError(`${at} has to be a valid Date; an invalid one was given: what it was made of is no date`);
  }
  if (moment < FIRST || moment > LAST) {
    throw new TypeError(`${at} has to be a Date of the years 0 to 9999; ${value.toISOString()} was given`);
  }
  return value.toISOString();
}

/** Milliseconds, as seconds and nanoseconds. */
export function duration(value: unknown, at: string): { secs: number; nanos: number } {
  if (typeof value !== "number" || !(value >= 0 && value <= Number.MAX_SAFE_INTEGER)) {
    throw wrong(at, "a number of milliseconds, from 0 to 2 ** 53 - 1", value);
  }
  const secs = Math.floor(value / 1000);
  // Rounding may not carry into the seconds.
  return { secs, nanos: Math.min(Math.round((value - secs * 1000) * 1e6), 999_999_999) };
}

export function path(value: unknown, at: string): string {
  if (value instanceof URL) {
    if (value.protocol !== "file:") {
      throw new TypeError(`${at} has to be a path, or a file: URL; a URL of ${value.protocol} was given`);
    }
    return fileURLToPath(value);
  }
  if (typeof value !== "string") {
    throw wrong(at, "a path (a string, or a file: URL)", value);
  }
  return text(value, at);
}

/** Bytes go beside the parameters, where their place in the list stands for them. */
export function attachment(value: unknown, at: string, attachments: Uint8Array[]): number {
  if (!types.isUint8Array(value)) {
    throw wrong(at, "bytes (a Uint8Array, such as a Buffer)", value);
  }
  return attachments.push(value) - 1;
}

export function list<T>(value: unknown, at: string, item: (value: unknown, at: string) => T): T[] {
  if (!Array.isArray(value)) {
    throw wrong(at, "an array", value);
  }
  // Not `map`: it would pass over the holes of an array.
  return Array.from(value as readonly unknown[], (one, index) => item(one, `${at}[${String(index)}]`));
}

export function word(value: unknown, at: string, words: ReadonlySet<string>): string {
  if (typeof value !== "string" || !words.has(value)) {
    throw wrong(at, `one of ${[...words].map((one) => JSON.stringify(one)).join(", ")}`, value);
  }
  return value;
}

/** Something by names. */
export function map<T>(value: unknown, at: string, item: (value: unknown, at: string) => T): Record<string, T> {
  if (Object.prototype.toString.call(value) !== "[object Object]") {
    throw wrong(at, "an object", value);
  }
  // Without a prototype, so that `__proto__` is a name like any other.
  const items = Object.create(null) as Record<string, T>;
  for (const [name, one] of Object.entries(value as Record<string, unknown>)) {
    items[text(name, `${at}, a name within,`)] = item(one, `${at}[${JSON.stringify(name)}]`);
  }
  return items;
}

/** What may be left out: Rust fills in the default. */
export function maybe<T>(value: unknown, at: string, encode: (value: unknown, at: string) => T): T | undefined {
  return value === undefined ? undefined : encode(value, at);
}

/** What may be left out or nothing, which is the same. */
export function optional<T>(value: unknown, at: string, encode: (value: unknown, at: string) => T): T | undefined {
  return value === undefined || value === null ? undefined : encode(value, at);
}
