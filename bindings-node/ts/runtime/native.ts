// The add-on: what Rust gives. Nothing of it is public.

import { createRequire } from "node:module";
import { join } from "node:path";

declare const opaque: unique symbol;

/** An engine, a worker, a simulator or a clock of Rust. */
export interface Handle {
  readonly [opaque]: never;
}

/** How a call ended. */
export interface Outcome {
  readonly id: number;
  readonly failed: boolean;
  /** The answer, or the failure. */
  readonly json: string;
  /** What was opened. */
  readonly handle?: Handle;
}

/** The calls of this thread. */
export interface Bridge {
  begin(
    handle: Handle | undefined,
    operation: string,
    params: string,
    attachments: readonly Uint8Array[],
    options: string,
  ): number;
  now(handle: Handle | undefined, operation: string, params: string): Outcome;
  cancel(id: number): void;
  fetch(): Outcome[];
}

interface Native {
  readonly Bridge: new (wake: () => void) => Bridge;
}

const FILE = join(__dirname, "..", "..", "xmp-sdk.node");

function load(): Native {
  try {
    return createRequire(__filename)(FILE) as Native;
  } catch (cause) {
    throw new Error(`xmp-sdk cannot load its native part, ${FILE}: build it with \`npm run build\` (it needs Rust)`, {
      cause,
    });
  }
}

export const native = load();
