// However a process ends, it ends cleanly; and a post of a process that was killed appears once.

import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";

import { HERE, run, until } from "./support.mjs";

const OPEN = `
  import { Draft, Sim, Xmp } from "xmp-sdk";
  const redirect = "http://127.0.0.1/callback";
  const sim = (await Sim.start({ clients: [{ id: "app", redirectUris: [redirect] }], accounts: ["ada"] })).unref();
  const xmp = await Xmp.open({ x: { clientId: "app", baseUrl: sim.url() } });
  const { url } = await xmp.accounts.connect("x", redirect);
  const ada = await xmp.accounts.complete(await sim.consentUrlApprove(url, "ada"));
`;

const clean = { code: 0, signal: null, stdout: "", stderr: "" };

describe("a process ends", { concurrency: 2 }, () => {
  test("when its calls have ended, not before", async () => {
    const ended = await run(`${OPEN}
      sim.setFault("latency", { ms: 300 });
      xmp.x.profile(ada.id).then(({ handle }) => console.log(handle));
    `);
    assert.deepEqual(ended, { ...clean, stdout: "ada\n" });
  });

  test("with an engine and a simulator that nobody closed", async () => {
    assert.deepEqual(await run(OPEN), clean);
  });

  test("by process.exit, with a worker running and calls in flight", async () => {
    const ended = await run(`${OPEN}
      await xmp.startWorker();
      sim.setFault("latency", { ms: 60_000 });
      await xmp.posts.schedule(Draft.text("under way").to(ada.id), "k");
      for (let call = 0; call < 50; call += 1) xmp.x.profile(ada.id);
      setTimeout(() => process.exit(3), 100);
    `);
    assert.deepEqual(ended, { ...clean, code: 3 });
  });

  test("by an exception that nobody catches, with a worker running and calls in flight", async () => {
    const ended = await run(`${OPEN}
      await xmp.startWorker();
      sim.setFault("latency", { ms: 60_000 });
      xmp.x.profile(ada.id);
      setTimeout(() => { throw new Error("on purpose"); }, 50);
    `);
    assert.equal(ended.code, 1);
    assert.match(ended.stderr, /Error: on purpose/);
  });

  test("by a signal, with a worker running", async () => {
    const ended = await run(`${OPEN} await xmp.startWorker(); console.log("running");`, {
      each: (child, output) => until("it runs", () => output.stdout).then(() => child.kill("SIGTERM")),
    });
    assert.deepEqual(ended, { ...clean, code: null, signal: "SIGTERM", stdout: "running\n" });
  });

  test("not while a worker runs, even if nobody holds on to it", async () => {
    const ended = await run(
      `${OPEN}
      (await xmp.startWorker({ poll: 20 })).ref();
      const { post } = await xmp.posts.schedule(Draft.text("later").to(ada.id).at(new Date(Date.now() + 500)), "k");
      setInterval(() => {
        gc();
        if (sim.ledger().length === 1) { console.log("published"); process.exit(); }
      }, 20).unref();
    `,
      { args: ["--expose-gc"] },
    );
    assert.deepEqual(ended, { ...clean, stdout: "published\n" });
  });

  test("while a worker runs that does not hold it", async () => {
    assert.deepEqual(await run(`${OPEN} (await xmp.startWorker()).unref();`), clean);
  });

  test("when the worker is stopped, or the engine closed that it was started through", async () => {
    assert.deepEqual(await run(`${OPEN} await (await xmp.startWorker()).stop();`), clean);
    assert.deepEqual(await run(`${OPEN} await xmp.tenant("t").startWorker(); await xmp.within({}).close();`), clean);
  });

  test("with no rejection that nobody handled, after calls were aborted", async () => {
    const ended = await run(`${OPEN}
      sim.setFault("latency", { ms: 60_000 });
      const controller = new AbortController();
      const calls = Array.from({ length: 20 }, () => xmp.x.profile(ada.id, { signal: controller.signal }));
      setTimeout(() => controller.abort(), 50);
      const ends = await Promise.allSettled(calls);
      console.log(ends.every(({ reason }) => reason.name === "AbortError"));
    `);
    assert.deepEqual(ended, { ...clean, stdout: "true\n" });
  });
});

test("the quickstart, killed and started again, posts each text once", async () => {
  const quickstart = fileURLToPath(new URL("../../examples/node/quickstart.mjs", import.meta.url));
  const link = fileURLToPath(new URL("../../examples/node/node_modules/xmp-sdk", import.meta.url));
  if (!existsSync(link)) {
    mkdirSync(join(link, ".."), { recursive: true });
    symlinkSync(HERE, link);
  }
  const home = mkdtempSync(join(tmpdir(), "xmp-quickstart-"));
  const env = { ...process.env, XMP_HOME: home };
  for (const line of ["@ada is connected", "quickstart/now is scheduled", "@ada      sending", "@bob      published"]) {
    // Killed as soon as it has said this, or else ended by itself: some states are too short to be seen.
    await run(quickstart, {
      env,
      each: (child, output) =>
        child.stdout.on("data", () => output.stdout.includes(line) && child.kill("SIGKILL")),
    });
  }
  const { code, stdout, stderr } = await run(quickstart, { env });
  assert.equal(code, 0, stderr);
  const [, ledger] = stdout.split("the simulator's ledger has ");
  const texts = ledger.split("\n").slice(1, -1).map((line) => line.trim().split(" ").slice(1).join(" "));
  assert.deepEqual(
    texts.map((text) => text.replace(/for \S+ in/, "for then in")).toSorted(),
    [
      "@ada: A sunrise, in 240 x 135 pixels.",
      "@ada: Hello from xmp: sent once, whatever happens.",
      "@bob: A sunrise, in 240 x 135 pixels.",
      "@bob: Scheduled for then in Tokyo. https://www.rust-lang.org/",
    ],
  );
  rmSync(home, { recursive: true });
});

test("the quickstart says which credentials are missing", async () => {
  const quickstart = fileURLToPath(new URL("../../examples/node/quickstart.mjs", import.meta.url));
  const env = { ...process.env, XMP_X_CLIENT_ID: "app" };
  const { code, stderr } = await run(quickstart, { env, cwd: tmpdir() });
  assert.equal(code, 1);
  assert.match(stderr, /XMP_X_REDIRECT_URI is not set/);
});
