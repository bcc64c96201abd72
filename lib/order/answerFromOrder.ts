/** An answer from an order statistic: of each row the trees are asked for the entries at its percentiles. */
import { nearestRank } from "../measures/nearestRank.js";
import type { Answer } from "../query/answer.js";
import type { CompiledQuery } from "../query/compile.js";
import { Groups } from "../answer/groups.js";
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
  for (const row of rows) {
    const trees = treesOf(row);
    const values: (number | null)[] = [];
    for (const { kind, p } of compiled.accumulators) {
      if (kind !== "values") values.push(1);
      else if (trees.total === 0) values.push(null);
      else values.push((await trees.at(nearestRank(p ?? 0, trees.total))).value);
    }
    const columns = values.map((_, i) => i);
    groups.addCell(row.dimensions, row.bucket, values, columns, []);
  }
  return groups.finish();
}
