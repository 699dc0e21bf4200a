// What several tests begin with.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { Sim, Xmp } from "xmp-sdk";

/** The folder of the package, where scripts find it by its name. */
export const HERE = fileURLToPath(new URL("..", import.meta.url));
export const REDIRECT = "http://127.0.0.1/callback";

/** A simulator, an engine in memory that posts to it, and the account `ada`; all of it until the test `t` has ended. */
export async function stage(t, config = {}) {
  const sim = await Sim.start({ clients: [{ id: "app", redirectUris: [REDIRECT] }], accounts: ["ada"] });
  // A test that fails must not leave a server that keeps the process alive.
  t.after(() => sim.stop());
  const xmp = await Xmp.open({ x: { clientId: "app", baseUrl: sim.url(), settle: 100, ...config } });
  t.after(() => xmp.close());
  const pending = await xmp.accounts.connect("x", REDIRECT);
  const ada = await xmp.accounts.complete(await sim.consentUrlApprove(pending.url, "ada"));
  return { sim, xmp, ada };
}

/** Asks again until it is so; gives up after 30 s. */
export async function until(what, ask) {
  const deadline = Date.now() + 30_000;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    if (Date.now() > deadline) throw new Error(`not within 30 s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** What a promise is rejected with. */
export async function rejection(promise) {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error("it was not rejected");
}

/** Runs a script of its own in a process of its own, and says how it ended. `each` sees the process. */
export async function run(script, { args = [], each = () => undefined, ...options } = {}) {
  const from = script.endsWith(".mjs") ? [script] : ["--input-type=module", "--eval", script];
  const child = spawn(process.execPath, [...args, ...from], { cwd: HERE, stdio: ["ignore", "pipe", "pipe"], ...options });
  const output = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"]) {
    child[name].setEncoding("utf8").on("data", (text) => (output[name] += text));
  }
  each(child, output);
  const patience = setTimeout(() => child.kill("SIGKILL"), 60_000);
  const [code, signal] = await once(child, "close");
  clearTimeout(patience);
  return { code, signal, ...output };
}
