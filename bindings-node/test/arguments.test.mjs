// Wrong values for every parameter of every method, generated from the description: each is refused by a TypeError that
// names the method and the argument, before anything is asked of Rust.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import * as sdk from "xmp-sdk";

import { argumentsOf, camel, loadSurface, placeOf, Values } from "./surface.mjs";
import { stage } from "./support.mjs";

const surface = loadSurface();
const values = new Values(surface);

const cyclic = [];
cyclic.push(cyclic);
const OTHERS = { symbol: Symbol("s"), bigint: 10n, function: () => undefined, Map: new Map(), promise: Promise.resolve({}) };
const NUMBERS = { NaN, Infinity, negative: -1, "too large": 2 ** 53, "a boolean": true, "a numeral": "1" };
const surrogate = "half \ud83d";

/** Values that do not fit a type. */
function wrongValues(type) {
  const [form, of] = typeof type === "string" ? [type] : Object.entries(type)[0];
  switch (form) {
    case "text":
    case "secret":
      return { ...OTHERS, number: 1, boolean: true, null: null, object: {}, "a String object": new String("s"), surrogate };
    case "path":
      return { ...OTHERS, number: 1, null: null, surrogate, "a web address": new URL("https://example.com/"), bytes: Buffer.from("/") };
    case "int":
      return { ...OTHERS, ...NUMBERS, fraction: 1.5, null: null };
    case "duration":
      return { ...OTHERS, ...NUMBERS, null: null, object: { secs: 1, nanos: 0 } };
    case "bool":
      return { ...OTHERS, zero: 0, one: 1, text: "true", null: null };
    case "time":
      return { ...OTHERS, number: Date.now(), text: "2026-01-01", "an invalid Date": new Date("no"), "year 10000": new Date(253402300800000), null: null };
    case "attachment":
      return { ...OTHERS, text: "bytes", array: [1, 2], "an ArrayBuffer": new ArrayBuffer(1), "16 bits": new Uint16Array(1) };
    case "json":
      return { ...OTHERS, undefined: [undefined], NaN, Infinity, cyclic, Date: new Date(), within: { a: [{ b: 1n }] }, surrogate, name: { [surrogate]: 1 } };
    case "list":
      return { ...OTHERS, object: {}, text: "text", holes: new Array(1), ...nested(of, (one) => [one]), null: null };
    case "map":
      return { ...OTHERS, array: [], text: "text", ...nested(of, (one) => ({ name: one })), name: { [surrogate]: "x" }, null: null };
    case "optional":
      return without(wrongValues(of), ["null", "undefined"]);
    case "named":
      return wrongNamed(values.types.get(of));
    default:
      throw new Error(`no wrong value is known for ${form}`);
  }
}

function wrongNamed(type) {
  if (type.alias) return wrongValues(type.alias);
  if (type.words) return { ...OTHERS, number: 1, "another word": "no such word", null: null };
  if (type.tagged) return { ...OTHERS, text: type.tagged[0].word, "no kind": {}, "another kind": { kind: "x" }, null: null };
  const wrong = { ...OTHERS, text: "text", array: [], null: null, "another field": { ...example(type), elsewhere: 1 } };
  for (const field of type.record) {
    const name = camel(field.name);
    Object.assign(wrong, nested(field.type, (one) => ({ ...example(type), [name]: one }), `${name}: `));
    if (!("default" in field)) wrong[`without ${name}`] = { ...example(type), [name]: undefined };
  }
  return wrong;
}

function nested(type, wrap, prefix = "") {
  // What is left out, or nothing, has a default: that is tested where it is wrong.
  const wrong = without(wrongValues(type), ["null", "undefined"]);
  return Object.fromEntries(Object.entries(wrong).map(([what, one]) => [`${prefix}${what} within`, wrap(one)]));
}

function without(object, names) {
  return Object.fromEntries(Object.entries(object).filter(([name]) => !names.includes(name)));
}

/** A value that fits. */
function fitting(type) {
  const [form, of] = typeof type === "string" ? [type] : Object.entries(type)[0];
  const fit = { text: "text", secret: "secret", path: "path", int: 1, duration: 1, bool: true, json: {}, list: [], map: {}, optional: null };
  if (form === "time") return new Date(0);
  if (form !== "named") return fit[form];
  const named = values.types.get(of);
  if (named.alias) return fitting(named.alias);
  if (named.words) return named.words[0].word;
  if (named.tagged) return { kind: named.tagged.find((variant) => "empty" in variant).word };
  return example(named);
}

function example({ record }) {
  const required = record.filter((field) => !("default" in field));
  return Object.fromEntries(required.map((field) => [camel(field.name), fitting(field.type)]));
}

describe("wrong arguments", () => {
  let things;
  before(async () => {
    const { sim, xmp } = await stage({ after });
    const worker = await xmp.startWorker();
    things = { Sim: sim, Xmp: xmp, RunningWorker: worker, ManualClock: new sdk.ManualClock(new Date()) };
  });

  const make = (operation, args) => {
    const { owner, group, method } = placeOf(operation.name);
    if (method === "new") return new sdk[owner](...args);
    const thing = operation.opening ? sdk[owner] : things[owner];
    const of = group === "platform" ? thing.x : group === undefined ? thing : thing[group];
    return of[method](...args);
  };

  const refused = async (operation, args, argument, what) => {
    const { group, owner, method } = placeOf(operation.name);
    const shown = [owner, ...(group ? [group] : []), method].join(".");
    let error;
    let sync = true;
    try {
      const promise = make(operation, args);
      sync = false;
      await promise;
    } catch (thrown) {
      error = thrown;
    }
    assert.ok(error instanceof TypeError, `${shown}, ${argument}, ${what}: ${error ?? "accepted"}`);
    const names = error.message.startsWith(shown) && new RegExp(`\\b${argument}\\b`).test(error.message);
    assert.ok(names, `${shown}, ${argument}, ${what}: ${error.message}`);
    assert.equal(sync, operation.mode === "now", `${shown}: an awaited method rejects, another throws`);
  };

  for (const operation of surface.operations) {
    test(operation.name, async () => {
      const { required, options, optionNames } = argumentsOf(operation);
      const good = required.map(({ type }) => fitting(type));
      for (const [place, { name, type }] of required.entries()) {
        for (const [what, wrong] of Object.entries({ ...wrongValues(type), nothing: undefined })) {
          await refused(operation, good.with(place, wrong), camel(name), what);
        }
      }
      for (const { name, type } of options) {
        for (const [what, wrong] of Object.entries(wrongValues(type))) {
          await refused(operation, [...good, { [camel(name)]: wrong }], `options.${camel(name)}`, what);
        }
      }
      if (optionNames.length > 0) {
        for (const [what, wrong] of Object.entries({ text: "text", number: 1, null: null, array: [], unknown: { elsewhere: 1 } })) {
          await refused(operation, [...good, wrong], "options", what);
        }
      }
      if (operation.mode === "call") {
        for (const signal of [{}, null, "signal", new EventTarget()]) {
          await refused(operation, [...good, { signal }], "options.signal", String(signal));
        }
      }
    });
  }

  test("a thing of another class", async () => {
    for (const clock of [{}, null, new Date(), things.Sim]) {
      await assert.rejects(sdk.Xmp.open({ clock }), /^TypeError: Xmp.open: options.clock has to be a ManualClock/);
    }
  });

  test("what goes along with calls", () => {
    const wrong = [null, "text", { timeout: "1" }, { timeout: -1 }, { actor: 1 }, { correlationId: 2 }, { traceparent: {} }, { who: "me" }];
    for (const context of wrong) {
      assert.throws(() => things.Xmp.within(context), /^TypeError: Xmp.within: /);
    }
  });

  test("classes that have no public constructor", () => {
    for (const name of ["Xmp", "Sim", "RunningWorker"]) {
      assert.throws(() => new sdk[name](), TypeError);
      assert.throws(() => new sdk[name]({}), TypeError);
    }
  });

  test("pieces of a draft", () => {
    const { Draft } = sdk;
    const draft = Draft.text("text");
    const wrong = [
      () => Draft.text(1),
      () => draft.andThen(surrogate),
      () => draft.to({ id: "acc_1" }),
      () => draft.at(new Date("no")),
      () => draft.image(1, "alt"),
      () => draft.image("path"),
      () => draft.media([1], "alt"),
      () => draft.replyTo(1n),
      () => draft.link("https://example.com", "title"),
      () => draft.quote(null),
      () => draft.on(1, "text"),
      () => draft.on("bluesky", ["text"]),
      () => draft.withPriority("soon"),
    ];
    for (const make of wrong) {
      assert.throws(make, /^TypeError: Draft\.\w+: \w+ has to be /);
    }
  });

  test("numbers that fit JavaScript and not Rust are errors of xmp", async () => {
    const error = await sdk.Sim.start({ port: 70000 }).catch((thrown) => thrown);
    assert.ok(error instanceof sdk.ValidationError, String(error));
    assert.equal(error.code, "params.shape");
  });
});
