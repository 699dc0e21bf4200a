import pg from "pg";
import { PgBoss } from "pg-boss";

import { count, countdown, numbers, report, seconds, untilZero, url } from "./measure.mjs";

const boss = new PgBoss(url);
boss.on("error", (error) => {
  throw error;
});
await boss.start();
await boss.createQueue("nothing");
const pool = new pg.Pool({ connectionString: url, max: 1 });

const enqueue = await seconds(() => boss.insert("nothing", numbers.map((n) => ({ data: { n } }))));

const { all, done } = countdown();
const drain = await seconds(async () => {
  const options = { batchSize: 500, localConcurrency: 4, pollingIntervalSeconds: 0.5, burstWhenBatchFull: true };
  await boss.work("nothing", options, async (jobs) => void done(jobs.length));
  await all;
  await untilZero(async () => {
    const { rows } = await pool.query("SELECT count(*)::int AS n FROM pgboss.job WHERE state = 'completed' AND name = 'nothing'");
    return count - rows[0].n;
  });
});
report(enqueue, drain);
await boss.stop({ graceful: false });
await pool.end();
