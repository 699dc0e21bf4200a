// A real Bluesky server for tests: the reference PDS with a PLC directory of its own, both on loopback and on free ports.
//
//     node pds.mjs --account alice.test:password --account bob.test:password
//
// Prints one line of JSON when it is ready, and ends when its standard input closes: a dead parent leaves no server behind.
//
//     {"pds":"http://localhost:4001","plc":"http://localhost:4002","adminPassword":"…","accounts":[{"handle":"alice.test",
//      "did":"did:plc:…","password":"…","appPassword":"…","expiredAccess":"…"}]}
//
// `appPassword` is an app password, made by the server; `expiredAccess` is an access token signed by the server whose time
// has passed. With `--rate-limits` the server counts requests, and answers carry `ratelimit-*` headers.
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { PDS, createSecretKeyObject, envToCfg, envToSecrets } from "@atproto/pds";
import { createAccessToken } from "@atproto/pds/dist/account-manager/helpers/auth.js";
import { AuthScope } from "@atproto/pds/dist/auth-scope.js";
import { Database, PlcServer } from "@did-plc/server";

const { values } = parseArgs({
  options: {
    account: { type: "string", multiple: true, default: [] },
    "rate-limits": { type: "boolean", default: false },
  },
});

const home = mkdtempSync(join(tmpdir(), "xmp-pds-"));
process.on("exit", () => rmSync(home, { recursive: true, force: true }));
process.on("SIGTERM", () => process.exit());
process.on("SIGINT", () => process.exit());
process.stdin.on("end", () => process.exit()).resume();

// Both servers would listen on all interfaces. Their handlers are put behind listeners that are there first, so that the
// ports are known, and nobody takes them in between.
const plcListener = await listener();
const pdsListener = await listener();
plcListener.on("request", PlcServer.create({ db: Database.mock() }).app);
const pds = await createPds(pdsListener.address().port, url(plcListener));
await pds.ctx.sequencer.start();
pdsListener.on("request", pds.app);

const accounts = [];
for (const account of values.account) accounts.push(await createAccount(...account.split(/:(.*)/s)));
const { adminPassword } = pds.secrets;
console.log(JSON.stringify({ pds: url(pdsListener), plc: url(plcListener), adminPassword, accounts }));

function listener() {
  const server = createServer();
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
}

function url(server) {
  return `http://localhost:${server.address().port}`;
}

async function createPds(port, didPlcUrl) {
  const settings = {
    devMode: true,
    port,
    didPlcUrl,
    dataDirectory: home,
    blobstoreDiskLocation: join(home, "blobs"),
    jwtSecret: secret(),
    adminPassword: secret(),
    plcRotationKeyK256PrivateKeyHex: secret(),
    inviteRequired: false,
    enableDidDocWithSession: true,
    rateLimitsEnabled: values["rate-limits"],
  };
  const secrets = envToSecrets(settings);
  const pds = await PDS.create(envToCfg(settings), secrets);
  return Object.assign(pds, { secrets });
}

function secret() {
  return randomBytes(32).toString("hex");
}

async function createAccount(handle, password) {
  const email = `${handle.replaceAll(".", "-")}@example.com`;
  const { did, accessJwt } = await call("com.atproto.server.createAccount", { handle, email, password });
  const made = await call("com.atproto.server.createAppPassword", { name: "xmp" }, accessJwt);
  const expiredAccess = await createAccessToken({
    did,
    jwtKey: createSecretKeyObject(pds.secrets.jwtSecret),
    serviceDid: pds.ctx.cfg.service.did,
    scope: AuthScope.AppPass,
    expiresIn: "1 second ago",
  });
  return { handle, did, password, appPassword: made.password, expiredAccess };
}

async function call(procedure, input, token) {
  const answer = await fetch(`${url(pdsListener)}/xrpc/${procedure}`, {
    method: "POST",
    headers: { "content-type": "application/json", ...(token && { authorization: `Bearer ${token}` }) },
    body: JSON.stringify(input),
  });
  if (!answer.ok) throw new Error(`${procedure} answered ${answer.status}: ${await answer.text()}`);
  return answer.json();
}
