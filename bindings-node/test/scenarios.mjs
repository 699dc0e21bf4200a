// Runs the stories of tests/scenarios through the methods that a user calls. See the README there.

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parse } from "smol-toml";
import * as sdk from "xmp-sdk";

import { start } from "./peer.mjs";
import { argumentsOf, camel, loadSurface, placeOf, Values } from "./surface.mjs";

export const STORIES = new URL("../../tests/scenarios/", import.meta.url);
const REPOSITORY = new URL("../../", import.meta.url);
const PATIENCE = 30_000;
const BETWEEN_TRIES = 10;

/** A story as its file has it, with the steps that it begins with. */
export function read(file) {
  const story = parse(readFileSync(new URL(file, STORIES), "utf8"));
  const before = story.begins_with ? read(story.begins_with).steps : [];
  return { name: story.name, peer: story.peer, steps: [...before, ...(story.steps ?? [])] };
}

/** Plays a story; throws where something is not as it has to be. */
export async function play(story) {
  const peer = story.peer && (await start(story.peer));
  const stage = new Stage(peer?.told);
  try {
    for (const [place, step] of story.steps.entries()) {
      await stage.step(step).catch((cause) => {
        throw new Error(`step ${place + 1}, ${step.call}: ${cause.message}`, { cause });
      });
    }
  } finally {
    await stage.clear();
    await peer?.end();
  }
}

class Stage {
  #surface = loadSurface();
  #values = new Values(this.#surface);
  #tmp = mkdtempSync(join(tmpdir(), "xmp-story-"));
  #kept = new Map([["tmp", this.#tmp]]);
  #opened = [];

  constructor(peer) {
    if (peer) this.#kept.set("peer", peer);
  }

  async step(step) {
    const expected = this.#filled(step.until ?? step.expect);
    const deadline = Date.now() + PATIENCE;
    for (;;) {
      const answer = await this.#ended(step);
      const wrong = expected === undefined ? undefined : mismatch(expected, answer, "the answer");
      if (wrong === undefined) {
        if (step.as !== undefined) this.#kept.set(step.as, answer);
        return;
      }
      if (step.until === undefined || Date.now() > deadline) throw new Error(wrong);
      this.#advance(step.advance);
      await sleep(BETWEEN_TRIES);
    }
  }

  async clear() {
    for (const thing of this.#opened.reverse()) {
      await (thing.stop ?? thing.close)?.call(thing);
    }
    rmSync(this.#tmp, { recursive: true });
  }

  /** Makes the call, and sees to it that it fails if it has to, and only then. */
  async #ended(step) {
    let error;
    try {
      const answer = await this.#call(step);
      if (step.error === undefined) return answer;
    } catch (thrown) {
      error = thrown;
    }
    if (step.error === undefined) throw error;
    if (error === undefined) throw new Error("it did not fail");
    if (!(error instanceof sdk.XmpError)) throw error;
    const failure = this.#surface.types.find(({ name }) => name === "Failure").record;
    const fields = Object.fromEntries(failure.map(({ name }) => [camel(name), error[camel(name)]]));
    const wrong = mismatch(this.#filled(step.error), this.#values.toWire({ named: "Failure" }, fields), "the error");
    if (wrong !== undefined) throw new Error(wrong);
    return undefined;
  }

  async #call(step) {
    const stream = this.#surface.streams.find(({ name }) => name === step.call);
    const operation = this.#surface.operations.find(({ name }) => name === (stream?.pages ?? step.call));
    if (operation === undefined) throw new Error("there is no such operation");
    const { group, method } = placeOf(step.call);
    const { target, args } = this.#prepared(step, operation);
    if (method === "new") return this.#open(new target(...args));
    const receiver = group === undefined ? target : group === "platform" ? target : target[group];
    const given = receiver[method](...args);
    if (stream) {
      const items = [];
      for await (const item of given) items.push(item);
      return this.#values.toWire(itemsOf(operation, this.#surface), items);
    }
    const answer = await given;
    if (operation.opens) return this.#open(answer);
    return operation.answer === "none" ? undefined : this.#values.toWire(operation.answer, answer);
  }

  /** What the method is called on, and its arguments as a user writes them. */
  #prepared(step, operation) {
    const params = this.#filled(step.params ?? {});
    const { required, options, optionNames, bound } = argumentsOf(operation);
    const value = (param) => this.#values.fromWire(param.type, params[param.name]);
    const known = new Set(operation.params.map(({ name }) => name));
    const unknown = Object.keys(params).filter((name) => !known.has(name));
    if (unknown.length > 0) throw new Error(`it has no parameter ${unknown.join(", ")}`);
    const args = required.map(value);
    const given = options.filter(({ name }) => name in params).map((param) => [camel(param.name), value(param)]);
    if (step.takes) given.push([operation.takes[0], this.#kept.get(step.takes)]);
    if (optionNames.length > 0) args.push(Object.fromEntries(given));
    let target = operation.opening ? sdk[placeOf(operation.name).owner] : this.#kept.get(step.on);
    if (step.within) target = target.within(this.#context(step.within));
    if (bound.length > 0) target = target.platform(params.platform);
    return { target, args };
  }

  #context({ timeout, ...texts }) {
    const context = Object.fromEntries(Object.entries(this.#filled(texts)).map(([name, text]) => [camel(name), text]));
    return timeout === undefined ? context : { ...context, timeout: this.#values.fromWire("duration", timeout) };
  }

  #open(thing) {
    this.#opened.push(thing);
    return thing;
  }

  #advance({ things, by } = { things: [] }) {
    for (const name of things) {
      const thing = this.#kept.get(name);
      (thing instanceof sdk.Sim ? thing.clock : thing).advance(this.#values.fromWire("duration", by));
    }
  }

  /** With what was kept, bytes and paths in place of what stands for them. */
  #filled(value) {
    if (typeof value === "string") return this.#text(value);
    if (Array.isArray(value)) return value.map((one) => this.#filled(one));
    if (typeof value !== "object" || value === null) return value;
    const names = Object.keys(value);
    if (typeof value.bytes === "string" && names.every((name) => name === "bytes" || name === "size")) {
      const bytes = Buffer.from(value.bytes, "base64");
      return Buffer.concat([bytes, Buffer.alloc(Math.max((value.size ?? 0) - bytes.length, 0))]);
    }
    if (typeof value.path === "string" && names.length === 1) return fileURLToPath(new URL(value.path, REPOSITORY));
    return Object.fromEntries(names.map((name) => [name, this.#filled(value[name])]));
  }

  #text(text) {
    if (/^\$\w/.test(text)) return this.#part(text.slice(1));
    return text.replace(/\$\{([^}]*)\}/g, (_, path) => this.#part(path));
  }

  #part(path) {
    const [name, ...fields] = path.split(".");
    if (!this.#kept.has(name)) throw new Error(`nothing was kept as ${name}`);
    return fields.reduce((part, field) => part[field], this.#kept.get(name));
  }
}

/** The type of all items of the pages that an operation gives. */
function itemsOf({ answer }, surface) {
  if (answer.list) return answer;
  return surface.types.find(({ name }) => name === answer.named).record.find(({ name }) => name === "items").type;
}

/** What is not as it has to be, in a sentence. */
function mismatch(expected, found, at) {
  const there = found !== null && found !== undefined;
  if (expected === "*") return there ? undefined : `${at} is nothing`;
  if (expected === "~" || expected === null) return there ? `${at} is ${JSON.stringify(found)}, and has to be nothing` : undefined;
  const differs = `${at} is ${JSON.stringify(found)}, and has to be ${JSON.stringify(expected)}`;
  if (Array.isArray(expected)) {
    if (!Array.isArray(found) || found.length !== expected.length) return differs;
    return first(expected, (one, place) => mismatch(one, found[place], `${at}[${place}]`));
  }
  if (typeof expected === "object") {
    if (!there || typeof found !== "object" || Array.isArray(found)) return differs;
    return first(Object.entries(expected), ([name, one]) => mismatch(one, found[name], `${at}.${name}`));
  }
  return expected === found ? undefined : differs;
}

function first(all, find) {
  for (const [place, one] of all.entries()) {
    const found = find(one, place);
    if (found !== undefined) return found;
  }
  return undefined;
}
