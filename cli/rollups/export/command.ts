/** The command line of `export`, checked before anything is asked. */
import { badUsage, parseCommandLine } from "../../commandLine.js";
import type { CallerOptions } from "../caller.js";
import { exportUsage } from "./usage.js";

export const formats = ["parquet", "csv", "ndjson"] as const;
export type Format = (typeof formats)[number];

export interface ExportCommand extends CallerOptions {
  format: Format;
  subject: Subject;
  timezone: string | undefined;
  freshness: "live" | "folded";
  out: string;
  since: string | undefined;
  tenant: string | undefined;
  tenantArgument: string;
  module: string;
}

export type Subject =
  /** A file, or the query itself. */
  | { kind: "query"; text: string }
  | {
      kind: "rollup";
      cube: string;
      rollup: string;
      from: string | undefined;
      to: string | undefined;
      granularity: string | undefined;
      dir: string | undefined;
    }
  | { kind: "archive"; files: readonly string[]; dir: string | undefined };

export function isFormat(word: string | undefined): word is Format {
  return formats.some((format) => format === word);
}

/** Throws `BadUsage`. */
export function readExportCommand(args: readonly string[]): ExportCommand {
  const one = { type: "string" } as const;
  const { values, positionals } = parseCommandLine(
    args,
    {
      ...{ query: one, rollup: one, cube: one, from: one, to: one, timezone: one, out: one },
      granularity: one,
      ...{ since: one, freshness: one, url: one, token: one, "admin-key": one, as: one },
      ...{ issuer: one, tenant: one, "tenant-argument": one, module: one, dir: one },
      archive: { type: "string", multiple: true },
    } as const,
    exportUsage,
  );
  const fail = (message: string) => badUsage(message, exportUsage);
  const [format, ...others] = positionals;
  if (!isFormat(format) || others.length > 0) throw fail("Name one of parquet, csv and ndjson.");
  const { query, rollup, cube, from, to, dir, out, freshness = "live" } = values;
  if (out === undefined) throw fail("Say with --out where to write.");
  const subjects = [query, rollup, values.archive].filter((one) => one !== undefined);
  if (subjects.length !== 1) throw fail("Give one of --query, --rollup and --archive.");
  if ((rollup === undefined) !== (cube === undefined)) throw fail("--rollup goes with --cube.");
  if (rollup === undefined && [from, to, values.granularity].some((one) => one !== undefined))
    throw fail("--from, --to and --granularity go with --rollup; a query has its own.");
  if (values.archive !== undefined && values.since !== undefined)
    throw fail("--since does not go with --archive: an archive does not change.");
  for (const date of [from, to]) {
    if (date !== undefined && !/^\d{4}-\d\d-\d\d$/.test(date))
      throw fail(`--from and --to take a date such as 2026-03-01, not "${date}".`);
  }
  if (freshness !== "live" && freshness !== "folded")
    throw fail(`--freshness takes live or folded, not "${freshness}".`);
  if (values.token !== undefined && values["admin-key"] !== undefined)
    throw fail("Give either --token or --admin-key.");
  return {
    format,
    subject:
      values.archive !== undefined
        ? { kind: "archive", files: values.archive, dir }
        : rollup !== undefined && cube !== undefined
          ? { kind: "rollup", cube, rollup, from, to, granularity: values.granularity, dir }
          : { kind: "query", text: query ?? "" },
    ...{ timezone: values.timezone, freshness, out, since: values.since },
    url: values.url?.replace(/\/$/, ""),
    ...{ token: values.token, adminKey: values["admin-key"], as: values.as, issuer: values.issuer },
    ...{ tenant: values.tenant, tenantArgument: values["tenant-argument"] ?? "tenantId" },
    module: values.module ?? "rollups",
  };
}
