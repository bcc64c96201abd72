/** JSON tokens of a text, with the line that each stands on. */
import { Tokenizer, type TokenType } from "@streamparser/json";
import type { Cell } from "../record.js";

export interface Token {
  token: TokenType;
  value: Cell;
  line: number;
}

/** Whole numbers beyond a double's reach stay as their text: an id is not rounded. */
class ExactTokenizer extends Tokenizer {
  protected override parseNumber(text: string): number {
    const value = Number(text);
    const isWhole = /^-?\d+$/.test(text);
    return isWhole && !Number.isSafeInteger(value) ? (text as unknown as number) : value;
  }
}

const LINE_FEED = 0x0a;

/** Feeds text to `onToken`. `write` and `end` throw where the text is no JSON. O(length). */
export class TokenReader {
  private readonly tokenizer: Tokenizer;
  private chunk: Buffer = Buffer.alloc(0);
  private chunkStart = 0;
  /** Line feeds before `countedTo`, a position in the stream. */
  private lines = 0;
  private countedTo = 0;

  constructor(onToken: (token: Token) => void) {
    this.tokenizer = new ExactTokenizer({ separator: "" });
    this.tokenizer.onToken = ({ token, value, offset }) => {
      onToken({ token, value: value as Cell, line: this.lineAt(offset) });
    };
  }

  write(text: string): void {
    this.lineAt(this.chunkStart + this.chunk.length);
    this.chunkStart += this.chunk.length;
    this.chunk = Buffer.from(text);
    this.tokenizer.write(this.chunk);
  }

  end(): void {
    this.tokenizer.end();
  }

  /** The line that the text ends on. */
  get line(): number {
    return this.lineAt(this.chunkStart + this.chunk.length);
  }

  private lineAt(offset: number): number {
    const from = Math.max(0, this.countedTo - this.chunkStart);
    const to = offset - this.chunkStart;
    for (let at = from; at < to; at += 1) {
      if (this.chunk[at] === LINE_FEED) this.lines += 1;
    }
    this.countedTo = Math.max(this.countedTo, offset);
    return this.lines + 1;
  }
}
