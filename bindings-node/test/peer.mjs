// Servers by other people: each tells one line of JSON when it is ready, and ends with its input.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";

const BLUESKY = ["--account", "alice.test:hunter22", "--account", "bob.test:hunter22"];

/** Of each server, the variable that names its place, what is there, and how it is started. */
const PEERS = {
  bluesky: {
    variable: "XMP_PEER_BLUESKY",
    what: "the folder of Bluesky's server",
    command: (folder) => [process.execPath, join(folder, "pds.mjs"), ...BLUESKY],
  },
  postgres: {
    variable: "XMP_PEER_POSTGRES",
    what: "a built xmp-peer-postgres",
    command: (program) => [program],
  },
};

/** Why a server is not at hand; `false` if it is. */
export function missing(name) {
  if (name === undefined) return false;
  const { variable, what } = known(name);
  return process.env[variable] ? false : `${variable} does not name ${what}: see CONTRIBUTING.md`;
}

/** Starts a server: what it told of itself, and how to end it. */
export async function start(name) {
  const { variable, command } = known(name);
  const [program, ...given] = command(process.env[variable]);
  const server = spawn(program, given, { stdio: ["pipe", "pipe", "inherit"] });
  const ended = once(server, "close");
  const lines = createInterface(server.stdout);
  const [told] = await Promise.race([once(lines, "line"), ended.then(() => [])]);
  if (told === undefined) throw new Error(`${name} ended before it was ready`);
  // It has a folder of its own to remove, so it is asked to end, by its standard input, and not killed.
  const end = () => {
    server.stdin.end();
    return ended;
  };
  return { told: JSON.parse(told), end };
}

function known(name) {
  const peer = PEERS[name];
  if (peer === undefined) throw new Error(`there is no peer ${name}`);
  return peer;
}
