/** The values that stand at one place of a JSON text, one after the other, without holding the text. */
import { TokenParser, TokenType } from "@streamparser/json";
import type { Cell } from "../record.js";
import type { Path } from "./survey.js";
import { TokenReader } from "./tokens.js";

export type Element =
  | { kind: "value"; value: Cell; line: number }
  /** Nothing behind it can be read. */
  | { kind: "broken"; line: number; message: string; text: string };

/** How much of a broken text is shown. */
const SHOWN_CHARACTERS = 400;

/**
 * `place` is the way to the array whose elements are meant; null means the values of the text itself.
 * The first mistake ends the reading with `broken`.
 */
export async function* readElements(
  text: AsyncIterable<string>,
  place: Path | null,
): AsyncGenerator<Element> {
  const ready: Element[] = [];
  const depth = place === null ? 0 : place.length + 1;
  let open = 0;
  let line = 1;
  // Members of any name, because a selector cannot hold every name; the stack tells which they are.
  const parser = new TokenParser({
    paths: [["$", ...new Array<string>(depth).fill("*")].join(".")],
    keepStack: false,
    ...(place === null ? { separator: "" } : {}),
  });
  parser.onValue = ({ value, stack }) => {
    const isThere = place === null || place.every((key, at) => stack[at + 1]?.key === key);
    if (isThere) ready.push({ kind: "value", value: value as Cell, line });
  };
  const reader = new TokenReader((token) => {
    const { token: type } = token;
    const isSign = type === TokenType.COMMA || type === TokenType.COLON;
    const closes = type === TokenType.RIGHT_BRACE || type === TokenType.RIGHT_BRACKET;
    if (open === depth && !isSign && !closes) line = token.line;
    parser.write(token as never);
    if (type === TokenType.LEFT_BRACE || type === TokenType.LEFT_BRACKET) open += 1;
    if (closes) open -= 1;
  });
  let tail = "";
  for await (const chunk of text) {
    tail = chunk.slice(-SHOWN_CHARACTERS);
    const problem = problemOf(() => reader.write(chunk));
    yield* ready.splice(0);
    if (problem !== undefined) {
      const shown = chunk.slice(0, SHOWN_CHARACTERS);
      return yield { kind: "broken", line: reader.line, message: problem, text: shown };
    }
  }
  const problem = problemOf(() => {
    reader.end();
    if (!parser.isEnded) parser.end();
  });
  yield* ready;
  if (problem !== undefined) {
    const message = `the file ends within a value: ${problem}`;
    yield { kind: "broken", line: reader.line, message, text: tail };
  }
}

function problemOf(read: () => void): string | undefined {
  try {
    read();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
