/** `export parquet|csv|ndjson`: answers and rollups as files, as of a commit that they name. */
import { resolve } from "node:path";
import { Failure, messageOf } from "../../failure.js";
import { number } from "../../progress.js";
import { clientOf } from "../caller.js";
import type { Terminal } from "../terminal.js";
import { readText } from "./about.js";
import { exportArchives } from "./archiveExport.js";
import { Asking, type Query } from "./asking.js";
import { readExportCommand, type ExportCommand } from "./command.js";
import type { Exporting, Outcome } from "./exporting.js";
import { readFormer } from "./former.js";
import { loadParquet } from "./parquetSheet.js";
import { exportQuery } from "./queryExport.js";
import { declaredCube, declaredRollup } from "./rollup.js";
import { exportRollup } from "./rollupExport.js";
import { exportUsage } from "./usage.js";

/** Throws `NoParquet`, `Moving`, `OtherExport`, `NoFile`, `BadFile`, `NotWritten`, and what the app refuses. */
export async function exportRows(args: readonly string[], terminal: Terminal): Promise<void> {
  const command = readExportCommand(args);
  // Before anything is asked.
  if (command.format === "parquet") await loadParquet();
  const { subject, tenant, tenantArgument, since } = command;
  const at = (path: string) => resolve(terminal.cwd, path);
  if (subject.kind === "rollup" && since !== undefined && at(since) === at(command.out))
    throw new Failure(
      "SameFile",
      "--out is the file of --since, which would be replaced by what changed since.",
      "Write it to another file.",
    );
  const writing = {
    ...{ format: command.format, out: at(command.out), tenant: tenant ?? null },
    exportedAt: new Date().toISOString(),
  };
  if (subject.kind === "archive") {
    const cubeOf = (cube: string) => declaredCube(terminal.cwd, subject.dir, cube);
    const outcome = await exportArchives(writing, subject.files.map(at), cubeOf);
    return terminal.say(describe(command, outcome));
  }
  const former = since === undefined ? null : await readFormer(at(since));
  const asking = new Asking(await clientOf(command, terminal.cwd, exportUsage), {
    ...{ module: command.module, freshness: command.freshness, timezone: command.timezone },
    tenant: tenant === undefined ? {} : { [tenantArgument]: tenant },
    now: () => performance.now(),
  });
  const exporting = async (): Promise<Exporting> => ({
    ...{ ...writing, asking, cubes: (await asking.meta()).cubes, former },
  });
  let outcome: Outcome;
  if (subject.kind === "query") {
    const query = await queryOf(subject.text, terminal.cwd);
    outcome = await exportQuery(await exporting(), query);
  } else {
    const { cube, rollup, from, to, granularity, dir } = subject;
    const declared = await declaredRollup(terminal.cwd, dir, cube, rollup, granularity);
    outcome = await exportRollup(await exporting(), declared, { from, to });
    if (outcome.kind === "written" && declared.cumulative.length > 0)
      terminal.say(`Without ${declared.cumulative.join(", ")}, which the sums before it tell.\n`);
  }
  terminal.say(describe(command, outcome));
}

async function queryOf(text: string, cwd: string): Promise<Query> {
  const isJson = text.trimStart().startsWith("{");
  const json = isJson ? text : await readText(resolve(cwd, text));
  let query: unknown;
  try {
    query = JSON.parse(json) as unknown;
  } catch (error) {
    throw new Failure("BadFile", `The query is no JSON: ${messageOf(error)}`);
  }
  if (typeof query === "object" && query !== null && !Array.isArray(query)) return query as Query;
  throw new Failure("BadFile", "A query is one object of Cube's JSON.");
}

function describe({ out, since }: ExportCommand, outcome: Outcome): string {
  if (outcome.kind === "unchanged")
    return `Nothing has changed since ${since}, as of commit ${outcome.watermark}: ${out} was not written.\n`;
  const { rows, parts, watermark, lastRefreshTime, isOneCommit } = outcome.about;
  const written = parts.filter(({ isWritten }) => isWritten).length;
  const commit =
    watermark === null
      ? "as they were archived"
      : isOneCommit
        ? `as of commit ${watermark} (${lastRefreshTime})`
        : `each part as of a commit of its own, from ${watermark} (${lastRefreshTime}) on`;
  return `${out}: ${number(rows)} rows in ${number(written)} of ${number(parts.length)} parts, ${commit}\n`;
}
