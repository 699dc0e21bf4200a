// One post to three platforms in one call, each in its own words; one of them fails half-way, and is made good.
//
//     npm install --prefix examples/node && node examples/node/everywhere.mjs
//
// Without credentials all three are simulated on loopback. With these in the environment it posts to the real ones:
//
// * Bluesky: `XMP_BLUESKY_HANDLE` and `XMP_BLUESKY_APP_PASSWORD` (and `XMP_BLUESKY_SERVICE`);
// * Mastodon: `XMP_MASTODON_SERVER`. The program registers itself there, and asks you to open the consent page and to paste
//   the address that you come back to.
//
// X stays simulated, since it is X that fails half-way here.

import { createInterface } from "node:readline/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { Draft, Sim, Xmp } from "xmp-sdk";

const REDIRECT = "http://127.0.0.1/callback"; // nobody listens there: the address itself says what is needed
const APP = { id: "everywhere", secret: "everywhere-secret", redirectUris: [REDIRECT] };
const SETTLED = new Set(["held", "published", "partly_published", "failed", "cancelled"]);
const BRIEF = 1000;

async function main() {
  const { XMP_BLUESKY_HANDLE: handle, XMP_BLUESKY_SERVICE: service = "https://bsky.social" } = process.env;
  const sim = await Sim.start({ clients: [APP], accounts: ["ada", "bluesky:ada.test", "mastodon:ada"] });
  const xmp = await Xmp.open({
    x: { clientId: APP.id, clientSecret: APP.secret, baseUrl: sim.url(), settle: BRIEF },
    bluesky: { service: handle ? service : sim.url() },
    mastodon: [await mastodonConfig(sim)],
  });
  const accounts = await connect(xmp, sim);
  const post = accounts.reduce((draft, account) => draft.to(account.id), draft());
  for (const account of accounts) {
    const problems = await xmp.posts.check(post, account.id);
    console.log(`${account.platform} @${account.handle}: ${problems.length} problems`);
  }

  // X takes the first piece of the thread and refuses the second one.
  sim.setFault("status", { code: 403, platform: "x", route: "posts.create", skip: 1, times: 1 });
  const scheduled = await xmp.posts.schedule(post, "everywhere/first");
  const worker = await xmp.startWorker({ poll: 200, retry: { maxAttempts: 8, backoff: { base: 200, cap: 2000 } } });
  const half = await settled(xmp, scheduled);
  report(half);
  const broken = half.deliveries.find((delivery) => delivery.platform === "x");
  console.log("\nX's half is put back: what is live there stays, and the rest follows");
  await xmp.posts.putBack(broken.id);
  const whole = await settled(xmp, half);
  await worker.stop();
  report(whole);
  await xmp.close();
  await sim.stop();
  if (!whole.deliveries.every((delivery) => delivery.state === "published")) {
    throw new Error("not everything could be published: see above");
  }
}

/** A thread of two pieces on X; on Bluesky and Mastodon one piece, shown in their own ways. */
function draft() {
  const text = `One call, three platforms, each in its own words. #xmp (${Date.now()})`;
  const link = "https://www.rust-lang.org/";
  const bluesky = Draft.text(text).link(link, "Rust", "What xmp is made of");
  return new Draft({
    ...Draft.text(text).andThen("… and a second piece."),
    variants: [
      { platform: "bluesky", parts: bluesky.parts },
      {
        platform: "mastodon",
        parts: [{ text: `${text} ${link}` }],
        showing: { language: "en", visibility: "unlisted" },
      },
    ],
  });
}

/** An account on each: by consent on X and Mastodon, with an app password on Bluesky. */
async function connect(xmp, sim) {
  const consented = async (platform, handle, simulated) => {
    const pending = await xmp.accounts.connect(platform, REDIRECT);
    const callback = simulated ? await sim.consentUrlApprove(pending.url, handle) : await askForConsent(pending.url);
    // The simulator's timeline hides nothing, so that a post that is not there may be sent again.
    return xmp.accounts.complete(callback, { onAbsent: simulated ? "resend" : null });
  };
  const { XMP_BLUESKY_HANDLE, XMP_BLUESKY_APP_PASSWORD, XMP_MASTODON_SERVER } = process.env;
  if (!XMP_BLUESKY_HANDLE !== !XMP_BLUESKY_APP_PASSWORD) {
    throw new Error("set both XMP_BLUESKY_HANDLE and XMP_BLUESKY_APP_PASSWORD, or neither");
  }
  return [
    await consented("x", "ada", true),
    await xmp.accounts.logIn(
      "bluesky",
      XMP_BLUESKY_HANDLE || "ada.test",
      XMP_BLUESKY_APP_PASSWORD || "app-password-of-ada.test",
    ),
    await consented("mastodon", "mastodon:ada", !XMP_MASTODON_SERVER),
  ];
}

/** A program makes its own app on each server: once in its life, if it keeps what it was given. */
async function mastodonConfig(sim) {
  const server = process.env.XMP_MASTODON_SERVER;
  if (!server) {
    return { server: sim.url(), clientId: APP.id, clientSecret: APP.secret, settle: BRIEF };
  }
  const xmp = await Xmp.open();
  const app = await xmp.accounts.registerMastodonApp(server, "xmp, everywhere", [REDIRECT]);
  await xmp.close();
  return { server: app.server, clientId: app.clientId, clientSecret: app.clientSecret };
}

async function askForConsent(url) {
  console.log(`open this in a browser, as the account that shall post:\n\n    ${url}\n`);
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const callback = await terminal.question("then paste the address that you come back to: ");
  terminal.close();
  return callback.trim();
}

/** Waits until nothing more happens to a post by itself. */
async function settled(xmp, view) {
  for (;;) {
    const now = await xmp.posts.get(view.post.id);
    if (now.deliveries.every((delivery) => SETTLED.has(delivery.state))) {
      return now;
    }
    await sleep(100);
  }
}

function report(view) {
  for (const { platform, state, parts } of view.deliveries) {
    console.log(`\n${platform}: ${state}`);
    for (const { published, error } of parts) {
      console.log(`    ${published?.url ?? published?.remoteId ?? error?.message ?? "waits for the one before it"}`);
    }
  }
}

await main();
