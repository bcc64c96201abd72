/** What an export says of itself, within a Parquet file, else in a file beside it; and reading that back. */
import { readFile } from "node:fs/promises";
import { Failure, messageOf } from "../../failure.js";
import type { Column } from "./columns.js";

/** A stretch of time whose rows are exported together, and are of one commit. */
export interface Part {
  /** Wall clock in the export's zone: [from, to). Null where the rows are those of a query. */
  from: string | null;
  to: string | null;
  rows: number;
  /** Of the rows, as `PartSum` makes it. */
  sum: string;
  /** Null where the rows are of an archive, which names no commit. */
  watermark: string | null;
  /** Whether the file has its rows: without `--since` those of all parts, else of those that differ. */
  isWritten: boolean;
}

export interface About {
  version: 1;
  /** Null where the rows are of an archive. */
  deployment: string | null;
  tenant: string | null;
  /** What was asked for, as it was asked. */
  asked: Readonly<Record<string, unknown>>;
  /** The same, normalised; of a rollup without its range. */
  query: Readonly<Record<string, unknown>>;
  rollup: { cube: string; name: string } | null;
  timezone: string;
  /** All rows include every change up to this commit: the least of the parts'. Null as theirs. */
  watermark: string | null;
  /** ISO time of it. */
  lastRefreshTime: string | null;
  /** Whether all rows are of this one commit. */
  isOneCommit: boolean;
  exact: boolean;
  freshness: "live" | "folded";
  /** The routes that answered. */
  servedBy: string[];
  columns: Column[];
  /** In the file. */
  rows: number;
  /** In the order of time. Parts without rows are not listed, but for those that had some in `since`. */
  parts: Part[];
  /** The watermark of the former export, of which this one has what changed; null for a whole one. */
  since: string | null;
  /** ISO time. */
  exportedAt: string;
}

/** Beside a file that has no room for it. `sha256` is the file's: another file is not what this is about. */
export interface Sidecar extends About {
  sha256: string;
}

export const sidecarOf = (path: string) => `${path}.meta.json`;

/** The key of `About` as JSON among a Parquet file's. */
export const ABOUT_KEY = "convex-rollups";

/** Throws `NoFile` and `BadFile`. */
export function parseAbout(text: string, path: string): About {
  let value: unknown;
  try {
    value = JSON.parse(text) as unknown;
  } catch (error) {
    throw new Failure("BadFile", `${path} is no JSON: ${messageOf(error)}`);
  }
  const about = value as Partial<About> | null;
  if (about?.version === 1 && Array.isArray(about.parts) && Array.isArray(about.columns))
    return about as About;
  throw new Failure("BadFile", `${path} was not written by export.`);
}

export async function readText(path: string): Promise<string> {
  return await readFile(path, "utf8").catch(() => {
    throw new Failure("NoFile", `There is no file ${path}.`);
  });
}
