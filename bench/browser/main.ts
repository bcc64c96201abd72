/**
 * `npm run bench -- browser [--records N] [--runs N] [--seconds N] [--only PART]… [--data DIR] [--profile NAME]`: the
 * dashboard in Chromium: changes, loads, writes, memory and code, held against what the product promises, and beside
 * the old way, in which the backend answers everything. Ends with status 1 where a target is missed.
 */
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { isProfile } from "../../local/database/limits.js";
import { firstScreen } from "../support/firstScreen.js";
import { Report } from "../support/report.js";
import { runChanges } from "./changes.js";
import { runLoads } from "./loads.js";
import { Stage } from "./stage.js";
import { runHeap, runWrites } from "./writes.js";

const { values } = parseArgs({
  options: {
    /** Of the tenant, both cubes together. */
    records: { type: "string", default: "100000" },
    runs: { type: "string", default: "10" },
    /** How long writes are followed. */
    seconds: { type: "string", default: "60" },
    /** Parts whose names contain one of these. */
    only: { type: "string", multiple: true },
    /** Keeps the data, for the next run. */
    data: { type: "string" },
    profile: { type: "string", default: "production" },
  },
});

function wholeNumber(name: "records" | "runs" | "seconds"): number {
  const value = Number(values[name]);
  if (Number.isInteger(value) && value > 0) return value;
  throw new Error(`--${name} is a whole number above 0, not "${values[name]}".`);
}
const [records, runs, seconds] = [
  ...[wholeNumber("records"), wholeNumber("runs"), wholeNumber("seconds")],
] as [number, number, number];
const { profile } = values;
if (!isProfile(profile)) throw new Error(`--profile is production or relaxed, not "${profile}".`);

const parts: Record<string, (stage: Stage, report: Report) => Promise<void>> = {
  code: (_stage, report) => runCode(report),
  loads: (stage, report) => runLoads(stage, runs, report),
  changes: (stage, report) => runChanges(stage, runs, report),
  heap: (stage, report) => runHeap(stage, report),
  writes: (stage, report) => runWrites(stage, seconds, report),
};
const chosen = Object.keys(parts).filter(
  (name) => values.only === undefined || values.only.some((part) => name.includes(part)),
);
if (chosen.length === 0) throw new Error(`Parts: ${Object.keys(parts).join(", ")}.`);

const FIRST_SCREEN_BYTES = 130_000;

async function runCode(report: Report): Promise<void> {
  const { gzipBytes } = await firstScreen();
  report.figure("code", "gzip kB of the first screen", gzipBytes / 1000, FIRST_SCREEN_BYTES / 1000);
}

const startedAt = Date.now();
const note = (line: string) => {
  const passed = Math.round((Date.now() - startedAt) / 1000);
  process.stderr.write(`${String(passed).padStart(5)} s  ${line}\n`);
};
const report = new Report();
const dataDir = values.data === undefined ? undefined : resolve(values.data);
const stage = await Stage.start({ records, dataDir, profile, note });
try {
  for (const name of chosen) {
    note(name);
    await parts[name]!(stage, report).catch((error: unknown) => {
      report.failed(name, error);
      note(`${name} came to no end: ${String(error).slice(0, 400)}`);
    });
  }
} finally {
  await stage.stop();
}
console.log(`\nBrowser, ${records} records, profile ${profile}\n\n${report.toString()}\n`);
if (report.isMissed) process.exitCode = 1;
