/** What exports of queries and of rollups have in common. */
import type { MetaCube } from "../../../lib/cubeJson/meta.js";
import { Failure } from "../../failure.js";
import type { About } from "./about.js";
import type { Asking, Loaded, Query } from "./asking.js";
import type { Column } from "./columns.js";
import type { Format } from "./command.js";
import { parquetSheet } from "./parquetSheet.js";
import type { Sheet } from "./sheet.js";
import { csvSheet, ndjsonSheet } from "./textSheet.js";

export interface Exporting extends Writing {
  asking: Asking;
  cubes: readonly MetaCube[];
  /** What was written before. */
  former: About | null;
}

export interface Writing {
  format: Format;
  out: string;
  tenant: string | null;
  /** ISO time. */
  exportedAt: string;
}

/** What there is now, or that it is as it was: then nothing was written. */
export type Outcome = { kind: "written"; about: About } | { kind: "unchanged"; watermark: string };

/** How often reading begins again where commits come in between. */
export const ATTEMPTS = 5;

export async function openSheet(
  { format, out }: Writing,
  columns: readonly Column[],
): Promise<Sheet> {
  switch (format) {
    case "parquet":
      return await parquetSheet(out, columns);
    case "csv":
      return await csvSheet(out, columns);
    case "ndjson":
      return await ndjsonSheet(out, columns);
    default:
      return format satisfies never;
  }
}

/** Runs `body` with a sheet that leaves nothing where it fails, or where the process is told to stop. */
export async function withSheet<T>(
  writing: Writing,
  columns: readonly Column[],
  body: (sheet: Sheet) => Promise<T>,
): Promise<T> {
  let opening: Promise<Sheet> | null = null;
  const stop = (signal: NodeJS.Signals) => {
    void Promise.resolve(opening)
      .then((sheet) => sheet?.drop())
      .catch(() => {})
      .finally(() => process.kill(process.pid, signal));
  };
  const signals = ["SIGINT", "SIGTERM"] as const;
  // Before the file is there.
  for (const signal of signals) process.once(signal, stop);
  try {
    opening = openSheet(writing, columns);
    const sheet = await opening;
    try {
      return await body(sheet);
    } catch (error) {
      await sheet.drop();
      throw error;
    }
  } finally {
    for (const signal of signals) process.removeListener(signal, stop);
  }
}

/** What an export says of itself by its first answer. */
export function begunAbout(
  { asking, tenant, exportedAt, former }: Exporting,
  asked: Query,
  rollup: About["rollup"],
  first: Loaded,
  columns: Column[],
): Omit<About, "watermark" | "lastRefreshTime" | "isOneCommit" | "rows" | "parts"> {
  const { timezone } = first.query;
  return {
    ...{
      version: 1,
      deployment: asking.url,
      tenant,
      asked,
      query: withoutPages(first.query, asked),
    },
    ...{ rollup, timezone, exact: first.exact, freshness: first.freshness, columns, exportedAt },
    servedBy: first.servedBy === "" ? [] : first.servedBy.split(", "),
    since: former?.watermark ?? null,
  };
}

/** As it was asked for: pages are how it was read. */
function withoutPages(normalised: Query, { limit, offset }: Query): Query {
  const { limit: _, rowLimit: __, offset: ___, ...rest } = normalised;
  return {
    ...rest,
    ...(limit === undefined ? {} : { limit }),
    ...(offset === undefined ? {} : { offset }),
  };
}

export function moving(what: string): Failure {
  return new Failure(
    "Moving",
    `${what} changed each of the ${ATTEMPTS} times that it was read, so its pages are not of one commit.`,
    "--freshness folded changes less often; a smaller range is read sooner.",
  );
}
