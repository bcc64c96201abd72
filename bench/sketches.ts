/**
 * Measured error of sketches against their bounds, merged from 1, 10 and 1,000 parts:
 * `npx tsx bench/sketches.ts [--data DIRECTORY]`. The figures of `docs/designs/009-sketches.md`.
 */
import { parseArgs } from "node:util";
import { realDataDir } from "../tests/cli/realData.js";
import { dice } from "./data/random.js";
import { realDistinct, realQuantiles } from "./support/realValues.js";
import {
  distinctErrors,
  distinctShapes,
  quantileErrors,
  quantileShapes,
  type Errors,
} from "./support/sketchErrors.js";
import { table, type Cell } from "./support/table.js";

const WAYS = [1, 10, 1000];
/** Groups of each size. */
const TRIALS = 40;

function rowsOf<Shape extends { name: string }>(
  shapes: readonly Shape[],
  errorsOf: (shape: Shape, ways: number) => Errors,
): Cell[][] {
  const percent = (share: number) => `${(100 * share).toFixed(3)} %`;
  return shapes.flatMap((shape) =>
    WAYS.map((ways) => {
      const { answers, rms, max, bound } = errorsOf(shape, ways);
      return [shape.name, ways, answers, percent(rms), percent(max), percent(bound)];
    }),
  );
}

const { values } = parseArgs({ options: { data: { type: "string" } } });
const directory = values.data ?? realDataDir();
if (directory === null) console.log("The real files are absent; say where with --data.\n");
const distinct = [
  ...distinctShapes(dice(1), TRIALS),
  ...(directory === null ? [] : realDistinct(directory)),
];
const quantiles = [
  ...quantileShapes(dice(2), TRIALS),
  ...(directory === null ? [] : realQuantiles(directory)),
];
const header = (bound: string) => ["values", "parts", "answers", "rms error", "max error", bound];
console.log(table(header("bound of the rms"), rowsOf(distinct, distinctErrors)));
console.log();
console.log(table(header("bound of the max"), rowsOf(quantiles, quantileErrors)));
