// Written by `cargo xtask gen` from xmp-surface/surface.json. Not to be changed by hand.

import { Bound } from "../runtime/bound.js";
import { Thing } from "../runtime/thing.js";
import * as encode from "../runtime/encode.js";
/** A clock that stands still until it is moved: for tests. */
export class ManualClock extends Thing {
  readonly #bound: Bound;

  /**
   * A clock that stands still until it is moved: for tests.
   *
   * @param now - The time that it shows.
   */
  constructor(now: Date) {
    const at = "ManualClock.new";
    const params = {
      now: encode.time(now, `${at}: now`),
    };
    const bound = Bound.openingNow("ManualClock.new", params);
    super(bound);
    this.#bound = bound;
  }

  /** The time that it shows. */
  now(): Date {
    const params = {};
    const answer = (this.#bound.now("ManualClock.now", params)) as string;
    return new Date(answer);
  }

  /**
   * Moves the clock forward and wakes whoever slept until then.
   *
   * @param by - How far. In milliseconds.
   */
  advance(by: number): void {
    const at = "ManualClock.advance";
    const params = {
      by: encode.duration(by, `${at}: by`),
    };
    this.#bound.now("ManualClock.advance", params);
  }

  /**
   * Sets the time of day alone, as an administrator or a time server does. Deadlines don't move.
   *
   * @param now - The time of day.
   */
  stepTo(now: Date): void {
    const at = "ManualClock.stepTo";
    const params = {
      now: encode.time(now, `${at}: now`),
    };
    this.#bound.now("ManualClock.step_to", params);
  }
}
