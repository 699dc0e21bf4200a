// The platform that the example posts to: the simulator, or X itself.

import { once } from "node:events";
import { createServer } from "node:http";
import { join } from "node:path";
import { Sim } from "xmp-sdk";

/** Where the simulator sends owners back to: nobody listens there, the example reads the address itself. */
const SIM_REDIRECT = "http://127.0.0.1/callback";
const HOUR = 3_600_000;

/** X itself if the environment has credentials for it, else the simulator. */
export async function worldOfEnvironment(home) {
  const names = ["XMP_X_CLIENT_ID", "XMP_X_REDIRECT_URI", "XMP_X_CLIENT_SECRET"];
  const [clientId, redirectUri, clientSecret] = names.map((name) => process.env[name] || undefined);
  if (!clientId && !redirectUri && !clientSecret) {
    return Simulated.start(home);
  }
  if (!clientId || !redirectUri) {
    const missing = names.slice(0, 2).filter((name) => !process.env[name]).join(" and ");
    throw new Error(
      `the credentials for X are incomplete: ${missing} is not set. Set it, or unset all of ${names.join(", ")} to post ` +
        "to the simulator",
    );
  }
  const baseUrl = process.env.XMP_X_BASE_URL || "https://api.x.com";
  console.log(`posting to ${baseUrl}, as the app ${clientId}`);
  return new Real({ clientId, clientSecret, baseUrl }, redirectUri);
}

class Simulated {
  simulated = true;
  /** Waits are short, so that a killed run is made good within seconds. */
  workerOptions = {
    leaseFor: 6000,
    poll: 200,
    retry: { maxAttempts: 8, backoff: { base: 200, cap: 5000 } },
    look: { looks: 2, every: 1000 },
  };

  constructor(sim, { id, secret }) {
    this.sim = sim;
    this.config = { clientId: id, clientSecret: secret, baseUrl: sim.url(), settle: 2000, commitTimeout: 3000 };
  }

  static async start(home) {
    const app = { id: "quickstart", secret: "quickstart-secret", redirectUris: [SIM_REDIRECT] };
    const sim = await Sim.start({ home: join(home, "sim"), clients: [app], accounts: ["ada", "bob"] });
    console.log(`no credentials for X: posting to a simulator at ${sim.url()}`);
    return new Simulated(sim, app);
  }

  async connect(xmp) {
    const known = await xmp.accounts.list();
    const accounts = [];
    for (const handle of ["ada", "bob"]) {
      const before = known.find((account) => account.handle === handle && account.state === "active");
      if (before) {
        console.log(`@${handle} was connected before`);
        accounts.push(before);
        continue;
      }
      const pending = await xmp.accounts.connect("x", SIM_REDIRECT);
      const callback = await this.sim.consentUrlApprove(pending.url, handle);
      // The simulator's timeline hides nothing, so that a post that is not there may be sent again.
      accounts.push(await xmp.accounts.complete(callback, { onAbsent: "resend" }));
      console.log(`@${handle} is connected`);
    }
    return accounts;
  }

  /** Numbers grow with time; the simulator's clock can be moved. */
  letAnHourPass() {
    this.sim.clock.advance(HOUR);
    console.log("\nan hour later, on the simulator's clock:");
  }

  showLedger() {
    const ledger = this.sim.ledger();
    console.log(`\nthe simulator's ledger has ${ledger.length} posts:`);
    for (const { remoteId, account, text } of ledger) {
      console.log(`    ${remoteId} @${account}: ${text}`);
    }
  }

  stop() {
    return this.sim.stop();
  }
}

class Real {
  simulated = false;
  workerOptions = {};

  constructor(config, redirectUri) {
    this.config = config;
    this.redirectUri = redirectUri;
  }

  async connect(xmp) {
    const before = (await xmp.accounts.list()).find(({ state }) => state === "active");
    if (before) {
      console.log(`@${before.handle} was connected before`);
      return [before];
    }
    const pending = await xmp.accounts.connect("x", this.redirectUri);
    console.log(`open this in a browser, as the account that shall post:\n\n    ${pending.url}\n`);
    const account = await xmp.accounts.complete(await browserReturns(new URL(this.redirectUri)));
    console.log(`@${account.handle} is connected`);
    return [account];
  }

  // With X itself time passes by itself, and what was posted stands on X.
  letAnHourPass() {}
  showLedger() {}
  async stop() {}
}

/** Listens on the redirect URI's port until the browser comes back, and gives the address that it came to. */
async function browserReturns(redirect) {
  if (redirect.protocol !== "http:") {
    throw new Error("XMP_X_REDIRECT_URI has to be http://127.0.0.1:PORT/PATH, as registered with the app");
  }
  const server = createServer().listen(Number(redirect.port || 80), redirect.hostname);
  for (;;) {
    const [request, response] = await once(server, "request");
    const ours = request.url.startsWith(redirect.pathname);
    response.setHeader("connection", "close").end(ours ? "Connected. You may close this page." : "Not here.");
    if (ours) {
      server.close();
      return new URL(request.url, redirect).href;
    }
  }
}
