// Servers by other people, under tests/peers: each tells one line of JSON when it is ready, and ends with its input.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";

const BLUESKY = ["--account", "alice.test:hunter22", "--account", "bob.test:hunter22"];

/** Why a server is not at hand; `false` if it is. */
export function missing(name) {
  if (name === undefined || process.env.XMP_PEER_BLUESKY) return false;
  return "XMP_PEER_BLUESKY does not name the folder of Bluesky's server: see CONTRIBUTING.md";
}

/** Starts a server: what it told of itself, and how to end it. */
export async function start(name) {
  if (name !== "bluesky") throw new Error(`there is no peer ${name}`);
  const script = join(process.env.XMP_PEER_BLUESKY, "pds.mjs");
  const server = spawn(process.execPath, [script, ...BLUESKY], { stdio: ["pipe", "pipe", "inherit"] });
  const ended = once(server, "close");
  const lines = createInterface(server.stdout);
  const [told] = await Promise.race([once(lines, "line"), ended.then(() => [])]);
  if (told === undefined) throw new Error(`${script} ended before it was ready`);
  // It has a folder of its own to remove, so it is asked to end, by its standard input, and not killed.
  const end = () => {
    server.stdin.end();
    return ended;
  };
  return { told: JSON.parse(told), end };
}
