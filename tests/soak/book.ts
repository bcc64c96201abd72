/**
 * What the source must hold by what the backend acknowledged: each writer's own records, and the few
 * that all writers change.
 */
import type { WatchRow } from "../oracle/cubes.js";
import { asBag, type Records } from "../realData/mirror.js";
import type { AnyRow, Cube } from "./rows.js";

/** A record as its only writer knows it. */
export interface Owned {
  cube: Cube;
  key: string;
  /** Null until it is needed: a batch does not tell ids. */
  id: string | null;
  row: AnyRow;
}

/** A record that everyone changes: the value of the newest commit counts. */
export interface Contested {
  id: string;
  row: WatchRow;
  commitTs: bigint;
}

export class Book {
  private readonly owned = new Set<Owned>();
  readonly contested: Contested[] = [];

  add(record: Owned): void {
    this.owned.add(record);
  }

  drop(record: Owned): void {
    this.owned.delete(record);
  }

  /** How the stored records differ from what was acknowledged; empty when they do not. */
  differences(stored: Records): string[] {
    const rows: Record<Cube, AnyRow[]> = {
      watch: this.contested.map(({ row }) => row),
      inventory: [],
    };
    for (const { cube, row } of this.owned) rows[cube].push(row);
    return (["watch", "inventory"] as const).flatMap((cube) => {
      const wanted = asBag(rows[cube]);
      const found = asBag(stored[cube].values());
      const lost = without(wanted, found).map((row) => `${cube}, acknowledged, not stored: ${row}`);
      const extra = without(found, wanted).map((row) => `${cube}, stored, not written: ${row}`);
      return [...lost, ...extra];
    });
  }
}

/** A function returns a placeholder; its caller gets the commit timestamp that took its place. */
export function resolved(commitTs: unknown): bigint {
  return commitTs as bigint;
}

/** What `all` has more often than `taken`. */
function without(all: readonly string[], taken: readonly string[]): string[] {
  const left = new Map<string, number>();
  for (const text of taken) left.set(text, (left.get(text) ?? 0) + 1);
  return all.filter((text) => {
    const count = left.get(text) ?? 0;
    left.set(text, count - 1);
    return count <= 0;
  });
}
