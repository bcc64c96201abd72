/** The first `count` items of a sequence, and an iterable of all of them. */
export async function takeFirst<T>(
  items: AsyncIterable<T>,
  count: number,
): Promise<{ first: readonly T[]; all: AsyncIterable<T> }> {
  const iterator = items[Symbol.asyncIterator]();
  const first: T[] = [];
  let failure: { error: unknown } | undefined;
  while (first.length < count) {
    try {
      const next = await iterator.next();
      if (next.done === true) break;
      first.push(next.value);
    } catch (error) {
      // What came before the failure still counts.
      failure = { error };
      break;
    }
  }
  async function* all(): AsyncGenerator<T> {
    try {
      yield* first;
      if (failure !== undefined) throw failure.error;
      for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) {
        yield next.value;
      }
    } finally {
      await iterator.return?.();
    }
  }
  return { first, all: all() };
}
