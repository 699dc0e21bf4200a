// The class above all errors of xmp.

import type { Failure, Problem } from "../generated/types.js";
import type { Retry } from "../generated/tagged.js";
import type { Certainty, ErrorKind, Severity } from "../generated/words.js";

/** What every error of xmp has. See {@link XmpError}. */
export class XmpErrorBase<K extends ErrorKind = ErrorKind> extends Error {
  /** What went wrong. */
  readonly kind: K;
  /** The case within the kind, stable between versions. */
  readonly code: string;
  /** Whether and when to try again. */
  readonly retry: Retry;
  /** What is certain about the outside world, where a request was to be made. */
  readonly certainty: Certainty | null;
  /** How bad it is. */
  readonly severity: Severity;
  /** Groups equal errors: platform, operation, kind and code, never a value. */
  readonly fingerprint: string;
  /** The platform that it happened on. */
  readonly platform: string | null;
  /** The operation that it happened in, such as `posts.create`. */
  readonly operation: string | null;
  /** The platform's own id of the request. */
  readonly requestId: string | null;
  /** The id of the call that met it. */
  readonly correlationId: string | null;
  /** Every problem that was found, where something was checked. */
  readonly problems: readonly Problem[];
  /** What caused it, the nearest cause first; also as a chain of `cause`. */
  readonly causes: readonly string[];

  /** Not for programs: errors come from calls. */
  constructor(failure: Failure, cause?: unknown) {
    super(failure.message, cause === undefined ? undefined : { cause });
    // Each class is made for failures of its kind alone.
    this.kind = failure.kind as K;
    this.code = failure.code;
    this.retry = failure.retry;
    this.certainty = failure.certainty;
    this.severity = failure.severity;
    this.fingerprint = failure.fingerprint;
    this.platform = failure.platform;
    this.operation = failure.operation;
    this.requestId = failure.requestId;
    this.correlationId = failure.correlationId;
    this.problems = failure.problems;
    this.causes = failure.causes;
  }

  /** For logs: `JSON.stringify` leaves an error's message out. */
  toJSON(): object {
    const { name, message } = this;
    return Object.assign({}, this, { name, message });
  }
}
