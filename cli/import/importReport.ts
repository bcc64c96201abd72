/** What an import says when it is done: the mapping that it used, and where every row went. */
import { number } from "../progress";
import type { FileReport } from "./importFiles";
import type { Lookup } from "./lookup";
import type { Rejects } from "./rejects";

export function describeMapping(report: Pick<FileReport, "mapping" | "format">): string {
  if (report.format !== "csv") return `fields by their own names (${report.format})`;
  return [...report.mapping].map(([field, column]) => `${field} ← ${column}`).join(", ");
}

/** One line per fact; nothing that happened to a row is left out. */
export function describeImport(
  reports: readonly FileReport[],
  rejects: Rejects,
  lookup: Lookup | undefined,
): string {
  const lines: string[] = [];
  for (const report of reports) {
    const rate = Math.round(report.rows / Math.max(0.001, report.seconds));
    lines.push(
      `${report.file}: ${number(report.rows)} rows, ${number(report.accepted)} accepted, ` +
        `${number(report.rejected)} rejected, ${report.seconds.toFixed(1)} s, ${number(rate)} rows/s`,
    );
    lines.push(`  mapped: ${describeMapping(report)}`);
    if (report.unused.length > 0) lines.push(`  columns not used: ${report.unused.join(", ")}`);
    for (const [field, rows] of report.defaulted)
      lines.push(`  ${field}: default taken by ${number(rows)} rows`);
  }
  if (lookup !== undefined && lookup.unmatched() > 0)
    lines.push(`lookup: no match for ${number(lookup.unmatched())} rows`);
  if (rejects.count > 0) {
    lines.push(`rejected: ${number(rejects.count)} rows`);
    for (const [code, count] of rejects.byCode) lines.push(`  ${code}: ${number(count)}`);
    for (const { file, position, code, message } of rejects.samples)
      lines.push(`  ${file}, row ${position.row}: ${code}: ${message}`);
    if (rejects.count > rejects.samples.length) lines.push("  … (all of them with --rejects FILE)");
  }
  return lines.join("\n");
}
