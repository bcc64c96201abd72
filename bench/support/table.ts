/** Plain text tables, and Markdown ones, of figures that were just measured. */

export type Cell = string | number;

const whole = new Intl.NumberFormat("en");

/** Whole numbers with separators; others with about three digits. */
export function figure(value: number): string {
  if (Number.isInteger(value)) return whole.format(value);
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toFixed(digits);
}

/** A Markdown table, padded so that it reads well as text; columns of numbers are aligned right. */
export function table(header: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const text = rows.map((row) =>
    row.map((cell) => (typeof cell === "number" ? figure(cell) : cell)),
  );
  const right = header.map((_, i) => rows.some((row) => typeof row[i] === "number"));
  const widths = header.map((title, i) =>
    Math.max(3, title.length, ...text.map((row) => row[i]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) =>
    `| ${widths.map((width, i) => (right[i] === true ? (cells[i] ?? "").padStart(width) : (cells[i] ?? "").padEnd(width))).join(" | ")} |`;
  const rule = widths.map((width, i) =>
    right[i] === true ? `${"-".repeat(width - 1)}:` : "-".repeat(width),
  );
  return [line(header), line(rule), ...text.map(line)].join("\n");
}
