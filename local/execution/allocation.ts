/**
 * Measures what user code allocates in a stretch without interruption, in which nothing else runs:
 * by how much the heap grew, and what collections freed meanwhile.
 */
import { GCProfiler, getHeapStatistics } from "node:v8";

/** Collections of shorter stretches are left out: asking costs more, and they allocate little. */
const WORTH_ASKING_MS = 3;

let profiler: GCProfiler | null = null;

/** Bytes that collections freed since the last time it was asked. */
function freedBytes(): number {
  const statistics = profiler?.stop().statistics ?? [];
  profiler = new GCProfiler();
  profiler.start();
  return statistics.reduce(
    (sum, { beforeGC, afterGC }) =>
      sum + beforeGC.heapStatistics.usedHeapSize - afterGC.heapStatistics.usedHeapSize,
    0,
  );
}

export class AllocationMeter {
  private usedBytes = 0;

  /** A call begins: what was freed before is of others. */
  begin(): void {
    freedBytes();
    this.start();
  }

  start(): void {
    this.usedBytes = getHeapStatistics().used_heap_size;
  }

  /** Bytes since `start`, in a stretch of that length; more where others were collected meanwhile. */
  lap(passedMs: number): number {
    const before = this.usedBytes;
    this.start();
    const grown = this.usedBytes - before;
    if (passedMs < WORTH_ASKING_MS) return Math.max(0, grown);
    return Math.max(0, grown + freedBytes());
  }
}
