/**
 * Splits one big JSON array into its elements without holding more than one of them: exports of
 * viewing history are a single array of hundreds of megabytes. Only brackets and strings are
 * followed here; each element is parsed on its own, so a bad one costs itself only.
 */

export type JsonElement = { row: number; line: number; text: string };

/** An element longer than this means that the brackets do not match. */
const elementCharactersMax = 4_000_000;

/**
 * Yields the text of each element of the top-level array. A file that ends inside an element yields
 * that unfinished text last; parsing it fails, as it should.
 */
export async function* splitJsonArray(chunks: AsyncIterable<string>): AsyncGenerator<JsonElement> {
  const state = { depth: 0, inString: false, escaped: false, line: 1, row: 0 };
  let element = "";
  let elementLine = 1;
  for await (const chunk of chunks) {
    let start = state.depth >= 1 ? 0 : -1;
    for (let at = 0; at < chunk.length; at += 1) {
      const code = chunk.charCodeAt(at);
      if (code === newline) state.line += 1;
      if (state.inString) {
        if (state.escaped) state.escaped = false;
        else if (code === backslash) state.escaped = true;
        else if (code === quote) state.inString = false;
        continue;
      }
      if (code === quote) {
        if (state.depth === 1 && element === "" && chunk.slice(start, at).trim() === "")
          elementLine = state.line;
        state.inString = true;
      } else if (code === openBrace || code === openBracket) {
        state.depth += 1;
        if (state.depth === 1) start = at + 1;
        if (state.depth === 2) elementLine = state.line;
      } else if (code === closeBrace || code === closeBracket || code === comma) {
        const ends = state.depth === 1;
        if (code !== comma) state.depth -= 1;
        if (!ends) continue;
        const text = (element + chunk.slice(start, at)).trim();
        element = "";
        start = at + 1;
        if (text !== "") yield { row: (state.row += 1), line: elementLine, text };
        elementLine = state.line;
        // What follows the array (usually a line break) belongs to no element.
        if (state.depth === 0) return;
      }
    }
    if (start >= 0) element += chunk.slice(start);
    if (element.length > elementCharactersMax) break;
  }
  if (element.trim() !== "") yield { row: state.row + 1, line: elementLine, text: element.trim() };
}

const [quote, backslash, newline, comma] = [0x22, 0x5c, 0x0a, 0x2c];
const [openBrace, closeBrace, openBracket, closeBracket] = [0x7b, 0x7d, 0x5b, 0x5d];
