// Written by `cargo xtask gen` from xmp-surface/surface.json. Not to be changed by hand.

import type { PublishedRefInit, Queue, SeriesDetails } from "./types.js";
import type { Fold, Gap } from "./words.js";

/** Whether the same thing may be tried again. */
export type Retry =
  /** It would fail again. */
  | { readonly kind: "never" }
  /** It may work after this time (zero: at once). */
  | { readonly kind: "after"; readonly after: number }
  /** It was retried, and still failed. */
  | { readonly kind: "exhausted" };

/** Makes {@link Retry}. */
export const Retry = {
  /** It would fail again. */
  never(): Retry {
    return { kind: "never" };
  },
  /**
   * It may work after this time (zero: at once).
   * @param after - In milliseconds.
   */
  after(after: number): Retry {
    return { kind: "after", after };
  },
  /** It was retried, and still failed. */
  exhausted(): Retry {
    return { kind: "exhausted" };
  },
} as const;

/** When, as the caller says it. */
export type When =
  /** At once. */
  | { readonly kind: "now" }
  /** At a moment. */
  | { readonly kind: "at"; readonly at: Date }
  /** At a local time (`2026-12-24T09:00`) in an IANA zone (`Europe/Berlin`). */
  | { readonly kind: "local"; readonly civil: string; readonly zone: string; readonly gap: Gap; readonly fold: Fold };

/** Makes {@link When}. */
export const When = {
  /** At once. */
  now(): When {
    return { kind: "now" };
  },
  /** At a moment. */
  at(at: Date): When {
    return { kind: "at", at };
  },
  /**
   * At a local time (`2026-12-24T09:00`) in an IANA zone (`Europe/Berlin`).
   * @param civil - The civil date and time, without an offset.
   * @param zone - The name of the zone.
   * @param options.gap - If the zone skips it. Default: `"refuse"`.
   * @param options.fold - If the zone has it twice. Default: `"refuse"`.
   */
  local(civil: string, zone: string, options: { readonly gap?: Gap | undefined; readonly fold?: Fold | undefined } = {}): When {
    return { kind: "local", civil, zone, gap: options.gap ?? "refuse", fold: options.fold ?? "refuse" };
  },
} as const;

/** What a person has found out about a held part. */
export type Resolution =
  /** It is live, there. */
  | { readonly kind: "live"; readonly live: PublishedRefInit }
  /** It is not live: send it again. */
  | { readonly kind: "resend" }
  /** Leave it. */
  | { readonly kind: "abandon" };

/** Makes {@link Resolution}. */
export const Resolution = {
  /** It is live, there. */
  live(live: PublishedRefInit): Resolution {
    return { kind: "live", live };
  },
  /** It is not live: send it again. */
  resend(): Resolution {
    return { kind: "resend" };
  },
  /** Leave it. */
  abandon(): Resolution {
    return { kind: "abandon" };
  },
} as const;

/** What a plan is. */
export type PlanKind =
  /** A series. */
  | { readonly kind: "series"; readonly series: SeriesDetails }
  /** A queue. */
  | { readonly kind: "queue"; readonly queue: Queue };

/** Makes {@link PlanKind}. */
export const PlanKind = {
  /** A series. */
  series(series: SeriesDetails): PlanKind {
    return { kind: "series", series };
  },
  /** A queue. */
  queue(queue: Queue): PlanKind {
    return { kind: "queue", queue };
  },
} as const;
