// Several JavaScript threads, each with engines of its own; and threads that are ended in the middle of calls.

import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import { Xmp } from "xmp-sdk";

import { run } from "./support.mjs";

const sdk = JSON.stringify(import.meta.resolve("xmp-sdk"));
const script = (body) => `
  (async () => {
    const { parentPort } = await import("node:worker_threads");
    const { Draft, Sim, Xmp } = await import(${sdk});
    const redirect = "http://127.0.0.1/callback";
    const sim = await Sim.start({ clients: [{ id: "app", redirectUris: [redirect] }], accounts: ["ada"] });
    const xmp = await Xmp.open({ x: { clientId: "app", baseUrl: sim.url() } });
    const { url } = await xmp.accounts.connect("x", redirect);
    const ada = await xmp.accounts.complete(await sim.consentUrlApprove(url, "ada"));
    ${body}
  })();
`;

const IN_FLIGHT = `
  sim.setFault("latency", { ms: 60_000 });
  await xmp.startWorker({ poll: 10 });
  await xmp.posts.schedule(Draft.text("under way").to(ada.id), "k");
  for (let call = 0; call < 50; call += 1) xmp.x.profile(ada.id);
  parentPort.postMessage("in flight");
`;

test("work side by side", async () => {
  const body = `
    const worker = await xmp.startWorker({ poll: 10 });
    for (let at = 0; at < 20; at += 1) await xmp.posts.schedule(Draft.text("post " + at).to(ada.id), "k" + at);
    while (sim.ledger().length < 20) await new Promise((resolve) => setTimeout(resolve, 5));
    await xmp.close();
    parentPort.postMessage(sim.ledger().map(({ text }) => text).toSorted());
    await sim.stop();
  `;
  const threads = Array.from({ length: 4 }, () => new Worker(script(body), { eval: true }));
  const ends = await Promise.all(
    threads.map(async (thread) => {
      const [[texts], [code]] = await Promise.all([once(thread, "message"), once(thread, "exit")]);
      return { texts, code };
    }),
  );
  const texts = Array.from({ length: 20 }, (_, at) => `post ${at}`).toSorted();
  for (const end of ends) assert.deepEqual(end, { texts, code: 0 });
});

test("may be ended in the middle of calls, while others work on", async () => {
  const xmp = await Xmp.open();
  for (let round = 0; round < 5; round += 1) {
    const threads = Array.from({ length: 3 }, () => new Worker(script(IN_FLIGHT), { eval: true }));
    await Promise.all(threads.map((thread) => once(thread, "message")));
    const terminated = Promise.all(threads.map((thread) => thread.terminate()));
    assert.deepEqual(await xmp.accounts.list(), []);
    await terminated;
  }
  assert.deepEqual(await xmp.accounts.list(), []);
  await xmp.close();
});

test("may be the only ones that have loaded the package", async () => {
  const ended = await run(`
    import { once } from "node:events";
    import { Worker } from "node:worker_threads";
    for (let round = 0; round < 3; round += 1) {
      const thread = new Worker(${JSON.stringify(script(IN_FLIGHT))}, { eval: true });
      await once(thread, "message");
      await thread.terminate();
    }
    await new Promise((resolve) => setTimeout(resolve, 300));
    console.log("still here");
  `);
  assert.deepEqual(ended, { code: 0, signal: null, stdout: "still here\n", stderr: "" });
});

test("may call process.exit, which ends the thread alone", async () => {
  const thread = new Worker(script(`${IN_FLIGHT} process.exit(5);`), { eval: true });
  const [code] = await once(thread, "exit");
  assert.equal(code, 5);
});
