/**
 * What the tiles of a rollup have to hold: every row put into its cells, and each cell counted by
 * itself. A cell goes by a text; its statistics by column. Imports nothing of the product.
 */
import type { Row } from "../source/rows.js";
import { bucketId } from "./clock.js";
import { FLOAT_BITS, oracleCubes, type Value } from "./cube.js";
import { binsText, quantileBin, storedFloatSum } from "./sketch.js";

/** The parts of a stored definition that say what is kept. */
export interface Kept {
  cube: string;
  timezone: string;
  dimensions: readonly { name: string; type: string }[];
  accumulators: readonly { column: string; kind: string; field?: string }[];
  /** The definitions of the fields as JSON: the table, then pairs of name and definition. */
  fields: string;
}

/** The oracle's amounts have prices in hundredths; tiles may have them with more decimals. */
const PRICE_SCALE = 2;

/** What tiles hold for one of the oracle's hundredths, in amounts that are made of prices; null for none. */
export function priceFactor(fields: string): number | null {
  const definitions = (JSON.parse(fields) as unknown[]).slice(1) as [string, { scale?: number }][];
  const price = definitions.find(([name]) => name === "price")?.[1];
  return price === undefined ? null : 10 ** ((price.scale ?? PRICE_SCALE) - PRICE_SCALE);
}

/** A cell's statistics in one text, in the order of the definition's accumulators. */
export type Cells = Map<string, string>;

export const cellText = (values: readonly (number | bigint | string | null)[]) => values.join("|");

export function cellName(bucket: string, dimensions: readonly Value[]): string {
  return `${bucket} ${JSON.stringify(dimensions)}`;
}

/**
 * A rollup as its stored definition says it is, with what is known of rows: rows never change, and
 * the same ones are put into the same cells after every step.
 */
export class OracleRollup {
  private readonly cube;
  private readonly factor: number;
  /** By granularity: the names of a row's cells. */
  private readonly names = new Map<string, WeakMap<Row, string[]>>();
  /** Texts of cells by the numbers of their rows. */
  private readonly texts = new Map<string, string>();

  /** `distinctBin` says in which bin of a sketch a value counts: a hash has no other definition. */
  constructor(
    private readonly kept: Kept,
    private readonly distinctBin: (value: string | number) => number,
  ) {
    this.cube = oracleCubes[kept.cube]!;
    this.factor = priceFactor(kept.fields) ?? 1;
  }

  /** All cells of one level. */
  cells(rows: readonly Row[], granularity: string): Cells {
    let names = this.names.get(granularity);
    if (names === undefined) this.names.set(granularity, (names = new WeakMap()));
    const members = new Map<string, Row[]>();
    for (const row of rows) {
      let own = names.get(row);
      if (own === undefined) names.set(row, (own = this.namesOf(row, granularity)));
      for (const name of own) {
        const cell = members.get(name);
        if (cell === undefined) members.set(name, [row]);
        else cell.push(row);
      }
    }
    const cells: Cells = new Map();
    for (const [name, cell] of members) {
      const key = cell.map(numberOf).join();
      let text = this.texts.get(key);
      if (text === undefined) {
        if (this.texts.size >= TEXTS_MAX) this.texts.clear();
        this.texts.set(key, (text = cellText(this.statisticsOf(cell))));
      }
      cells.set(name, text);
    }
    return cells;
  }

  private namesOf(row: Row, granularity: string): string[] {
    const { timezone, dimensions } = this.kept;
    let pairs: Value[][] = [[]];
    for (const { name, type } of dimensions) {
      const given = this.cube.dimensions[name]!(row, timezone);
      const values =
        type === "stringSet"
          ? [given[0] === null ? null : JSON.stringify([...given].sort())]
          : given.map((value) => this.storedValue(name, value));
      pairs = pairs.flatMap((pair) => values.map((value) => [...pair, value]));
    }
    const bucket = bucketId(granularity, timezone, row.at);
    return pairs.map((pair) => cellName(bucket, pair));
  }

  /** Tiles hold prices as whole numbers. */
  private storedValue(dimension: string, value: Value): Value {
    const isPrice = dimension === "price" && typeof value === "number";
    return isPrice ? Math.round(value * 100) * this.factor : value;
  }

  /** Parallel to the accumulators. */
  private statisticsOf(cell: readonly Row[]): (number | bigint | string | null)[] {
    const { accumulators, timezone } = this.kept;
    return accumulators.map(({ column, kind, field }) => {
      const where = this.cube.measures[column.split("_if_")[1] ?? ""]?.where;
      const rows = where === undefined ? cell : cell.filter((row) => where(row, timezone));
      if (kind === "count") return rows.length;
      if (kind === "hll") {
        const values = rows.flatMap((row) => this.cube.dimensions[field!]!(row, timezone));
        const given = values.flatMap((value) => this.storedValue(field!, value) ?? []);
        return counted(given.map(this.distinctBin));
      }
      const { of, scale, isFloat } = this.cube.amounts[field!]!;
      const unit = scale === 0 ? 1n : BigInt(this.factor);
      const given = rows.flatMap((row) => {
        const value = of(row);
        return value === null ? [] : [value * unit];
      });
      if (kind === "n") return given.length;
      if (kind === "ddSketch") return counted(given.map(quantileBin));
      if (kind === "floatSum") return storedFloatSum(sumOf(given));
      if (kind === "floatSumSq") {
        return storedFloatSum(sumOf(given.map((value) => value ** 2n)), 2 * FLOAT_BITS);
      }
      if (kind === "sum") return sumOf(given);
      if (kind === "sumSq") return sumOf(given.map((value) => value ** 2n));
      if (given.length === 0) return null;
      const most = given.reduce((a, b) => ((kind === "min" ? b < a : b > a) ? b : a));
      return isFloat ? storedFloatSum(most) : most;
    });
  }
}

const sumOf = (values: readonly bigint[]) => values.reduce((sum, value) => sum + value, 0n);

/** How many are in each bin, as one text. */
function counted(bins: readonly number[]): string | null {
  const counts = new Map<number, number>();
  for (const bin of bins) counts.set(bin, (counts.get(bin) ?? 0) + 1);
  return binsText(counts);
}

/** Texts kept per rollup; beyond that the memo starts afresh. */
const TEXTS_MAX = 20_000;

const numbers = new WeakMap<Row, number>();
let numbered = 0;

/** A number for a row, which no other row has. */
function numberOf(row: Row): number {
  let number = numbers.get(row);
  if (number === undefined) numbers.set(row, (number = ++numbered));
  return number;
}
