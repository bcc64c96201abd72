/** An answer from an order statistic: of each row the trees are asked for the entries at its percentiles. */
import { nearestRank } from "../measures/nearestRank.js";
import type { Answer } from "../query/answer.js";
import type { CompiledQuery } from "../query/compile.js";
import { Groups, type GivenCell } from "../answer/groups.js";
import type { MergedTrees } from "./merged.js";
import type { OrderRow } from "./orderRows.js";

/** `rows` have records each. `treesOf` are the trees of a row, with what they lack. */
export async function answerFromOrder(
  compiled: CompiledQuery,
  tenantZone: string,
  rows: readonly OrderRow[],
  treesOf: (row: OrderRow) => MergedTrees,
): Promise<Answer> {
  const groups = new Groups(compiled, tenantZone);
  groups.give(await orderCells(compiled, rows, treesOf));
  return groups.finish();
}

/** The exact percentiles of each row, for tiles to tell the rest. */
export async function orderCells(
  { accumulators }: CompiledQuery,
  rows: readonly OrderRow[],
  treesOf: (row: OrderRow) => MergedTrees,
): Promise<GivenCell[]> {
  const cells: GivenCell[] = [];
  for (const row of rows) {
    const trees = treesOf(row);
    const values: GivenCell["values"] = [];
    for (const { kind, p } of accumulators) {
      if (kind !== "values" || trees.total === 0) values.push(null);
      else values.push((await trees.at(nearestRank(p ?? 0, trees.total))).value);
    }
    cells.push({ dimensions: row.dimensions, bucket: row.bucket, values });
  }
  return cells;
}
