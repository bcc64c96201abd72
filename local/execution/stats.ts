/** Counters of what ran and what conflicted, for tests and benchmarks (`GET /local/stats`). */
import type { Conflict } from "../database/database.js";
import { nameOf, type Target } from "./deployment.js";

export interface FunctionCounters {
  calls: number;
  errors: number;
  conflicts: number;
  /** Attempts of a mutation that found no slot in time, or too much written. */
  refused: number;
  totalMs: number;
  maxMs: number;
}

export interface ConflictCounter extends Conflict {
  count: number;
}

export interface ConflictStats {
  total: number;
  /** Mutations refused after the last retry. */
  exhausted: number;
  byIndex: Record<string, number>;
  byFunction: Record<string, number>;
  details: ConflictCounter[];
}

export class FunctionStats {
  private functions = new Map<string, FunctionCounters>();
  private conflicts = new Map<string, ConflictCounter>();
  private exhausted = 0;

  private countersOf(target: Target): FunctionCounters {
    const name = nameOf(target);
    let counters = this.functions.get(name);
    if (counters === undefined) {
      counters = { calls: 0, errors: 0, conflicts: 0, refused: 0, totalMs: 0, maxMs: 0 };
      this.functions.set(name, counters);
    }
    return counters;
  }

  /** Starts the clock of one execution. */
  start(target: Target): { end(outcome: "ok" | "error" | "conflict"): void } {
    const mine = this.countersOf(target);
    const startedAt = performance.now();
    return {
      end(outcome) {
        const ms = performance.now() - startedAt;
        mine.calls++;
        mine.totalMs += ms;
        mine.maxMs = Math.max(mine.maxMs, ms);
        if (outcome === "error") mine.errors++;
        if (outcome === "conflict") mine.conflicts++;
      },
    };
  }

  refused(target: Target): void {
    this.countersOf(target).refused++;
  }

  conflict(conflict: Conflict, isExhausted: boolean): void {
    const { component, table, index, source, other } = conflict;
    const key = [component, table, index, source, other].join("\n");
    const counter = this.conflicts.get(key);
    if (counter === undefined) this.conflicts.set(key, { ...conflict, count: 1 });
    else counter.count++;
    if (isExhausted) this.exhausted++;
  }

  reset(): void {
    this.functions = new Map();
    this.conflicts = new Map();
    this.exhausted = 0;
  }

  functionCounters(): Record<string, FunctionCounters> {
    return Object.fromEntries(this.functions);
  }

  conflictCounters(): ConflictStats {
    const byIndex: Record<string, number> = {};
    const byFunction: Record<string, number> = {};
    let total = 0;
    for (const { component, table, index, source, count } of this.conflicts.values()) {
      const name = `${component === "" ? "" : `${component}/`}${table}.${index}`;
      byIndex[name] = (byIndex[name] ?? 0) + count;
      byFunction[source] = (byFunction[source] ?? 0) + count;
      total += count;
    }
    const details = [...this.conflicts.values()];
    return { total, exhausted: this.exhausted, byIndex, byFunction, details };
  }
}
