/**
 * What the tiles of a rollup have to hold: every row put into its cells, and each cell counted by
 * itself. A cell goes by a text; its statistics by column. Imports nothing of the product.
 */
import type { Row } from "../source/rows";
import { bucketId } from "./clock";
import { oracleCubes, type Value } from "./cube";

/** The parts of a stored definition that say what is kept. */
export interface Kept {
  cube: string;
  timezone: string;
  dimensions: readonly { name: string }[];
  accumulators: readonly { column: string; kind: string; field?: string }[];
  /** The definitions of the fields as JSON: the table, then pairs of name and definition. */
  fields: string;
}

/** The oracle's amounts have prices in hundredths; tiles may have them with more decimals. */
const PRICE_SCALE = 2;

/** What tiles hold for one of the oracle's hundredths, in amounts that are made of prices. */
function priceFactor({ fields }: Kept): number {
  const definitions = (JSON.parse(fields) as unknown[]).slice(1) as [string, { scale?: number }][];
  const price = definitions.find(([name]) => name === "price")?.[1];
  return 10 ** ((price?.scale ?? PRICE_SCALE) - PRICE_SCALE);
}

/** Statistics as texts, parallel to the definition's accumulators. */
export type Cells = Map<string, (string | null)[]>;

export function cellName(bucket: string, dimensions: readonly Value[]): string {
  return `${bucket} ${JSON.stringify(dimensions)}`;
}

/** All cells of one level. */
export function oracleCells(rows: readonly Row[], kept: Kept, granularity: string): Cells {
  const cube = oracleCubes[kept.cube]!;
  const factor = priceFactor(kept);
  const members = new Map<string, Row[]>();
  for (const row of rows) {
    let pairs: Value[][] = [[]];
    for (const { name } of kept.dimensions) {
      const values = cube.dimensions[name]!(row, kept.timezone).map((value) =>
        // Tiles hold prices as whole numbers.
        name === "price" && typeof value === "number" ? Math.round(value * 100) * factor : value,
      );
      pairs = pairs.flatMap((pair) => values.map((value) => [...pair, value]));
    }
    const bucket = bucketId(granularity, kept.timezone, row.at);
    for (const pair of pairs) {
      const name = cellName(bucket, pair);
      const cell = members.get(name);
      if (cell === undefined) members.set(name, [row]);
      else cell.push(row);
    }
  }
  const cells: Cells = new Map();
  for (const [name, cell] of members) {
    cells.set(
      name,
      kept.accumulators.map(({ column, kind, field }) => {
        const where = cube.measures[column.split("_if_")[1] ?? ""]?.where;
        const rows = where === undefined ? cell : cell.filter((row) => where(row, kept.timezone));
        if (kind === "count") return String(rows.length);
        const { of, scale } = cube.amounts[field!]!;
        const unit = scale === 0 ? 1n : BigInt(factor);
        const given = rows.flatMap((row) => {
          const value = of(row);
          return value === null ? [] : [value * unit];
        });
        if (kind === "n") return String(given.length);
        if (kind === "sum") return String(given.reduce((sum, value) => sum + value, 0n));
        if (given.length === 0) return null;
        return String(given.reduce((a, b) => ((kind === "min" ? b < a : b > a) ? b : a)));
      }),
    );
  }
  return cells;
}
