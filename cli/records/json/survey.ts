/** What a JSON file holds, before any of it is read as rows. */
import { TokenType } from "@streamparser/json";
import { TokenReader, type Token } from "./tokens.js";

/** The way to a member, from the top. */
export type Path = readonly string[];

export type JsonShape =
  /** The elements of one array. */
  | { kind: "array" }
  /** One value a line. */
  | { kind: "lines" }
  /** Values one behind the other, each over any number of lines. */
  | { kind: "values" }
  /** One object, with what it holds. */
  | { kind: "object"; members: readonly string[]; arrays: readonly Path[] };

/** Reads as much as decides: the start of most files, all of a single object. */
export async function surveyJson(text: AsyncIterable<string>): Promise<JsonShape> {
  const top = new TopValue();
  for await (const chunk of text) {
    const shape = top.write(chunk);
    if (shape !== undefined) return shape;
  }
  return top.end();
}

interface Level {
  kind: "object" | "array";
  key: string;
}

/** Follows the first value of a file, and looks at where the next one begins. */
class TopValue {
  private readonly stack: Level[] = [];
  private readonly members: string[] = [];
  /** Arrays that no other array holds, and whether an object is among their elements. */
  private readonly arrays = new Map<string, { path: Path; objects: number; others: number }>();
  private key = "";
  private first: { kind: Level["kind"] | "scalar"; line: number } | undefined;
  private endLine: number | undefined;
  private nextLine: number | undefined;
  private readonly reader = new TokenReader((token) => this.take(token));

  write(chunk: string): JsonShape | undefined {
    try {
      this.reader.write(chunk);
    } catch {
      // Whoever reads the file will say what is wrong with it.
      return this.shapeAfterError();
    }
    if (this.first?.kind === "array") return { kind: "array" };
    return this.nextLine === undefined ? undefined : this.shapeOfMany();
  }

  end(): JsonShape {
    if (this.first?.kind === "array") return { kind: "array" };
    if (this.endLine === undefined) return { kind: "values" };
    const found = [...this.arrays.values()];
    const ofObjects = found.filter(({ objects }) => objects > 0);
    const empty = found.filter(({ objects, others }) => objects + others === 0);
    const arrays = (ofObjects.length > 0 ? ofObjects : empty).map(({ path }) => path);
    return { kind: "object", members: this.members, arrays };
  }

  private shapeOfMany(): JsonShape {
    const oneLine = this.first!.line === this.endLine;
    return oneLine && this.nextLine! > this.endLine! ? { kind: "lines" } : { kind: "values" };
  }

  private shapeAfterError(): JsonShape {
    const errorLine = this.reader.line;
    if (this.nextLine !== undefined) return this.shapeOfMany();
    if (this.first?.kind === "array") return { kind: "array" };
    const first = this.first?.line ?? 1;
    const oneLine = this.endLine === undefined || this.endLine === first;
    return oneLine && errorLine > first ? { kind: "lines" } : { kind: "values" };
  }

  private take({ token, value, line }: Token): void {
    if (this.endLine !== undefined) {
      this.nextLine ??= line;
      return;
    }
    const opens =
      token === TokenType.LEFT_BRACE
        ? "object"
        : token === TokenType.LEFT_BRACKET
          ? "array"
          : undefined;
    const closes = token === TokenType.RIGHT_BRACE || token === TokenType.RIGHT_BRACKET;
    const scalar = opens === undefined && !closes && token !== TokenType.COMMA;
    this.first ??= { kind: opens ?? "scalar", line };
    if (opens !== undefined || (scalar && token !== TokenType.COLON))
      this.count(opens === "object");
    if (opens !== undefined) {
      this.stack.push({ kind: opens, key: this.key });
      if (opens === "array" && !this.insideArray(1)) this.open();
    } else if (closes) {
      this.stack.pop();
    } else if (token === TokenType.STRING) {
      this.key = value as string;
    } else if (token === TokenType.COLON && this.stack.length === 1) {
      this.members.push(this.key);
    }
    if (this.stack.length === 0) this.endLine = line;
  }

  private open(): void {
    const path = this.stack.slice(1).map(({ key }) => key);
    this.arrays.set(JSON.stringify(path), { path, objects: 0, others: 0 });
  }

  /** Counts an element of the array that is open on top, unless another array holds it. */
  private count(isObject: boolean): void {
    if (this.stack.at(-1)?.kind !== "array" || this.insideArray(1)) return;
    const path = this.stack.slice(1).map(({ key }) => key);
    const found = this.arrays.get(JSON.stringify(path));
    if (found !== undefined) found[isObject ? "objects" : "others"] += 1;
  }

  private insideArray(levelsAbove: number): boolean {
    return this.stack.slice(0, -levelsAbove).some(({ kind }) => kind === "array");
  }
}
