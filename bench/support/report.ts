/** What cases find: rows of tables, and figures held against what the product promises. */
import { figure, table, type Cell } from "./table.js";

export interface Figure {
  case: string;
  what: string;
  value: number;
  /** "at most", in the figure's own unit; null where nothing is promised. */
  target: number | null;
}

export class Report {
  private readonly tables = new Map<string, { header: string[]; rows: Cell[][] }>();
  private readonly figures: Figure[] = [];
  private readonly failures: Cell[][] = [];

  row(title: string, header: string[], cells: Cell[]): void {
    const known = this.tables.get(title);
    if (known === undefined) this.tables.set(title, { header, rows: [cells] });
    else known.rows.push(cells);
  }

  figure(name: string, what: string, value: number, target: number | null = null): void {
    this.figures.push({ case: name, what, value, target });
  }

  /** A case that came to no end: a target missed. */
  failed(name: string, error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    this.failures.push([name, message.split("\n")[0]!.slice(0, 160)]);
  }

  get isMissed(): boolean {
    return this.failures.length > 0 || this.figures.some((one) => isMissed(one));
  }

  toString(): string {
    const parts = [...this.tables].map(
      ([title, { header, rows }]) => `${title}\n\n${table(header, rows)}`,
    );
    const rows = this.figures.map((one): Cell[] => [
      one.case,
      one.what,
      one.value,
      one.target === null ? "" : `≤ ${figure(one.target)}`,
      one.target === null ? "" : isMissed(one) ? "MISSED" : "met",
    ]);
    if (rows.length > 0) {
      const header = ["case", "figure", "measured", "target", ""];
      parts.push(`Figures and targets\n\n${table(header, rows)}`);
    }
    if (this.failures.length > 0) {
      parts.push(`Came to no end\n\n${table(["case", "why"], this.failures)}`);
    }
    return parts.join("\n\n");
  }
}

const isMissed = ({ value, target }: Figure) => target !== null && !(value <= target);
