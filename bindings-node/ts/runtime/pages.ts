// Iteration over the items of pages.

/** Reads page after page, until one is empty or says that it is the last. */
export async function* pages<P, I, C>(
  first: C | undefined,
  read: (place: C | undefined) => Promise<P>,
  items: (page: P) => readonly I[],
  next: (page: P) => C | null,
): AsyncGenerator<I, void, undefined> {
  let place = first;
  for (;;) {
    const page = await read(place);
    yield* items(page);
    const following = next(page);
    if (following === null) {
      return;
    }
    place = following;
  }
}
