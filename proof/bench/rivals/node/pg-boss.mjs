import pg from "pg";
import { PgBoss } from "pg-boss";

import { count, countdown, INTENTS, numbers, report, seconds, text, untilZero, url } from "./measure.mjs";

const boss = new PgBoss(url);
boss.on("error", (error) => {
  throw error;
});
await boss.start();
await boss.createQueue("nothing");
await boss.createQueue("intended");
const pool = new pg.Pool({ connectionString: url, max: 10 });

const enqueue = await seconds(() => boss.insert("nothing", numbers.map((n) => ({ data: { n } }))));

/** Works off a queue. */
async function drain(queue, work) {
  const { all, done } = countdown();
  return seconds(async () => {
    const options = { batchSize: 500, localConcurrency: 4, pollingIntervalSeconds: 0.5, burstWhenBatchFull: true };
    await boss.work(queue, options, async (jobs) => {
      await work(jobs);
      done(jobs.length);
    });
    await all;
    await untilZero(async () => {
      const completed = "SELECT count(*)::int AS n FROM pgboss.job WHERE state = 'completed' AND name = $1";
      const { rows } = await pool.query(completed, [queue]);
      return count - rows[0].n;
    });
  });
}

const alone = await drain("nothing", async () => {});

await pool.query(INTENTS);
await boss.insert("intended", numbers.map((n) => ({ data: { n } })));
// A batch is worked off together: so its intents are written together.
const intended = await drain("intended", async (jobs) => {
  const all = jobs.map(({ data }) => data.n);
  const insert = "INSERT INTO intents (job, text) SELECT * FROM unnest($1::bigint[], $2::text[])";
  await pool.query(insert, [all, all.map(text)]);
});
report(enqueue, alone, intended);
await boss.stop({ graceful: false });
await pool.end();
