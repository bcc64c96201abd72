/** What an import says: before it sends, what each column was taken for; afterwards, where every row went. */
import { number } from "../progress.js";
import type { FileReport } from "./importFile.js";
import type { PreparedFile } from "./prepareFile.js";
import type { Rejects } from "../records/rejects.js";
import type { RowDefinition } from "./fields.js";

/** One line per field, and the columns that feed none. */
export function describeColumns(
  { opened, source, mapping, key, row, columns, unused }: PreparedFile,
  definition: RowDefinition,
  identified: string | undefined,
): string {
  const lines = [`${opened.name}: ${source.description}`];
  const { in: came, out: went, from, to } = row.moves;
  const say = (field: string, from: string) => lines.push(`  ${field.padEnd(16)}← ${from}`);
  for (const { name, fallback, sameAs } of definition.fields) {
    const found = mapping.get(name)?.filter((column) => columns.includes(column)) ?? [];
    const text = row.defaults.get(name) ?? (sameAs === undefined ? fallback : undefined);
    const standIn = text === undefined ? `its ${sameAs}` : `"${text}"`;
    if (name === "quantity" && (came ?? went) !== undefined)
      say(name, [came && `+ ${came}`, went && `− ${went}`].filter(Boolean).join(", "));
    else if (name === "warehouse" && (from ?? to) !== undefined)
      say(name, [from && `out of ${from}`, to && `into ${to}`].filter(Boolean).join(", "));
    else if (found.length > 0) say(name, found.join(" + "));
    else say(name, `${standIn} for every row: no column`);
  }
  say("key", key ?? "what each row holds (--key COLUMN for keys of the file's own)");
  if (identified !== undefined)
    lines.push(`  imported before, ${identified}: rows are known by that`);
  if (unused.length > 0) lines.push(`  not used: ${unused.join(", ")}`);
  return lines.join("\n");
}

/** One line per fact; nothing that happened to a row is left out. */
export function describeImport(reports: readonly FileReport[], rejects: Rejects): string {
  const lines: string[] = [];
  for (const report of reports) {
    const rate = Math.round(report.rows / Math.max(0.001, report.seconds));
    lines.push(
      `${report.file}: ${number(report.rows)} rows, ${number(report.accepted)} accepted, ` +
        `${number(report.rejected)} rejected, ${number(report.alreadyThere)} already there, ` +
        `${number(report.replaced)} replaced, ${report.seconds.toFixed(1)} s, ${number(rate)} rows/s`,
    );
    for (const [field, rows] of report.defaulted)
      lines.push(`  ${field}: default taken by ${number(rows)} rows`);
    if (report.unmatched > 0)
      lines.push(`  lookup: no match for ${number(report.unmatched)} records`);
    if (report.changed > 0)
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
