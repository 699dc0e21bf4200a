// Calls into Rust, and how they come back.

import * as alive from "./alive.js";
import { aborted, failed } from "./errors.js";
import { native, type Handle, type Outcome } from "./native.js";
import { onAbort } from "./signals.js";

export type { Handle, Outcome } from "./native.js";

const waiting = new Map<number, (outcome: Outcome) => void>();

const bridge = new native.Bridge(() => {
  for (const outcome of bridge.fetch()) {
    waiting.get(outcome.id)?.(outcome);
  }
});

/** A call on its way. */
export interface Call {
  readonly handle: Handle | undefined;
  /** Its name in the table. */
  readonly operation: string;
  readonly params: object;
  readonly attachments: readonly Uint8Array[];
  /** `CallOptions` as JSON. */
  readonly context: string;
  readonly signal: AbortSignal | undefined;
}

/**
 * Makes a call that may wait. The error is thrown here and not where the outcome arrives, so that its stack shows who
 * called.
 */
export async function call({ handle, operation, params, attachments, context, signal }: Call): Promise<Outcome> {
  if (signal?.aborted === true) {
    throw aborted(operation, signal.reason);
  }
  const id = bridge.begin(handle, operation, JSON.stringify(params), attachments, context);
  const unlisten = signal && onAbort(signal, () => {
    bridge.cancel(id);
  });
  alive.hold();
  let outcome;
  try {
    outcome = await new Promise<Outcome>((resolve) => waiting.set(id, resolve));
  } finally {
    waiting.delete(id);
    alive.release();
    unlisten?.();
  }
  return checked(outcome, signal);
}

/** Makes a call that never waits. */
export function now(handle: Handle | undefined, operation: string, params: object): Outcome {
  return checked(bridge.now(handle, operation, JSON.stringify(params)), undefined);
}

function checked(outcome: Outcome, signal: AbortSignal | undefined): Outcome {
  if (outcome.failed) {
    throw failed(outcome.json, signal);
  }
  return outcome;
}
