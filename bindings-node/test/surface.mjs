// The description of the surface, and its names and values as JavaScript has them.

import { readFileSync } from "node:fs";

const FILE = new URL("../../xmp-surface/surface.json", import.meta.url);

export const loadSurface = () => JSON.parse(readFileSync(FILE, "utf8"));

export const camel = (name) => name.replace(/_(\w)/g, (_, letter) => letter.toUpperCase());
export const pascal = (name) => camel(`_${name}`);

/** `Xmp.posts.dead_letters`: the class that has the method, how one comes to it, and what the method is called. */
export function placeOf(name) {
  const [owner, ...rest] = name.split(".");
  const method = camel(rest.pop());
  const [group] = rest;
  if (group === undefined) {
    return { owner, group, method, inClass: owner };
  }
  const inClass = group === "platform" ? "Remote" : owner === "Xmp" ? pascal(group) : `${owner}${pascal(group)}`;
  return { owner, group, method, inClass };
}

/** The arguments of an operation: those by place, and those among the options. */
export function argumentsOf({ name, params, takes, mode }) {
  const bound = placeOf(name).group === "platform" ? ["platform"] : [];
  const free = params.filter((param) => !bound.includes(param.name));
  const required = free.filter((param) => !("default" in param));
  const options = free.filter((param) => "default" in param);
  const names = options.map((param) => camel(param.name));
  if (takes) names.push(takes[0]);
  if (mode === "call") names.push("signal");
  return { bound, required, options, optionNames: names };
}

/** Values between the wire and JavaScript, as the description says. */
export class Values {
  constructor(surface) {
    this.types = new Map(surface.types.map((type) => [type.name, type]));
  }

  /** What a caller would write for what the wire has. */
  fromWire(type, value) {
    const [form, of] = typeof type === "string" ? [type] : Object.entries(type)[0];
    if (value === null || value === undefined) return value;
    switch (form) {
      case "time":
        return new Date(value);
      case "duration":
        return value.secs * 1000 + value.nanos / 1e6;
      case "optional":
        return this.fromWire(of, value);
      case "list":
        return value.map((one) => this.fromWire(of, one));
      case "map":
        return mapped(value, (name, one) => [name, this.fromWire(of, one)]);
      case "named":
        return this.#named(this.types.get(of), value, "fromWire");
      default:
        return value;
    }
  }

  /** What the wire has for what a call gave. Times and lengths of time are as exact as JavaScript has them. */
  toWire(type, value) {
    const [form, of] = typeof type === "string" ? [type] : Object.entries(type)[0];
    if (value === null || value === undefined) return null;
    switch (form) {
      case "time":
        // As Rust writes it: without zeros at the end of a fraction.
        return value.toISOString().replace(/\.(\d*?)0*Z$/, (_, fraction) => (fraction ? `.${fraction}Z` : "Z"));
      case "duration":
        return { secs: Math.floor(value / 1000), nanos: Math.round((value % 1000) * 1e6) };
      case "optional":
        return this.toWire(of, value);
      case "list":
        return value.map((one) => this.toWire(of, one));
      case "map":
        return mapped(value, (name, one) => [name, this.toWire(of, one)]);
      case "named":
        return this.#named(this.types.get(of), value, "toWire");
      default:
        return value;
    }
  }

  #named(type, value, way) {
    if (type.alias) return this[way](type.alias, value);
    if (type.words) return value;
    if (type.record) return this.#fields(type.record, value, way);
    return way === "fromWire" ? this.#formFromWire(type, value) : this.#formToWire(type, value);
  }

  #fields(fields, value, way) {
    const [from, to] = way === "fromWire" ? [(name) => name, camel] : [camel, (name) => name];
    const result = {};
    for (const field of fields) {
      if (from(field.name) in value) result[to(field.name)] = this[way](field.type, value[from(field.name)]);
    }
    const known = new Set(fields.map((field) => from(field.name)));
    const unknown = Object.keys(value).filter((name) => !known.has(name));
    if (unknown.length > 0) throw new Error(`the description has no field ${unknown.join(", ")}`);
    return result;
  }

  #formFromWire(type, value) {
    if (typeof value === "string") return { kind: value };
    const [[kind, payload]] = Object.entries(value);
    const variant = type.tagged.find(({ word }) => word === kind);
    if (variant.value) return { kind, [camel(kind)]: this.fromWire(variant.value, payload) };
    return { kind, ...this.#fields(variant.fields, payload, "fromWire") };
  }

  #formToWire(type, { kind, ...rest }) {
    const variant = type.tagged.find(({ word }) => word === kind);
    if (variant.value) return { [kind]: this.toWire(variant.value, rest[camel(kind)]) };
    if (variant.fields) return { [kind]: this.#fields(variant.fields, rest, "toWire") };
    return kind;
  }
}

function mapped(object, change) {
  return Object.fromEntries(Object.entries(object).map(([name, one]) => change(name, one)));
}
