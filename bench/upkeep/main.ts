/**
 * `npm run bench -- upkeep [--only CASE]… [--scale 0.1] [--nested separate] [--clock cpu]`: what folding, building, resting and
 * verifying take on a deployment as strict as Convex, with every cell compared, priced, and held
 * against what the product promises. Ends with status 1 where a target is missed.
 */
import { parseArgs } from "node:util";
import { runActiveCase } from "./activeCase.js";
import { foldCases, runFoldCase } from "./foldCases.js";
import { priceCases, runPriceCase } from "./priceCases.js";
import { Report } from "../support/report.js";
import type { StageOptions } from "./stage.js";
import { runWriteCase } from "./writeCase.js";

type RunCase = (
  name: string,
  options: StageOptions,
  scale: number,
  report: Report,
) => Promise<void>;

const cases = new Map<string, RunCase>([
  ...foldCases.map((name): [string, RunCase] => [name, runFoldCase]),
  ...Object.keys(priceCases).map((name): [string, RunCase] => [name, runPriceCase]),
  ["recordBatch", (name, options, _scale, report) => runWriteCase(name, options, report)],
  ["active tenants", runActiveCase],
]);

const { values } = parseArgs({
  options: {
    /** Cases whose names contain one of these. */
    only: { type: "string", multiple: true },
    /** Rows, tenants and windows as a share of the whole. */
    scale: { type: "string", default: "1" },
    nested: { type: "string", default: "shared" },
    clock: { type: "string", default: "wall" },
    list: { type: "boolean", default: false },
  },
});
const scale = Number(values.scale);
if (!(scale > 0)) throw new Error(`--scale is a number above 0, not "${values.scale}".`);
const nestedTime = values.nested;
if (nestedTime !== "shared" && nestedTime !== "separate")
  throw new Error(`--nested is shared or separate, not "${nestedTime}".`);
const userClock = values.clock;
if (userClock !== "wall" && userClock !== "cpu")
  throw new Error(`--clock is wall or cpu, not "${userClock}".`);
const chosen = [...cases.keys()].filter(
  (name) => values.only === undefined || values.only.some((part) => name.includes(part)),
);
if (chosen.length === 0 || values.list) {
  console.log(`Cases: ${[...cases.keys()].join(" · ")}`);
  process.exit(values.list ? 0 : 1);
}

const report = new Report();
const startedAt = Date.now();
const note = (line: string) => {
  const seconds = Math.round((Date.now() - startedAt) / 1000);
  process.stderr.write(`${String(seconds).padStart(5)} s  ${line}\n`);
};
for (const [i, name] of chosen.entries()) {
  note(`${i + 1} of ${chosen.length}: ${name}`);
  try {
    await cases.get(name)!(name, { nestedTime, userClock }, scale, report);
  } catch (error) {
    report.failed(name, error);
    note(`${name} came to no end: ${String(error).slice(0, 400)}`);
  }
}
note("done");
console.log(
  `\nUpkeep, nested time ${nestedTime}, ${userClock} clock, scale ${scale}\n\n${report.toString()}\n`,
);
if (report.isMissed) process.exitCode = 1;
