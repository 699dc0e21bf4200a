// A worker's process in Node: works until it is hit, or the judge is gone.

import { once } from "node:events";
import { setTimeout } from "node:timers/promises";

// The judge says where the package is.
const { StorageError, Xmp } = await import(process.env.XMP_SDK);
const orders = JSON.parse(process.argv[2]);
const { windows, server } = orders;
const opening = () => Xmp.open({
  sqlite: orders.place.sqlite,
  postgres: orders.place.postgres,
  sealKey: orders.key,
  x: {
    clientId: "storm",
    clientSecret: "storm-client-secret",
    baseUrl: server,
    settle: windows.settle,
    commitTimeout: windows.commit,
  },
  bluesky: { service: server, settle: windows.bluesky_settle, commitTimeout: windows.commit },
});

/** The engine, as soon as its store is there: see `open_patiently` of the judge's own workers. */
async function opened() {
  for (;;) {
    try {
      return await opening();
    } catch (error) {
      if (!(error instanceof StorageError)) {
        throw error;
      }
      await setTimeout(20);
    }
  }
}

const engine = await opened();
await engine.startWorker({
  leaseFor: windows.lease,
  poll: windows.poll,
  retry: { backoff: { base: windows.backoff_base, cap: windows.backoff_cap } },
  look: { looks: windows.looks, every: windows.look_every },
});
// The judge holds the other end, and says nothing.
process.stdin.resume();
await once(process.stdin, "end");
process.exit(0);
