// What keeps the process alive: a promise alone does not, and the completions of Rust are made not to.

const FOR_EVER = 2 ** 31 - 1;

let reasons = 0;
const timer = setInterval(() => undefined, FOR_EVER).unref();

/** The process stays, until `release`. */
export function hold(): void {
  reasons += 1;
  if (reasons === 1) {
    timer.ref();
  }
}

/** Takes one `hold` back. */
export function release(): void {
  reasons -= 1;
  if (reasons === 0) {
    timer.unref();
  }
}
