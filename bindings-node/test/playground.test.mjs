// X's own playground: connect, post, read back, own profile, delete. Shapes and flows by X's own people; what the
// playground can't do is told in `tests/playground.rs`.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, request } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { Draft, NotFoundError, Xmp } from "xmp-sdk";

import { REDIRECT, until } from "./support.mjs";

const { XMP_PLAYGROUND, XMP_SHARED } = process.env;
const skip =
  (!XMP_PLAYGROUND && "XMP_PLAYGROUND does not name X's playground") ||
  (!XMP_SHARED && "XMP_SHARED does not name a folder with X's specification");

test("connect, post, read back, profile, delete", { skip }, async (t) => {
  const xmp = await Xmp.open({ x: { clientId: "app", clientSecret: "app-secret", baseUrl: await playground(t) } });
  t.after(() => xmp.close());
  const pending = await xmp.accounts.connect("x", REDIRECT);
  const account = await xmp.accounts.complete(approve(pending.url));

  const text = "Hello playground, from xmp in Node";
  const { post } = await xmp.posts.schedule(Draft.text(text).to(account.id), "playground");
  const worker = await xmp.startWorker();
  const live = await until("the post is live", async () => {
    const { deliveries } = await xmp.posts.get(post.id);
    return deliveries[0].parts[0].published?.remoteId;
  });
  await worker.stop();

  assert.equal((await xmp.x.get(account.id, live)).text, text);
  const profile = await xmp.x.profile(account.id);
  assert.deepEqual([profile.remoteId, profile.handle], [account.remoteId, account.handle]);
  const timeline = await xmp.x.timeline(account.id);
  assert.ok(timeline.items.some((item) => item.id === live));

  await xmp.x.delete(account.id, live);
  await assert.rejects(xmp.x.get(account.id, live), NotFoundError);
});

/** The playground on a free port, in a home of its own; gives the address of what stands before it. */
async function playground(t) {
  const home = await mkdtemp(join(tmpdir(), "xmp-playground-"));
  t.after(() => rm(home, { recursive: true }));
  // Written anew, not copied with its time: the playground ignores a specification that is older than a day.
  const specification = await readFile(join(XMP_SHARED, "specs/x/openapi.json"));
  await writeFile(join(home, ".playground-openapi-cache.json"), specification);
  const port = await freePort();
  const started = spawn(XMP_PLAYGROUND, ["start", "--host", "127.0.0.1", "--port", port], {
    env: { ...process.env, HOME: home },
    stdio: "ignore",
  });
  t.after(() => started.kill("SIGKILL"));
  await until("the playground listens", () => listens(port));

  const before = createServer((asked, answer) => asUser(port, asked, answer)).listen(0, "127.0.0.1");
  await once(before, "listening");
  t.after(() => before.close().closeAllConnections());
  return `http://127.0.0.1:${before.address().port}`;
}

/**
 * Passes a request on. The playground takes a user's bearer token for the app's unless a header says otherwise, and can't
 * expand what X's specification lets a client ask for.
 */
function asUser(port, asked, answer) {
  const { pathname, searchParams } = new URL(asked.url, "http://127.0.0.1");
  searchParams.delete("expansions");
  const headers = { ...asked.headers, "x-auth-method": "oauth2" };
  const path = `${pathname}?${searchParams}`;
  const passed = request({ host: "127.0.0.1", port, method: asked.method, path, headers }, (came) => {
    answer.writeHead(came.statusCode, came.headers);
    came.pipe(answer);
  });
  passed.on("error", () => answer.destroy());
  asked.pipe(passed);
}

/** Plays the owner. The playground has no consent page and takes any code: the owner comes back at once. */
function approve(address) {
  const asked = new URL(address).searchParams;
  assert.equal(asked.get("code_challenge_method"), "S256");
  const callback = new URL(REDIRECT);
  callback.searchParams.set("state", asked.get("state"));
  callback.searchParams.set("code", "playground");
  return callback.href;
}

async function freePort() {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address();
  probe.close();
  return port;
}

function listens(port) {
  return new Promise((resolve) => {
    const probe = connect(port, "127.0.0.1", () => resolve(true));
    probe.on("error", () => resolve(false)).on("connect", () => probe.destroy());
  });
}
