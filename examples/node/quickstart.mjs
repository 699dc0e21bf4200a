// The main job of xmp: connect two accounts, schedule three posts, publish them, show where they are live.
//
//     npm install --prefix examples/node && node examples/node/quickstart.mjs
//
// Without credentials it posts to a simulator of X, which it starts on loopback. Its state and the simulator's live under
// `XMP_HOME` (default: `xmp-home` in the current folder). Kill it at any moment and run it again: it goes on where it was,
// and every post appears once.
//
// With `XMP_X_CLIENT_ID` and `XMP_X_REDIRECT_URI` (and `XMP_X_CLIENT_SECRET` for a confidential client) in the environment
// it posts to X itself (or to `XMP_X_BASE_URL`), and asks you to open the consent page in a browser.

import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Draft, When, Xmp } from "xmp-sdk";
import { worldOfEnvironment } from "./world.mjs";

const SETTLED = new Set(["held", "published", "partly_published", "failed", "cancelled"]);

async function main() {
  const home = process.env.XMP_HOME || "xmp-home";
  console.log(`state is kept in ${home}`);
  const world = await worldOfEnvironment(home);
  const xmp = await Xmp.open({ home: world.simulated ? home : join(home, "x"), x: world.config });

  const accounts = await world.connect(xmp);
  const scheduled = await schedule(xmp, accounts);

  const worker = await xmp.startWorker(world.workerOptions);
  const posts = await watch(xmp, accounts, scheduled);
  await worker.stop();

  const allLive = await report(xmp, accounts, world, posts);
  await xmp.close();
  await world.stop();
  if (!allLive) {
    throw new Error("not everything could be published: see above");
  }
}

/**
 * One post now, one seconds ahead at a local time, one with an image on both accounts. The keys make this repeatable: a
 * second run finds what the first one scheduled.
 */
async function schedule(xmp, accounts) {
  const [first, last] = [accounts[0], accounts.at(-1)];
  const soon = new Date(Date.now() + 4000).toLocaleString("sv", { timeZone: "Asia/Tokyo" }).replace(" ", "T");
  const image = new URL("../media/sunrise.png", import.meta.url);
  const sunrise = Draft.text("A sunrise, in 240 x 135 pixels.").image(image, "A blue-green gradient").to(first.id);
  const drafts = {
    "quickstart/now": Draft.text("Hello from xmp: sent once, whatever happens.").to(first.id),
    "quickstart/later": Draft.text(`Scheduled for ${soon} in Tokyo. https://www.rust-lang.org/`)
      .to(last.id)
      .at(When.local(soon, "Asia/Tokyo")),
    "quickstart/image": first.id === last.id ? sunrise : sunrise.to(last.id),
  };
  const posts = [];
  for (const [key, draft] of Object.entries(drafts)) {
    const before = await xmp.posts.find(key);
    const view = before ?? (await xmp.posts.schedule(draft, key));
    console.log(`${key} ${before ? "was scheduled before" : "is scheduled"} for ${view.post.due.at.toISOString()}`);
    posts.push(view);
  }
  return posts;
}

/** Follows the posts until all of them are settled, and gives them as they are then. */
async function watch(xmp, accounts, scheduled) {
  const shown = new Map();
  for (;;) {
    const posts = await Promise.all(scheduled.map(({ post }) => xmp.posts.get(post.id)));
    const deliveries = posts.flatMap(({ post, deliveries }) => deliveries.map((delivery) => ({ post, delivery })));
    for (const { post, delivery } of deliveries) {
      if (shown.get(delivery.id) !== delivery.state) {
        shown.set(delivery.id, delivery.state);
        console.log(`${post.key.padEnd(18)} @${handleOf(accounts, delivery).padEnd(8)} ${delivery.state}`);
      }
    }
    if (deliveries.every(({ delivery }) => SETTLED.has(delivery.state))) {
      return posts;
    }
    await sleep(100);
  }
}

/** Where everything is live, and its numbers. */
async function report(xmp, accounts, world, posts) {
  world.letAnHourPass();
  for (const { post, deliveries } of posts) {
    const samples = await xmp.posts.measure(post.id);
    for (const delivery of deliveries) {
      const [{ published, error }] = delivery.parts;
      const handle = handleOf(accounts, delivery);
      if (published === null) {
        console.log(`${post.key} @${handle}: ${delivery.state} (${error?.message ?? delivery.waiting})`);
        continue;
      }
      const sample = samples.find(({ remoteId }) => remoteId === published.remoteId);
      const numbers = Object.entries(sample?.values ?? {}).map(([name, value]) => `${name} ${value}`);
      console.log(`${published.url ?? published.remoteId} @${handle}`);
      console.log(`    ${numbers.join(", ") || "no numbers yet"}`);
    }
  }
  world.showLedger();
  return posts.every(({ deliveries }) => deliveries.every(({ state }) => state === "published"));
}

function handleOf(accounts, { account }) {
  return accounts.find(({ id }) => id === account)?.handle ?? "?";
}

main().catch((error) => {
  console.error(`quickstart: ${error.message}`);
  process.exit(1);
});
