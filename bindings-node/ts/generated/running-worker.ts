// Written by `cargo xtask gen` from xmp-surface/surface.json. Not to be changed by hand.

import { Bound } from "../runtime/bound.js";
import { optionsOf, signalOf } from "../runtime/record.js";
import { Server } from "../runtime/thing.js";
import * as encode from "../runtime/encode.js";
import { RUNNING_WORKER_STOP_OPTIONS } from "./encode.js";
import type { RunningWorkerStopOptions } from "./options.js";

/** A worker in the background: it publishes what is due until it is stopped, or its engine is closed. */
export class RunningWorker extends Server {
  readonly #bound: Bound;

  /** Not for programs: see the methods that give one. */
  constructor(bound: Bound) {
    super(bound);
    this.#bound = bound;
  }

  /**
   * Takes nothing new, finishes what is in flight, and ends.
   *
   * @param options - What may be left out.
   */
  async stop(options?: RunningWorkerStopOptions): Promise<void> {
    const at = "RunningWorker.stop";
    const given = optionsOf(options, at, RUNNING_WORKER_STOP_OPTIONS);
    const signal = signalOf(given, at);
    const params = {
      within: encode.optional(given["within"], `${at}: options.within`, encode.duration),
    };
    try {
      await this.#bound.call("RunningWorker.stop", params, signal);
    } finally {
      this.ended();
    }
  }

  /** `await using` ends with `stop`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}
