import { Logger, makeWorkerUtils, run } from "graphile-worker";
import pg from "pg";

import { countdown, INTENTS, numbers, report, seconds, text, untilZero, url } from "./measure.mjs";

// A line for each job would be what is measured.
const logger = new Logger(() => () => {});
const pool = new pg.Pool({ connectionString: url, max: 10 });
const utils = await makeWorkerUtils({ pgPool: pool, logger });
await utils.migrate();

const jobs = (identifier) => numbers.map((n) => ({ identifier, payload: { n } }));
const enqueue = await seconds(() => utils.addJobs(jobs("nothing")));

/** Works off what is there. */
async function drain(taskList) {
  const { all, done } = countdown();
  let runner;
  const took = await seconds(async () => {
    runner = await run({
      pgPool: pool,
      logger,
      noHandleSignals: true,
      taskList: taskList(done),
      preset: {
        worker: {
          concurrentJobs: 24,
          pollInterval: 2000,
          localQueue: { size: 500 },
          completeJobBatchDelay: 0,
          failJobBatchDelay: 0,
        },
      },
    });
    await all;
    await untilZero(async () => {
      const { rows } = await pool.query("SELECT count(*)::int AS n FROM graphile_worker._private_jobs");
      return rows[0].n;
    });
  });
  await runner.stop();
  return took;
}

const alone = await drain((done) => ({ nothing: () => void done() }));

await pool.query(INTENTS);
await utils.addJobs(jobs("intended"));
const intended = await drain((done) => ({
  intended: async ({ n }) => {
    await pool.query("INSERT INTO intents (job, text) VALUES ($1, $2)", [n, text(n)]);
    done();
  },
}));
report(enqueue, alone, intended);
await utils.release();
await pool.end();
