// Programs that use the package: ES modules and CommonJS, JavaScript and TypeScript.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { test } from "node:test";
import * as esm from "xmp-sdk";

import { HERE, rejection } from "./support.mjs";

const require = createRequire(import.meta.url);

test("both systems of modules have the same classes by the same names", async () => {
  const cjs = require("xmp-sdk");
  const names = Object.keys(esm).filter((name) => !["default", "module.exports", "__esModule"].includes(name));
  assert.deepEqual(names.toSorted(), Object.keys(cjs).toSorted());
  for (const name of names) assert.equal(esm[name], cjs[name]);
  const xmp = await esm.Xmp.open();
  assert.ok((await rejection(xmp.accounts.get("acc_1"))) instanceof cjs.ValidationError);
  await xmp.close();
});

test("CommonJS runs", () => {
  const script = `
    const { Xmp } = require("xmp-sdk");
    (async () => { const xmp = await Xmp.open(); console.log((await xmp.accounts.list()).length); await xmp.close(); })();
  `;
  const { stdout, stderr } = spawnSync(process.execPath, ["--eval", script], { cwd: HERE, encoding: "utf8" });
  assert.deepEqual({ stdout, stderr }, { stdout: "0\n", stderr: "" });
});

test("programs in TypeScript are held to the types, in both systems of modules", () => {
  const tsc = require.resolve("typescript/bin/tsc");
  const { status, stdout } = spawnSync(process.execPath, [tsc, "--project", "test/types"], { cwd: HERE, encoding: "utf8" });
  assert.equal(status, 0, stdout);
});
