/**
 * When calls may run: once a slot of their kind is free and, for mutations, once the last second has
 * room for what they write. A mutation that loses a conflict or finds no room is run again.
 */
import { ConflictError, type Database, wallNanos } from "../database/database.js";
import type { Limits } from "../database/limits.js";
import { WriteThroughput } from "../database/writeThroughput.js";
import { RateLimitedError } from "../errors.js";
import type { Target } from "./deployment.js";
import { Semaphore } from "./semaphore.js";
import type { FunctionStats } from "./stats.js";
import type { UsageMeter } from "./usageMeter.js";

const CLIENT_BACKOFF = { firstMs: 100, maxMs: 2000 };
const SCHEDULED_BACKOFF = { firstMs: 100, maxMs: 60_000 };
/** When scheduled work is run again for which no slot of mutations came free. */
const NO_SLOT_MS = 500;

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

export class Admission {
  private readonly slots: Record<"query" | "mutation" | "action" | "scheduled", Semaphore>;
  private readonly throughput: WriteThroughput;

  constructor(
    database: Database,
    private readonly limits: Limits,
    private readonly stats: FunctionStats,
    private readonly usage: UsageMeter,
  ) {
    this.slots = {
      query: new Semaphore(limits.concurrentQueries, limits.slotWaitMs),
      mutation: new Semaphore(limits.concurrentMutations, limits.slotWaitMs),
      action: new Semaphore(limits.concurrentActions, limits.slotWaitMs),
      scheduled: new Semaphore(limits.concurrentScheduled),
    };
    this.throughput = new WriteThroughput(limits.writtenBytesPerSecond);
    if (limits.writtenBytesPerSecond < Infinity) {
      database.onCommit((commit) => this.throughput.record(commit));
    }
  }

  query<T>(body: () => Promise<T>): Promise<T> {
    return this.slots.query.run(body);
  }

  /** Scheduled actions wait for a slot as long as it takes. */
  action<T>(body: () => Promise<T>, isScheduled = false): Promise<T> {
    return this.slots.action.run(body, isScheduled ? Infinity : undefined);
  }

  /** Scheduled mutations have slots of their own besides, and are tried without end. */
  async mutation<T>(target: Target, attempt: () => Promise<T>, isScheduled: boolean): Promise<T> {
    const admitted = () => {
      this.mustHaveRoomToWrite();
      return this.slots.mutation.run(attempt);
    };
    if (!isScheduled) {
      return this.retried(target, admitted, this.limits.conflictRetries, CLIENT_BACKOFF);
    }
    const { scheduled } = this.slots;
    const run = this.limits.holdsSlotInBackoff
      ? () => scheduled.run(() => this.retried(target, admitted, Infinity, SCHEDULED_BACKOFF))
      : () => this.retried(target, () => scheduled.run(admitted), Infinity, SCHEDULED_BACKOFF);
    for (;;) {
      try {
        return await run();
      } catch (error) {
        if (!(error instanceof RateLimitedError)) throw error;
      }
      await pause(NO_SLOT_MS);
    }
  }

  private mustHaveRoomToWrite(): void {
    if (!this.throughput.isExceededAt(wallNanos())) return;
    const { writtenBytesPerSecond } = this.limits;
    throw new RateLimitedError(
      "TooManyWrites",
      `Too many writes per second: the deployment is limited to ${writtenBytesPerSecond} bytes written per second.`,
    );
  }

  /** Runs attempts until one neither loses a conflict nor finds too much written, or none is left. */
  private async retried<T>(
    target: Target,
    run: () => Promise<T>,
    retries: number,
    backoff: typeof CLIENT_BACKOFF,
  ): Promise<T> {
    for (let attempt = 0; ; attempt++) {
      try {
        return await run();
      } catch (error) {
        const isLast = attempt >= retries;
        if (error instanceof RateLimitedError) this.stats.refused(target);
        if (error instanceof ConflictError) this.stats.conflict(error.conflict, isLast);
        else if (!isTooMuchWritten(error)) throw error;
        if (isLast) throw error;
        if (error instanceof ConflictError) this.usage.retried();
      }
      const ceiling = Math.min(backoff.firstMs * 2 ** attempt, backoff.maxMs);
      await pause(Math.random() * ceiling);
    }
  }
}

function isTooMuchWritten(error: unknown): boolean {
  return error instanceof RateLimitedError && error.code === "TooManyWrites";
}
