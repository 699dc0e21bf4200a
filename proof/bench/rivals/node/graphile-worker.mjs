import { Logger, makeWorkerUtils, run } from "graphile-worker";
import pg from "pg";

import { countdown, numbers, report, seconds, untilZero, url } from "./measure.mjs";

// A line for each job would be what is measured.
const logger = new Logger(() => () => {});
const pool = new pg.Pool({ connectionString: url, max: 10 });
const utils = await makeWorkerUtils({ pgPool: pool, logger });
await utils.migrate();

const jobs = numbers.map((n) => ({ identifier: "nothing", payload: { n } }));
const enqueue = await seconds(() => utils.addJobs(jobs));

const { all, done } = countdown();
let runner;
const drain = await seconds(async () => {
  runner = await run({
    pgPool: pool,
    logger,
    noHandleSignals: true,
    taskList: { nothing: () => void done() },
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
report(enqueue, drain);
await runner.stop();
await utils.release();
await pool.end();
