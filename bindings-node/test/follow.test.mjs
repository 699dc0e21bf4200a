// Following the event log: each event at least once, from where the consumer stood.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Xmp } from "xmp-sdk";

test("a consumer goes on where it stood", async () => {
  const xmp = await Xmp.open();
  for (const why of ["one", "two", "three"]) {
    await xmp.stopSending("all", why);
    await xmp.resumeSending("all");
  }
  const seen = [];
  for await (const event of xmp.consumers.stream("audit", { limit: 2 })) {
    seen.push(event.sequence);
    if (seen.length === 4) break;
  }
  const again = await xmp.consumers.read("audit");
  const last = seen[3];
  assert.deepEqual(again.map((event) => event.sequence), [last, last + 1, last + 2], "the fourth was not acknowledged");
  await xmp.close();
});

test("it waits for what comes", async () => {
  const xmp = await Xmp.open();
  const events = xmp.consumers.stream("late", { kinds: ["sending.stopped"] });
  const first = events.next();
  await xmp.stopSending("all", "now");
  assert.equal((await first).value.kind, "sending.stopped");
  await events.return();
  await xmp.close();
});
