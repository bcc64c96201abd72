/** What a mutation did to cube tables, by tenant, on its way into the log. */
import { getConvexSize, type Value } from "convex/values";
import type { Limits } from "../../../convex/components/rollups/limits/limits.js";
import type { Change } from "../../../lib/fold/change.js";

/** The engine's facts are read-only; the stored type of the same shape is not. */
type StoredFact = Record<string, string | number | null | string[]> | null;
type StoredChange = Omit<Change, "before" | "after"> & { before: StoredFact; after: StoredFact };

/** Rows for one tenant's log. */
export interface CapturedRows {
  tenantId: string;
  rows: { changes: StoredChange[]; readings: Record<string, string> }[];
}

export class Captured {
  private readonly changes = new Map<string, Change[]>();

  /** `readings`: how each cube's fields are read. */
  constructor(
    private readonly readings: Readonly<Record<string, string>>,
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
      rows: [...rowsOf(changes, this.limits)].map((row) => ({
        changes: row,
        readings: this.readingsOf(row),
      })),
    }));
    this.changes.clear();
    return taken;
  }

  private readingsOf(row: readonly StoredChange[]): Record<string, string> {
    const cubes = new Set(row.map(({ cube }) => cube));
    return Object.fromEntries([...cubes].map((cube) => [cube, this.readings[cube] ?? ""]));
  }
}

/** Splits changes into log rows, in order. */
function* rowsOf(changes: readonly Change[], { rowChanges, rowBytes }: Limits["log"]) {
  let row: StoredChange[] = [];
  let bytes = 0;
  for (const change of changes) {
    const stored = change as StoredChange;
    const size = getConvexSize(stored as unknown as Value);
    if (row.length > 0 && (row.length >= rowChanges || bytes + size > rowBytes)) {
      yield row;
      row = [];
      bytes = 0;
    }
    row.push(stored);
    bytes += size;
  }
  if (row.length > 0) yield row;
}
