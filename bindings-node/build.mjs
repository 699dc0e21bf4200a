// Builds the package from source: the add-on, which it puts where the package loads it from (`xmp-sdk.node`, beside this
// file), and the JavaScript (`dist`).

import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const LIBRARY = { darwin: "libxmp_node.dylib", win32: "xmp_node.dll" }[process.platform] ?? "libxmp_node.so";

const here = dirname(fileURLToPath(import.meta.url));
const tsc = join(here, "node_modules", "typescript", "bin", "tsc");

function run(program, args, options = {}) {
  return execFileSync(program, args, { cwd: here, stdio: "inherit", ...options });
}

try {
  run("cargo", ["build", "--release", "--package", "xmp-node"]);
} catch (error) {
  console.error("xmp-sdk is built from source: it needs Rust 1.89 or newer (https://rustup.rs) and a C compiler");
  process.exit(error.status ?? 1);
}
const metadata = run("cargo", ["metadata", "--no-deps", "--format-version", "1"], { stdio: ["ignore", "pipe", "inherit"] });
const addOn = join(here, "xmp-sdk.node");
// A process that has loaded the old one keeps it: it is replaced, not written over.
rmSync(addOn, { force: true });
copyFileSync(join(JSON.parse(metadata).target_directory, "release", LIBRARY), addOn);

// npm brings a folder's own tools only to who works in it, and not to a program that installs it.
if (!existsSync(tsc)) {
  run("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], { shell: process.platform === "win32" });
}
run(process.execPath, [tsc]);
