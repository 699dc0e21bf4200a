import { Queue, Worker } from "bullmq";

import { count, countdown, numbers, report, seconds, untilZero, url } from "./measure.mjs";

/** Jobs in one call: larger ones block Redis for everybody else. */
const BULK = 1000;

const { hostname: host, port } = new URL(url);
const connection = { host, port: Number(port), maxRetriesPerRequest: null };
const queue = new Queue("nothing", { connection });
await queue.waitUntilReady();

const enqueue = await seconds(async () => {
  for (let at = 0; at < count; at += BULK) {
    await queue.addBulk(numbers.slice(at, at + BULK).map((n) => ({ name: "nothing", data: { n } })));
  }
});

const { all, done } = countdown();
let worker;
const drain = await seconds(async () => {
  worker = new Worker("nothing", async () => void done(), { connection, concurrency: 50 });
  await all;
  await untilZero(async () => count - (await queue.getCompletedCount()));
});
report(enqueue, drain);
await worker.close();
await queue.close();
