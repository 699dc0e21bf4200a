// Compares the package, as it runs and as it is declared, with the description of the surface:
//
//     node test/check-surface.mjs
//
// A class, method, parameter, option, default, field, word or kind that differs is named, and fails the command.

import { fileURLToPath } from "node:url";
import { isDeepStrictEqual } from "node:util";
import ts from "typescript";

import { argumentsOf, camel, loadSurface, pascal, placeOf, Values } from "./surface.mjs";

const DECLARATIONS = fileURLToPath(new URL("../dist/index.d.ts", import.meta.url));

/** What classes have beside the operations. */
const SUGAR = {
  Xmp: ["accounts", "consumers", "platform", "posts", "queues", "series", "within", "x"],
  Remote: ["platform"],
  Sim: ["clock", "ref", "unref"],
  RunningWorker: ["ref", "unref"],
};

/** An object with a `then` is a promise to JavaScript. */
const NAMES = { "Draft.then": "Draft.andThen" };

/** All differences, as sentences. `override` replaces the text of declaration files, by the end of their paths. */
export function differences(surface, live, override = {}) {
  const check = new Check(surface, live, override);
  check.operations();
  check.streams();
  check.strangers();
  check.types();
  check.errors();
  check.sugar();
  check.draft();
  return check.found;
}

class Check {
  found = [];

  constructor(surface, live, override) {
    this.surface = surface;
    this.live = live;
    this.values = new Values(surface);
    this.expected = new Map();
    const options = { module: ts.ModuleKind.NodeNext, target: ts.ScriptTarget.ES2022, strict: true, types: ["node"] };
    const host = ts.createCompilerHost(options);
    const read = host.readFile.bind(host);
    host.readFile = (path) => Object.entries(override).find(([end]) => path.endsWith(end))?.[1] ?? read(path);
    const program = ts.createProgram([DECLARATIONS], options, host);
    this.checker = program.getTypeChecker();
    const module = this.checker.getSymbolAtLocation(program.getSourceFile(DECLARATIONS));
    this.exports = new Map(this.checker.getExportsOfModule(module).map((symbol) => [symbol.name, this.#target(symbol)]));
  }

  expect(condition, sentence) {
    if (!condition) this.found.push(sentence);
    return condition;
  }

  same(what, found, wanted) {
    this.expect(isDeepStrictEqual(found, wanted), `${what}: ${show(found)}, and the description has ${show(wanted)}`);
  }

  operations() {
    for (const operation of this.surface.operations) {
      const { required, optionNames } = argumentsOf(operation);
      const params = required.map(({ name, type }) => [camel(name), type]);
      this.method(operation.name, operation, params, optionNames, operation.mode === "call" ? "Promise" : "");
    }
  }

  streams() {
    for (const stream of this.surface.streams) {
      const pages = this.surface.operations.find(({ name }) => name === stream.pages);
      const { required, optionNames } = argumentsOf(pages);
      const params = required.map(({ name, type }) => [camel(name), type]);
      this.method(stream.name, pages, params, optionNames, "AsyncGenerator");
    }
  }

  method(name, operation, params, optionNames, gives) {
    const { inClass, method } = placeOf(name);
    this.#expectMember(inClass, method);
    const isNew = method === "new";
    const holder = this.#holder(inClass, isNew || operation.opening);
    if (!this.expect(holder, `${name}: there is no class ${inClass}`)) return;
    const signature = isNew ? holder.getConstructSignatures()[0] : this.#signature(holder, method);
    if (!this.expect(signature, `${name}: ${inClass} declares no ${method}`)) return;

    const declared = signature.getParameters();
    const wanted = [...params.map(([param]) => param), ...(optionNames.length > 0 ? ["options"] : [])];
    this.same(`${name}: its parameters are`, declared.map((param) => param.name), wanted);
    for (const [place, [param, type]] of params.entries()) {
      if (declared[place]?.name !== param) continue;
      this.expect(!isOptional(declared[place]), `${name}: ${param} may be left out`);
      this.#sameType(`${name}: ${param}`, this.checker.getTypeOfSymbol(declared[place]), type);
    }
    const options = declared.at(-1);
    if (optionNames.length > 0 && options?.name === "options") this.#options(name, operation, options, optionNames);

    const given = this.checker.typeToString(signature.getReturnType());
    const waits = given.startsWith("Promise<") ? "Promise" : given.startsWith("AsyncGenerator<") ? "AsyncGenerator" : "";
    if (!isNew) this.same(`${name}: what it gives is`, waits, gives);
    this.#live(name, inClass, method, operation.opening, wanted);
  }

  #options(name, operation, options, names) {
    this.expect(isOptional(options), `${name}: options have to be given`);
    const type = this.checker.getNonNullableType(this.checker.getTypeOfSymbol(options));
    const properties = new Map(type.getProperties().map((property) => [property.name, property]));
    const order = (all) => [...all].filter((one) => one !== "signal");
    this.same(`${name}: its options are`, order(properties.keys()), order(names));
    this.same(`${name}: an option is a signal:`, properties.has("signal"), names.includes("signal"));
    for (const field of argumentsOf(operation).options) {
      const property = properties.get(camel(field.name));
      if (property) this.#field(`${name}: options.${property.name}`, property, field, true);
    }
  }

  /** What runs, apart from what is declared. */
  #live(name, inClass, method, opening, wanted) {
    const of = this.live[inClass];
    if (!this.expect(typeof of === "function", `${name}: the package has no class ${inClass}`)) return;
    const run = method === "new" ? of : (opening ? of : of.prototype)[method];
    if (!this.expect(typeof run === "function", `${name}: ${inClass} has no ${method} at run time`)) return;
    this.same(`${name}: at run time its parameters are`, parameterNames(run), wanted);
  }

  /** Members that no operation explains. */
  strangers() {
    for (const [name, members] of this.expected) {
      const of = this.exports.get(name);
      if (!of) continue;
      const instance = this.checker.getDeclaredTypeOfSymbol(of).getProperties();
      const statics = this.checker.getTypeOfSymbol(of).getProperties();
      const known = new Set([...members, ...(SUGAR[name] ?? []), "prototype"]);
      for (const { name: member } of [...instance, ...statics]) {
        if (isPrivate(member) || member.startsWith("__@asyncDispose")) continue;
        this.expect(known.has(member), `${name}.${member} is in no operation`);
      }
    }
  }

  types() {
    for (const definition of this.surface.types) {
      const symbol = this.exports.get(definition.name);
      const given = this.exports.get(`${definition.name}Init`);
      if (!this.expect(symbol ?? given, `the type ${definition.name} is not there`)) continue;
      if (definition.record) {
        for (const of of [symbol, given].filter(Boolean)) {
          if (definition.name !== "Draft" || of === given) this.#record(definition, of, of === given);
        }
      } else if (definition.words) {
        this.#words(definition.name, symbol, definition.words);
      } else if (definition.tagged) {
        this.#forms(definition, symbol);
      }
    }
  }

  #record(definition, symbol, given) {
    const properties = this.checker.getDeclaredTypeOfSymbol(symbol).getProperties();
    this.same(`${symbol.name}: its fields are`, properties.map(({ name }) => name), definition.record.map(({ name }) => camel(name)));
    // One that is given only has its defaults under its own name.
    const optional = given || properties.some(isOptional);
    for (const field of definition.record) {
      const property = properties.find(({ name }) => name === camel(field.name));
      if (property) this.#field(`${symbol.name}.${property.name}`, property, field, optional);
    }
  }

  #field(what, property, field, given) {
    const hasDefault = "default" in field;
    this.same(`${what} may be left out:`, isOptional(property), given && hasDefault);
    if (!isOptional(property)) return;
    const tag = property.getJsDocTags(this.checker).find(({ name }) => name === "defaultValue");
    const text = ts.displayPartsToString(tag?.text).replace(/^`|`$/g, "");
    const found = tag && new Function(`return (${text})`)();
    this.same(`${what}: its default is`, found, this.values.fromWire(field.type, field.default));
  }

  #words(name, symbol, words) {
    const type = this.checker.getDeclaredTypeOfSymbol(symbol);
    const found = (type.isUnion() ? type.types : [type]).map(({ value }) => value);
    this.same(`${name}: its words are`, found.toSorted(), words.map(({ word }) => word).toSorted());
  }

  #forms(definition, symbol) {
    const forms = this.checker.getDeclaredTypeOfSymbol(symbol).types;
    const found = forms.map((form) => form.getProperties().map(({ name }) => name));
    const wanted = definition.tagged.map(({ word, value, fields = [] }) => [
      "kind",
      ...(value ? [camel(word)] : []),
      ...fields.map(({ name }) => camel(name)),
    ]);
    this.same(`${definition.name}: its forms are`, found, wanted);
    const makers = Object.keys(this.live[definition.name] ?? {});
    this.same(`${definition.name}: what makes it is`, makers, definition.tagged.map(({ word }) => camel(word)));
  }

  errors() {
    for (const { kind } of this.surface.errors) {
      const name = `${pascal(kind)}Error`;
      const symbol = this.exports.get(name);
      if (!this.expect(symbol && this.live[name], `there is no class ${name}`)) continue;
      const of = this.checker.getTypeOfPropertyOfType(this.checker.getDeclaredTypeOfSymbol(symbol), "kind");
      this.same(`${name}: its kind is`, of.value, kind);
    }
  }

  /** What is written by hand: it makes values, and calls nothing. */
  sugar() {
    for (const { name, constructor, params } of this.surface.sugar) {
      const { owner, method } = placeOf(NAMES[name] ?? name);
      const holder = this.#holder(owner, constructor);
      const signature = holder && this.#signature(holder, method);
      if (!this.expect(signature, `${name}: ${owner} declares no ${method}`)) continue;
      // The pieces of a draft stand by themselves; elsewhere what may be left out is among the options.
      const byPlace = params.filter((param) => owner === "Draft" || !("default" in param));
      const options = params.filter((param) => !byPlace.includes(param)).map((param) => camel(param.name));
      const declared = signature.getParameters();
      const wanted = [...byPlace.map((param) => camel(param.name)), ...(options.length > 0 ? ["options"] : [])];
      this.same(`${name}: its parameters are`, declared.map((param) => param.name), wanted);
      for (const [place, param] of byPlace.entries()) {
        if (!declared[place]) continue;
        const missing = "default" in param ? "has to be given" : "may be left out";
        this.expect(isOptional(declared[place]) === "default" in param, `${name}: ${declared[place].name} ${missing}`);
      }
      if (options.length > 0 && declared.at(-1)) {
        const type = this.checker.getNonNullableType(this.checker.getTypeOfSymbol(declared.at(-1)));
        this.same(`${name}: its options are`, type.getProperties().map((option) => option.name).toSorted(), options.toSorted());
      }
      const run = (constructor ? this.live[owner] : this.live[owner]?.prototype)?.[method];
      this.expect(typeof run === "function", `${name}: ${owner} has no ${method} at run time`);
    }
  }

  draft() {
    const record = this.surface.types.find(({ name }) => name === "Draft").record;
    const members = this.surface.sugar.filter(({ name }) => name.startsWith("Draft.")).map(({ name }) => placeOf(NAMES[name] ?? name).method);
    const found = [this.#holder("Draft", false), this.#holder("Draft", true)].flatMap((type) => type.getProperties());
    this.same(
      "Draft: its members are",
      found.map(({ name }) => name).filter((name) => !isPrivate(name)).toSorted(),
      [...record.map(({ name }) => camel(name)), ...members, "prototype"].toSorted(),
    );
    const empty = new this.live.Draft();
    for (const { name, type: of, default: value } of record) {
      this.same(`Draft.${camel(name)}: its default is`, empty[camel(name)], this.values.fromWire(of, value));
    }
  }

  /** What a class, or an object of it, has. */
  #holder(name, isStatic) {
    const of = this.exports.get(name);
    if (!of) return undefined;
    return isStatic ? this.checker.getTypeOfSymbol(of) : this.checker.getDeclaredTypeOfSymbol(of);
  }

  /** Only what has one name in TypeScript: the rest is the compiler's. */
  #sameType(what, type, of) {
    const resolved = of.named && this.values.types.get(of.named).alias ? this.values.types.get(of.named).alias : of;
    const names = { text: "string", secret: "string", int: "number", duration: "number", bool: "boolean", time: "Date" };
    const wanted = names[resolved];
    if (wanted) this.same(`${what} is`, this.checker.typeToString(type), wanted);
  }

  #expectMember(inClass, method) {
    if (!this.expected.has(inClass)) this.expected.set(inClass, new Set());
    this.expected.get(inClass).add(method);
  }

  #signature(type, method) {
    const member = type.getProperty(method);
    return member && this.checker.getTypeOfSymbol(member).getCallSignatures()[0];
  }

  #target(symbol) {
    return symbol.flags & ts.SymbolFlags.Alias ? this.checker.getAliasedSymbol(symbol) : symbol;
  }
}

function isPrivate(member) {
  return member.startsWith("#") || member.startsWith("__#");
}

function isOptional(symbol) {
  const [declaration] = symbol.getDeclarations() ?? [];
  return declaration?.questionToken !== undefined || declaration?.initializer !== undefined;
}

/** The names of a function's parameters, out of its source. */
function parameterNames(run) {
  const source = run.toString();
  const list = /^class/.test(source) ? /constructor\(([^)]*)\)/.exec(source)[1] : /\(([^)]*)\)/.exec(source)[1];
  return list.split(",").map((param) => param.split("=")[0].trim()).filter(Boolean);
}

function show(value) {
  return JSON.stringify(value) ?? String(value);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const found = differences(loadSurface(), await import("xmp-sdk"));
  for (const sentence of found) console.error(sentence);
  console.log(found.length === 0 ? "the package is what the description says" : `${found.length} differences`);
  process.exit(found.length === 0 ? 0 : 1);
}
