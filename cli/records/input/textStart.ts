/** Looks at the start of a text, or drops it, without reading the rest. */

/**
 * The first `size` characters or more of a text, with an iterable of the whole: what was looked at is
 * not lost. O(size).
 */
export async function peek(
  text: AsyncIterable<string>,
  size: number,
): Promise<{ start: string; whole: AsyncIterable<string> }> {
  const iterator = text[Symbol.asyncIterator]();
  const pieces: string[] = [];
  let length = 0;
  while (length < size) {
    const next = await iterator.next();
    if (next.done === true) break;
    pieces.push(next.value);
    length += next.value.length;
  }
  async function* whole(): AsyncGenerator<string> {
    try {
      yield* pieces.splice(0);
      for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) {
        yield next.value;
      }
    } finally {
      await iterator.return?.();
    }
  }
  return { start: pieces.join(""), whole: whole() };
}

/** The text behind its first `count` lines, whatever ends them. */
export async function* dropLines(
  text: AsyncIterable<string>,
  count: number,
): AsyncGenerator<string> {
  let left = count;
  let afterReturn = false;
  for await (const chunk of text) {
    let at = 0;
    while (left > 0 && at < chunk.length) {
      const mark = chunk[at]!;
      if (mark === "\r" || (mark === "\n" && !afterReturn)) left -= 1;
      afterReturn = mark === "\r";
      at += 1;
    }
    // The line feed of the last dropped CR LF.
    if (left === 0 && afterReturn && at < chunk.length) {
      if (chunk[at] === "\n") at += 1;
      afterReturn = false;
    }
    if (left === 0) yield at === 0 ? chunk : chunk.slice(at);
  }
}
