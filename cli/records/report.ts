/** What an import says afterwards: where every row went. */
import { Failure } from "../failure.js";
import { number } from "../progress.js";
import type { Rejects } from "./rejects.js";

/** Every row is counted once: in `accepted`, `alreadyThere`, `replaced` or `rejected`. */
export interface FileReport {
  file: string;
  rows: number;
  accepted: number;
  alreadyThere: number;
  rejected: number;
  replaced?: number;
  /** Of `alreadyThere`: rows that read differently now than they are stored. */
  changed?: number;
  seconds: number;
  /** Rows that took a default, by field. */
  defaulted?: ReadonlyMap<string, number>;
  /** Records without a match in the lookup. */
  unmatched?: number;
  /** What ended the reading before the end of the file. */
  stopped: Failure | undefined;
}

/** Throws what stopped an import, or `NothingAccepted`. */
export function mustHaveStored(reports: readonly FileReport[], rejects: Rejects): void {
  const stopped = reports.find((report) => report.stopped !== undefined)?.stopped;
  if (stopped !== undefined) throw stopped;
  const stored = reports.some(
    ({ accepted, alreadyThere, replaced = 0 }) => accepted + alreadyThere + replaced > 0,
  );
  if (!stored && rejects.count > 0)
    throw new Failure("NothingAccepted", "Every row was rejected; the reasons are above.");
}

/** One line per fact; nothing that happened to a row is left out. */
export function describeImport(reports: readonly FileReport[], rejects: Rejects): string {
  const lines: string[] = [];
  for (const report of reports) {
    const rate = Math.round(report.rows / Math.max(0.001, report.seconds));
    lines.push(
      `${report.file}: ${number(report.rows)} rows, ${number(report.accepted)} accepted, ` +
        `${number(report.rejected)} rejected, ${number(report.alreadyThere)} already there, ` +
        (report.replaced === undefined ? "" : `${number(report.replaced)} replaced, `) +
        `${report.seconds.toFixed(1)} s, ${number(rate)} rows/s`,
    );
    for (const [field, rows] of report.defaulted ?? [])
      lines.push(`  ${field}: default taken by ${number(rows)} rows`);
    if (report.unmatched !== undefined && report.unmatched > 0)
      lines.push(`  lookup: no match for ${number(report.unmatched)} records`);
    if (report.changed !== undefined && report.changed > 0)
      lines.push(
        `  ${number(report.changed)} of those already there read differently now than they are ` +
          "stored: say --replace to store what they read now",
      );
    if (report.stopped !== undefined)
      lines.push(`  not read to its end: ${report.stopped.code}: ${report.stopped.message}`);
  }
  const { samples, changedSamples } = rejects;
  for (const { file, position, code, message } of changedSamples)
    lines.push(`  ${file}, row ${position.row}: ${code}: ${message}`);
  if (rejects.count > 0) {
    lines.push(`rejected: ${number(rejects.count)} rows`);
    for (const [code, count] of rejects.byCode) lines.push(`  ${code}: ${number(count)}`);
    for (const { file, position, code, message, raw } of samples)
      lines.push(`  ${file}, row ${position.row}: ${code}: ${message}: ${shown(raw)}`);
    if (rejects.count > samples.length) lines.push("  … (all of them with --rejects FILE)");
  }
  return lines.join("\n");
}

const SHOWN_CHARACTERS = 200;

/** A record's own text on one line. */
function shown(raw: string): string {
  const line = raw.replace(/\s*[\r\n]+\s*/g, " ⏎ ");
  return line.length <= SHOWN_CHARACTERS ? line : `${line.slice(0, SHOWN_CHARACTERS)}…`;
}
