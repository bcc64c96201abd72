/** What an import says before it sends: what each column was taken for. */
import type { PreparedFile } from "./prepareFile.js";
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
