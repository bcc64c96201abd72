/**
 * Measures time that user code takes. On the CPU clock, time in which the machine gave the thread
 * nothing does not count: a busy machine is slow, not wrong. The wall clock counts all that passes.
 */
import { threadTimeMs } from "./threadTime.js";

/** Shorter stretches are taken as they are: asking for CPU time costs more than it would correct. */
const WORTH_ASKING_MS = 5;

export class Stopwatch {
  private startedAt = 0;
  private cpuAtStart = 0;

  constructor(private readonly clock: "cpu" | "wall") {}

  start(): void {
    this.startedAt = performance.now();
    if (this.clock === "cpu") this.cpuAtStart = threadTimeMs();
  }

  /** Milliseconds since `start` or the last lap; 0 when stopped. */
  lap(): number {
    if (this.startedAt === 0) return 0;
    const now = performance.now();
    const passed = now - this.startedAt;
    this.startedAt = now;
    if (this.clock === "wall" || passed < WORTH_ASKING_MS) return passed;
    const before = this.cpuAtStart;
    this.cpuAtStart = threadTimeMs();
    return Math.min(passed, this.cpuAtStart - before);
  }

  stop(): number {
    const passed = this.lap();
    this.startedAt = 0;
    return passed;
  }
}
