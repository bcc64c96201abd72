/**
 * Stock movements to import in the crash suites: the beginning of the real file, or of one of the same shape; all
 * of it with `HEAVY=production`.
 */
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { announceData, realDataDir, realFiles } from "../cli/realData.js";
import type { StockRow } from "../oracle/cubes.js";
import { generateFiles } from "../realData/generatedFiles.js";
import { documented, readDemand } from "../realData/sourceFiles.js";
import { heavyProfile } from "../support/stage.js";

/** Enough for several folds between two crashes. */
const rowsOfBeginning = 10_000;

export interface DemandFile {
  title: string;
  rows: StockRow[];
  /** The words of the documented import command for a backend. */
  command(url: string): string[];
}

export function demandFile(suite: string): DemandFile {
  const real = realDataDir();
  announceData(suite, real);
  const whole = real ?? generateFiles();
  const directory = heavyProfile === "production" ? whole : beginningOf(whole);
  return {
    title: real === null ? "GENERATED data of the real file's shape" : "the real file",
    rows: readDemand(directory),
    command: (url) => [...documented("demand", directory), "--url", url],
  };
}

/** A folder with the first rows of the file, under its name. */
function beginningOf(whole: string): string {
  const directory = mkdtempSync(join(tmpdir(), "rollups-demand-"));
  const lines = gunzipSync(readFileSync(join(whole, realFiles.demand)))
    .toString("utf8")
    .split("\n");
  const text = lines.slice(0, 1 + rowsOfBeginning).join("\n");
  writeFileSync(join(directory, realFiles.demand), gzipSync(`${text.trimEnd()}\n`));
  return directory;
}
