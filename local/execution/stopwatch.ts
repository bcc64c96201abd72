/**
 * Measures time that user code takes. The limit is meant for the function's own work, so time in
 * which the machine gave the process nothing does not count: a busy machine is slow, not wrong.
 */

/** Shorter stretches are taken as they are: asking for CPU time costs more than it would correct. */
const WORTH_ASKING_MS = 5;

export class Stopwatch {
  private startedAt = 0;
  private cpuAtStart = process.cpuUsage();

  start(): void {
    this.startedAt = performance.now();
    this.cpuAtStart = process.cpuUsage();
  }

  /** Milliseconds since `start` or the last lap; 0 when stopped. */
  lap(): number {
    if (this.startedAt === 0) return 0;
    const now = performance.now();
    const passed = now - this.startedAt;
    this.startedAt = now;
    if (passed < WORTH_ASKING_MS) return passed;
    const { user, system } = process.cpuUsage(this.cpuAtStart);
    this.cpuAtStart = process.cpuUsage();
    return Math.min(passed, (user + system) / 1000);
  }

  stop(): number {
    const passed = this.lap();
    this.startedAt = 0;
    return passed;
  }
}
