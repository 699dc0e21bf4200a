import { Queue, Worker } from "bullmq";
import { Redis } from "ioredis";

import { count, countdown, numbers, report, seconds, text, untilZero, url } from "./measure.mjs";

/** Jobs in one call: larger ones block Redis for everybody else. */
const BULK = 1000;

const { hostname: host, port } = new URL(url);
const connection = { host, port: Number(port), maxRetriesPerRequest: null };

async function fill(queue) {
  for (let at = 0; at < count; at += BULK) {
    await queue.addBulk(numbers.slice(at, at + BULK).map((n) => ({ name: "nothing", data: { n } })));
  }
}

/** Works off a queue. */
async function drain(queue, work) {
  const { all, done } = countdown();
  const failed = Promise.withResolvers();
  let worker;
  const handle = async (job) => {
    await work(job);
    done();
  };
  const took = await seconds(async () => {
    worker = new Worker(queue.name, handle, { connection, concurrency: 50 });
    worker.on("failed", (_, error) => failed.reject(error));
    await Promise.race([all, failed.promise]);
    await untilZero(async () => count - (await queue.getCompletedCount()));
  });
  await worker.close();
  return took;
}

const nothing = new Queue("nothing", { connection });
await nothing.waitUntilReady();
const enqueue = await seconds(() => fill(nothing));
const alone = await drain(nothing, async () => {});

// Where the jobs are, there are the intents.
const queue = new Queue("intended", { connection });
await fill(queue);
const client = new Redis(connection);
const intended = await drain(queue, ({ data: { n } }) =>
  client.hset(`intent:${n}`, { job: n, beganAt: Date.now(), text: text(n) }),
);
report(enqueue, alone, intended);
await nothing.close();
await queue.close();
client.disconnect();
