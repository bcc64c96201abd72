/** A JSON file as records: an array, an array within an object, one object a line, or objects in a row. */
import { Failure } from "../../failure.js";
import { readLines } from "../input/textLines.js";
import type { Cell, Cells, Item, Position } from "../record.js";
import { readElements } from "./elements.js";
import { surveyJson, type JsonShape, type Path } from "./survey.js";

export interface JsonOptions {
  /** Where the rows are, as `data.items`; undefined where the file has to show it. */
  rows: string | undefined;
  /** Whether an object with these members is a row by itself. */
  isRow(members: readonly string[]): boolean;
}

export interface JsonSource {
  format: "json" | "ndjson";
  description: string;
  records: AsyncIterable<Item>;
}

/** `open` gives the text from its start, each time. */
export async function readJson(
  name: string,
  open: () => AsyncIterable<string>,
  options: JsonOptions,
): Promise<JsonSource> {
  const shape = await surveyJson(open());
  if (shape.kind === "lines" && options.rows === undefined) {
    return { format: "ndjson", description: "one JSON object a line", records: readByLine(open()) };
  }
  const place = placeOfRows(name, shape, options);
  const description = describePlace(place);
  return { format: "json", description, records: readPlace(open(), place) };
}

/** Null: the values of the text itself are the rows. */
function placeOfRows(name: string, shape: JsonShape, { rows, isRow }: JsonOptions): Path | null {
  if (rows !== undefined) {
    const arrays = shape.kind === "object" ? shape.arrays : [];
    const found = arrays.find((path) => path.join(".") === rows);
    if (found !== undefined) return found;
    const names = arrays.map((path) => path.join(".")).join(", ") || "none";
    throw new Failure(
      "UnknownRows",
      `${name} has no array of objects "${rows}".`,
      `Arrays: ${names}`,
    );
  }
  if (shape.kind === "array") return [];
  if (shape.kind !== "object" || isRow(shape.members)) return null;
  const [place, ...others] = shape.arrays;
  if (place === undefined) return null;
  if (others.length === 0) return place;
  throw new Failure(
    "AmbiguousJson",
    `${name} holds ${shape.arrays.length} arrays of objects.`,
    `Say which with --rows: ${shape.arrays.map((path) => path.join(".")).join(", ")}`,
  );
}

function describePlace(place: Path | null): string {
  if (place === null) return "JSON objects";
  return place.length === 0 ? "a JSON array" : `the JSON array "${place.join(".")}"`;
}

async function* readPlace(text: AsyncIterable<string>, place: Path | null): AsyncGenerator<Item> {
  let row = 0;
  for await (const element of readElements(text, place)) {
    row += 1;
    const position = { row, line: element.line };
    if (element.kind === "value") {
      yield recordOf(element.value, position);
      continue;
    }
    const message = `${element.message}: nothing behind it can be read`;
    yield { kind: "bad", position, code: "BadJson", message, raw: element.text };
    throw new Failure(
      "BadJson",
      `The file cannot be read behind row ${row}, line ${element.line}.`,
      "Mend it there and send the file again: rows that are already there are not counted twice.",
    );
  }
}

async function* readByLine(text: AsyncIterable<string>): AsyncGenerator<Item> {
  let row = 0;
  for await (const { number, text: line } of readLines(text)) {
    if (line.trim() === "") continue;
    row += 1;
    const position = { row, line: number };
    const value = await parseLine(line);
    yield value === undefined
      ? { kind: "bad", position, code: "BadJson", message: "this line is no JSON", raw: line }
      : { ...recordOf(value, position), raw: line };
  }
}

/** Undefined where the text is no JSON value. Digits that a double would lose stay as text. */
async function parseLine(line: string): Promise<Cell | undefined> {
  if (!/\d{16}/.test(line)) {
    try {
      return JSON.parse(line) as Cell;
    } catch {
      return undefined;
    }
  }
  async function* whole() {
    yield line;
  }
  const values: Cell[] = [];
  for await (const element of readElements(whole(), null)) {
    if (element.kind === "broken") return undefined;
    values.push(element.value);
  }
  return values.length === 1 ? values[0] : undefined;
}

function recordOf(value: Cell, position: Position): Item {
  const raw = JSON.stringify(value);
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return { kind: "bad", position, code: "BadJson", message: "this is no JSON object", raw };
  }
  return { kind: "record", position, cells: value as Cells, raw };
}
