/** Counters of what ran and what conflicted, for tests and benchmarks (`GET /local/stats`). */
import type { Conflict } from "../database/database.js";
import { nameOf, type Target } from "./deployment.js";
import type { Frame } from "./frame.js";

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

/** Milliseconds of user time of the newest runs of a function, with what it called where that shares its time. */
export interface UserTimes {
  runs: number;
  p50: number;
  p99: number;
  max: number;
  /** Runs that took longer than they may. */
  timeouts: number;
}

/** Runs whose times are kept, by function. */
const RUNS_MAX = 10_000;

class RunTimes {
  private readonly newest: number[] = [];
  private runs = 0;
  private timeouts = 0;

  add(ms: number, isTimeout: boolean): void {
    this.newest[this.runs++ % RUNS_MAX] = ms;
    if (isTimeout) this.timeouts++;
  }

  read(): UserTimes {
    const sorted = [...this.newest].sort((a, b) => a - b);
    const at = (share: number) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]!;
    const { runs, timeouts } = this;
    return { runs, p50: at(0.5), p99: at(0.99), max: at(1), timeouts };
  }
}

export class FunctionStats {
  private times = new Map<string, RunTimes>();
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

  /** A function ran to its end, well or not. */
  ran(frame: Frame): void {
    const name = nameOf(frame);
    let times = this.times.get(name);
    if (times === undefined) this.times.set(name, (times = new RunTimes()));
    times.add(frame.userTimeMs, frame.isOutOfTime);
  }

  userTimes(): Record<string, UserTimes> {
    return Object.fromEntries([...this.times].map(([name, times]) => [name, times.read()]));
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
    this.times = new Map();
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
