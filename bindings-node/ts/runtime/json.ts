// Values that JSON can say.

import { text } from "./encode.js";
import { wrong } from "./show.js";

/** Anything that JSON can say. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/** What is nested deeper, Rust does not read. */
const DEEPEST = 100;

/** Refuses what JSON.stringify would leave out, change, or end in a bad error with. */
export function json(value: unknown, at: string, depth = 0): Json {
  if (depth > DEEPEST) {
    throw new TypeError(`${at.slice(0, 60)}… is nested over ${String(DEEPEST)} levels deep, or within itself`);
  }
  if (value === null || typeof value === "boolean") {
    return value;
  }
  if (typeof value === "string") {
    return text(value, at);
  }
  if (typeof value === "number" && Number.isFinite(value)) {
    return value;
  }
  if (Array.isArray(value)) {
    return Array.from(value as readonly unknown[], (one, index) => json(one, `${at}[${String(index)}]`, depth + 1));
  }
  if (Object.prototype.toString.call(value) !== "[object Object]") {
    throw wrong(at, "a value that JSON can say", value);
  }
  const fields = Object.create(null) as Record<string, Json>;
  for (const [name, one] of Object.entries(value as Record<string, unknown>)) {
    fields[text(name, `${at}, a name within,`)] = json(one, `${at}[${JSON.stringify(name)}]`, depth + 1);
  }
  return fields;
}
