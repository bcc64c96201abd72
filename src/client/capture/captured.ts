/** What a mutation did to cube tables, by tenant, on its way into the log. */
import { getConvexSize, type Value } from "convex/values";
import type { Limits } from "../../../convex/components/rollups/limits/limits.js";
import type { Change } from "../../../lib/fold/change.js";

/** The engine's facts are read-only; the stored type of the same shape is not. */
type StoredFact = Record<string, string | number | null | string[]> | null;
type StoredChange = Omit<Change, "before" | "after"> & { before: StoredFact; after: StoredFact };

interface StoredRow {
  changes: StoredChange[];
  others?: RowSummary[];
}

/** What a log row holds, for those who ask for no more. */
interface RowSummary {
  cube: string;
  op: Change["op"];
  count: number;
  fact: StoredFact;
}

/** Rows for one tenant's log. */
export interface CapturedRows {
  tenantId: string;
  rows: (StoredRow & { readings: Record<string, string> })[];
}

export class Captured {
  private readonly changes = new Map<string, Change[]>();

  /** `readingsOf`: how some cubes' fields are read. */
  constructor(
    private readonly readingsOf: (cubes: Iterable<string>) => Record<string, string>,
    private readonly limits: Limits["log"],
  ) {}

  add(tenantId: string, change: Change): void {
    const changes = this.changes.get(tenantId);
    if (changes === undefined) this.changes.set(tenantId, [change]);
    else changes.push(change);
  }

  /** All that was added since, as log rows in order. */
  take(): CapturedRows[] {
    const taken = [...this.changes].map(([tenantId, changes]) => ({
      tenantId,
      rows: rowsOf(changes, this.limits).map((row) => ({
        ...row,
        readings: this.readingsOf(new Set(row.changes.map(({ cube }) => cube))),
      })),
    }));
    this.changes.clear();
    return taken;
  }
}

/** Changes as log rows of one cube each. The last row of many bytes is small, and tells of the others. */
function rowsOf(changes: readonly Change[], limits: Limits["log"]): StoredRow[] {
  const byCube = new Map<string, StoredChange[]>();
  for (const change of changes as readonly StoredChange[]) {
    const own = byCube.get(change.cube);
    if (own === undefined) byCube.set(change.cube, [change]);
    else own.push(change);
  }
  const rows = [...byCube.values()].flatMap((own) => [...filledRows(own, limits)]);
  const sizes = rows.map(sizeOf);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const last = rows.at(-1);
  if (last === undefined || total <= limits.lastRowBytes) {
    return rows.map((changes) => ({ changes }));
  }
  if ((sizes.at(-1) ?? 0) > limits.lastRowBytes && last.length > 1) {
    rows.splice(-1, 1, last.slice(0, -1), last.slice(-1));
  }
  const others = summaries(rows.slice(0, -1), limits.othersBytes);
  return rows.map((changes, i) =>
    i === rows.length - 1 && others.length > 0 ? { changes, others } : { changes },
  );
}

/** What rows hold, the last one first, as far as it has room. */
function summaries(rows: readonly StoredChange[][], bytesMax: number): RowSummary[] {
  const found: RowSummary[] = [];
  let bytes = 0;
  for (const [first, ...rest] of [...rows].reverse()) {
    if (first === undefined) continue;
    const { cube, op, before, after } = first;
    const summary = { cube, op, count: 1 + rest.length, fact: after ?? before };
    bytes += sizeOf(summary);
    if (bytes > bytesMax) break;
    found.push(summary);
  }
  return found;
}

/** Splits changes into rows that are as full as may be. */
function* filledRows(
  changes: readonly StoredChange[],
  { rowChanges, rowBytes }: Limits["log"],
): Generator<StoredChange[]> {
  let row: StoredChange[] = [];
  let bytes = 0;
  for (const change of changes) {
    const size = sizeOf(change);
    if (row.length > 0 && (row.length >= rowChanges || bytes + size > rowBytes)) {
      yield row;
      row = [];
      bytes = 0;
    }
    row.push(change);
    bytes += size;
  }
  if (row.length > 0) yield row;
}

function sizeOf(value: object): number {
  return getConvexSize(value as Value);
}
