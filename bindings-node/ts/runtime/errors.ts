// Errors as they come from Rust.

import { decodeFailure } from "../generated/decode.js";
import { CLASSES } from "../generated/error-classes.js";
import type { Failure } from "../generated/types.js";
import type * as Wire from "../generated/wire.js";
import type { XmpErrorBase } from "./error-base.js";

/** The error that a call ended with. */
export function failed(json: string, signal: AbortSignal | undefined): XmpErrorBase {
  const failure = decodeFailure(JSON.parse(json) as Wire.Failure);
  if (failure.kind === "cancelled" && signal?.aborted === true) {
    return cancelled(failure, signal.reason);
  }
  return new CLASSES[failure.kind](failure, chain(failure.causes));
}

/** The error of a call whose signal was aborted before it began. */
export function aborted(operation: string, reason: unknown): XmpErrorBase {
  const code = "call.aborted";
  const failure: Failure = {
    kind: "cancelled",
    code,
    message: `${operation}: the signal was aborted before the call began: nothing was done`,
    retry: { kind: "never" },
    certainty: "not_sent",
    severity: "info",
    fingerprint: `-:${operation}:cancelled:${code}`,
    platform: null,
    operation,
    requestId: null,
    correlationId: null,
    problems: [],
    causes: [],
  };
  return cancelled(failure, reason);
}

/** As fetch and the rest of Node name what a signal has ended: most programs ask for that name. */
function cancelled(failure: Failure, reason: unknown): XmpErrorBase {
  const error = new CLASSES.cancelled(failure, reason);
  return Object.defineProperty(error, "name", { value: "AbortError" });
}

/** The causes as `cause` of each other. They have no stack of their own: they are of Rust. */
function chain([nearest, ...others]: readonly string[]): Error | undefined {
  if (nearest === undefined) {
    return undefined;
  }
  const error = new Error(nearest, { cause: chain(others) });
  return Object.defineProperty(error, "stack", { value: `Error: ${nearest}` });
}
