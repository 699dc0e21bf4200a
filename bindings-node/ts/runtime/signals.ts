// Listening to signals.

interface Listening {
  readonly actions: Set<() => void>;
  readonly listener: () => void;
}

const listening = new WeakMap<AbortSignal, Listening>();

/**
 * Has `action` done when the signal is aborted, until what this gives is called. A signal has one listener, however many
 * calls it may end: Node warns of the eleventh as of a leak.
 */
export function onAbort(signal: AbortSignal, action: () => void): () => void {
  const { actions, listener } = listening.get(signal) ?? listenTo(signal);
  actions.add(action);
  return () => {
    actions.delete(action);
    if (actions.size === 0) {
      signal.removeEventListener("abort", listener);
      listening.delete(signal);
    }
  };
}

function listenTo(signal: AbortSignal): Listening {
  const actions = new Set<() => void>();
  const listener = (): void => {
    for (const action of actions) {
      action();
    }
  };
  // A listener of its own: `signal.onabort` belongs to the caller.
  signal.addEventListener("abort", listener);
  const made = { actions, listener };
  listening.set(signal, made);
  return made;
}
