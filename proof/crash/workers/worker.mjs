// A worker's process in Node: works until it is hit, or the judge is gone.

import { once } from "node:events";

// The judge says where the package is.
const { Xmp } = await import(process.env.XMP_SDK);
const orders = JSON.parse(process.argv[2]);
const { windows, server } = orders;
const engine = await Xmp.open({
  sqlite: orders.place.sqlite,
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
