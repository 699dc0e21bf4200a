// What the three programs share: their arguments, their clock, and the line that they print.

export const [url, count] = [process.argv[2], Number(process.argv[3])];

/** Numbers from 0, as the jobs' payloads. */
export const numbers = Array.from({ length: count }, (_, n) => n);

/** How long `work` took, in seconds. */
export async function seconds(work) {
  const start = process.hrtime.bigint();
  await work();
  return Number(process.hrtime.bigint() - start) / 1e9;
}

/** Counts calls of its `done`; `all` ends at the last one. */
export function countdown(from = count) {
  let left = from;
  let finish;
  const all = new Promise((resolve) => (finish = resolve));
  return { all, done: (some = 1) => (left -= some) === 0 && finish() };
}

/** Asks until the server says that nothing is left: handled is not yet durably finished. */
export async function untilZero(left) {
  while ((await left()) > 0) await new Promise((resolve) => setTimeout(resolve, 2));
}

/** The text that an intent keeps: of about the length that posts have. */
export const text = (n) => `Post number ${n} of a run, of about the length that posts have.`;

export const INTENTS = `CREATE TABLE intents (
  id bigserial PRIMARY KEY, job bigint NOT NULL, began_at timestamptz NOT NULL DEFAULT now(), text text NOT NULL)`;

export function report(enqueue, drain, intended) {
  const measured = { "enqueue.seconds": enqueue, "drain.seconds": drain, "drain.seconds_with_intent": intended };
  console.log(JSON.stringify(measured));
}
