/**
 * Facts in columns, for a browser that computes answers itself: 100,000 records as objects are tens
 * of megabytes of heap, as columns a few. Texts are stored once each and referred to by number.
 */
import { RollupsError } from "../../../lib/errors.js";
import type { CubeDefinition, Fact, FactValue } from "../../../lib/model/cube.js";

/** Rows that a new table has room for; the room doubles when it is full. */
const ROWS_START = 1024;

interface Column {
  set(row: number, value: FactValue): void;
  get(row: number): FactValue;
  grow(rows: number): void;
}

export class FactTable implements Iterable<Fact> {
  private readonly names: string[];
  private readonly columns: Column[];
  private readonly rowOf = new Map<string, number>();
  /** Row → document, so that the last row can move into a hole. */
  private readonly ids: string[] = [];
  private capacity = ROWS_START;

  constructor(cube: CubeDefinition) {
    this.names = Object.keys(cube.fields);
    this.columns = Object.values(cube.fields).map(({ type }): Column => {
      if (type === "string") return new TextColumn(ROWS_START);
      if (type === "strings") return new TextsColumn(ROWS_START);
      return new NumberColumn(ROWS_START);
    });
  }

  /** Number of documents held. */
  get size(): number {
    return this.ids.length;
  }

  /** Adds or replaces a document's fact. Amortised O(fields). */
  upsert(docId: string, fact: Fact): void {
    let row = this.rowOf.get(docId);
    if (row === undefined) {
      row = this.ids.push(docId) - 1;
      this.rowOf.set(docId, row);
      if (row >= this.capacity) {
        this.capacity *= 2;
        for (const column of this.columns) column.grow(this.capacity);
      }
    }
    for (let i = 0; i < this.columns.length; i++) {
      this.columns[i]?.set(row, fact[this.names[i] as string] ?? null);
    }
  }

  /** Forgets a document; nothing happens if it is not held. O(fields). */
  remove(docId: string): void {
    const row = this.rowOf.get(docId);
    if (row === undefined) return;
    this.rowOf.delete(docId);
    const lastId = this.ids.pop() as string;
    if (lastId === docId) return;
    const last = this.ids.length;
    this.ids[row] = lastId;
    this.rowOf.set(lastId, row);
    for (const column of this.columns) column.set(row, column.get(last));
  }

  /** A document's fact, or null. */
  get(docId: string): Fact | null {
    const row = this.rowOf.get(docId);
    return row === undefined ? null : this.read(row);
  }

  /** All facts, in no particular order. The table must not change meanwhile. */
  *[Symbol.iterator](): Generator<Fact, void, undefined> {
    for (let row = 0; row < this.ids.length; row++) yield this.read(row);
  }

  /**
   * All facts like the iteration, but as one and the same object, which reads a field of the current
   * row when it is asked for: for a consumer that keeps nothing and looks at few fields.
   */
  *scan(): Generator<Fact, void, undefined> {
    let row = 0;
    const cursor: Record<string, FactValue> = {};
    this.names.forEach((name, i) => {
      const column = this.columns[i] as Column;
      Object.defineProperty(cursor, name, { enumerable: true, get: () => column.get(row) });
    });
    for (; row < this.ids.length; row++) yield cursor;
  }

  private read(row: number): Fact {
    const fact: Record<string, FactValue> = {};
    for (let i = 0; i < this.columns.length; i++) {
      fact[this.names[i] as string] = this.columns[i]?.get(row) ?? null;
    }
    return fact;
  }
}

/** Doubles; NaN stands for null. */
class NumberColumn implements Column {
  private values: Float64Array;

  constructor(rows: number) {
    this.values = new Float64Array(rows);
  }

  set(row: number, value: FactValue): void {
    if (value !== null && typeof value !== "number") throw mistyped(value);
    this.values[row] = value ?? Number.NaN;
  }

  get(row: number): number | null {
    const value = this.values[row] as number;
    return Number.isNaN(value) ? null : value;
  }

  grow(rows: number): void {
    const values = new Float64Array(rows);
    values.set(this.values);
    this.values = values;
  }
}

/** Each distinct value once. Numbers are given in order of appearance; entries are never removed. */
class Dictionary<Value> {
  private readonly codes = new Map<string, number>();
  private readonly values: Value[] = [];

  encode(key: string, value: Value): number {
    let code = this.codes.get(key);
    if (code === undefined) {
      code = this.values.push(value) - 1;
      this.codes.set(key, code);
    }
    return code;
  }

  decode(code: number): Value {
    return this.values[code] as Value;
  }
}

/** Codes of a dictionary, in four bytes a row; 0 stands for null. */
class Codes {
  private values: Uint32Array;

  constructor(rows: number) {
    this.values = new Uint32Array(rows);
  }

  set(row: number, code: number | null): void {
    this.values[row] = code === null ? 0 : code + 1;
  }

  get(row: number): number | null {
    const value = this.values[row] as number;
    return value === 0 ? null : value - 1;
  }

  grow(rows: number): void {
    const values = new Uint32Array(rows);
    values.set(this.values);
    this.values = values;
  }
}

class TextColumn implements Column {
  private readonly dictionary = new Dictionary<string>();
  private readonly codes: Codes;

  constructor(rows: number) {
    this.codes = new Codes(rows);
  }

  set(row: number, value: FactValue): void {
    if (value !== null && typeof value !== "string") throw mistyped(value);
    this.codes.set(row, value === null ? null : this.dictionary.encode(value, value));
  }

  get(row: number): string | null {
    const code = this.codes.get(row);
    return code === null ? null : this.dictionary.decode(code);
  }

  grow(rows: number): void {
    this.codes.grow(rows);
  }
}

/** Whole arrays are the dictionary's entries: few combinations of values occur, again and again. */
class TextsColumn implements Column {
  private readonly dictionary = new Dictionary<readonly string[]>();
  private readonly codes: Codes;

  constructor(rows: number) {
    this.codes = new Codes(rows);
  }

  set(row: number, value: FactValue): void {
    if (value !== null && !Array.isArray(value)) throw mistyped(value);
    const texts = (value ?? []) as readonly string[];
    this.codes.set(row, this.dictionary.encode(JSON.stringify(texts), texts));
  }

  get(row: number): readonly string[] {
    const code = this.codes.get(row);
    return code === null ? [] : this.dictionary.decode(code);
  }

  grow(rows: number): void {
    this.codes.grow(rows);
  }
}

function mistyped(value: unknown): RollupsError {
  return new RollupsError("InvalidFact", "A fact's value has another type than its field", {
    type: typeof value,
  });
}
