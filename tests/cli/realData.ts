/**
 * Where the real files lie that some suites read: a folder beside the repository, or wherever
 * ROLLUPS_DATA_DIR points. They are not ours to publish, so a suite must have something to do without
 * them, and say that it does.
 */
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";

/** The files that a suite may ask for. */
export const realFiles = {
  ratings: "movie-ratings.csv.gz",
  movies: "movies.csv.gz",
  demand: "product-demand.csv.gz",
} as const;

/** The folder with all of `realFiles`, or null. */
export function realDataDir(): string | null {
  const declared = process.env["ROLLUPS_DATA_DIR"];
  const directory = resolve(declared ?? join(import.meta.dirname, "../../../shared/data"));
  const complete = Object.values(realFiles).every((name) => existsSync(join(directory, name)));
  if (complete) return directory;
  if (declared !== undefined)
    throw new Error(`ROLLUPS_DATA_DIR does not hold ${Object.values(realFiles).join(", ")}`);
  return null;
}

/** Says once, in the test output, which data a suite runs on. */
export function announceData(suite: string, directory: string | null): void {
  const what =
    directory === null
      ? "GENERATED data: the real files are absent (set ROLLUPS_DATA_DIR to use them)"
      : "the real files";
  process.stderr.write(`[${suite}] runs on ${what}\n`);
}
