// Words for wrong values. A value may be a secret in the wrong place: texts and what is within objects stay hidden.

/** What a value is, in a sentence. */
export function show(value: unknown): string {
  switch (typeof value) {
    case "undefined":
      return "nothing was given";
    case "string":
      return `a string of ${String(value.length)} characters was given`;
    case "number":
    case "boolean":
      return `the ${typeof value} ${String(value)} was given`;
    case "bigint":
      return `the bigint ${String(value)}n was given`;
    case "symbol":
      return "a symbol was given";
    case "function":
      return "a function was given";
    case "object":
      return value === null ? "null was given" : `${name(value)} was given`;
  }
}

function name(value: object): string {
  if (Array.isArray(value)) {
    return "an array";
  }
  const tag = Object.prototype.toString.call(value).slice("[object ".length, -1);
  return tag === "Object" ? "an object" : `a value of type ${tag}`;
}

/** The error for a value that does not fit. */
export function wrong(at: string, wanted: string, value: unknown): TypeError {
  return new TypeError(`${at} has to be ${wanted}; ${show(value)}`);
}
