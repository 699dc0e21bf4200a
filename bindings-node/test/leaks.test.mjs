// A thousand engines, opened and closed, leave no threads, open files or memory behind.

import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Xmp } from "xmp-sdk";

import { until } from "./support.mjs";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc");

function measured() {
  collect();
  return {
    threads: readdirSync("/proc/self/task").length,
    files: readdirSync("/proc/self/fd").length,
    megabytes: process.memoryUsage.rss() / 2 ** 20,
  };
}

async function openAndClose(count, options) {
  for (let at = 0; at < count; at += 1) {
    const xmp = await Xmp.open(options);
    await xmp.accounts.list();
    const worker = await xmp.startWorker();
    if (at % 2 === 0) await worker.stop();
    await xmp.close();
  }
}

const unix = process.platform === "linux" ? {} : { skip: "it reads /proc" };

test("a thousand engines leave nothing behind", unix, async (t) => {
  const home = mkdtempSync(join(tmpdir(), "xmp-leaks-"));
  t.after(() => rmSync(home, { recursive: true }));
  await openAndClose(50);
  await openAndClose(5, { home });
  const before = measured();
  await openAndClose(950);
  await openAndClose(50, { home });
  const after = await until("threads and files are gone", () => {
    const now = measured();
    return now.threads <= before.threads + 2 && now.files <= before.files + 2 ? now : undefined;
  });
  const grown = after.megabytes - before.megabytes;
  t.diagnostic(`before ${JSON.stringify(before)}, after ${JSON.stringify(after)}`);
  assert.ok(grown < 32, `${grown.toFixed(1)} MB more than before`);
});

test("engines that nobody closes are closed when they are collected", unix, async (t) => {
  const home = mkdtempSync(join(tmpdir(), "xmp-leaks-"));
  t.after(() => rmSync(home, { recursive: true }));
  const before = measured();
  for (let at = 0; at < 20; at += 1) {
    await (await Xmp.open({ home: join(home, String(at)) })).accounts.list();
  }
  await until("their files are closed", () => {
    // Collection happens between turns; the last engine may still be on the stack.
    return measured().files <= before.files + 4;
  });
});
