/// <reference lib="esnext.disposable" preserve="true" />
// What a program imports. It is one implementation, in CommonJS, which ES modules import by name: an error or a draft is an
// instance of the same class however a program got at it.

export * from "./generated/errors.js";
export * from "./generated/manual-clock.js";
export type * from "./generated/options.js";
export * from "./generated/running-worker.js";
export * from "./generated/sim.js";
export * from "./generated/tagged.js";
export type * from "./generated/types.js";
export type * from "./generated/words.js";
export * from "./generated/xmp.js";
export { Draft } from "./runtime/draft.js";
export type { Json } from "./runtime/json.js";
export type { Abortable } from "./runtime/record.js";
export type { Within } from "./runtime/thing.js";
