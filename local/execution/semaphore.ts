/** A counting semaphore with a fair queue: the concurrency caps of the deployment class. */
import { RateLimitedError } from "../errors.js";

export class Semaphore {
  private free: number;
  private readonly queue: (() => void)[] = [];

  constructor(
    private readonly slots: number,
    private readonly waitMs = Infinity,
  ) {
    this.free = slots;
  }

  get waiting(): number {
    return this.queue.length;
  }

  private async acquire(waitMs: number): Promise<void> {
    if (this.free > 0) {
      this.free--;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      this.queue.push(resolve);
      if (waitMs === Infinity) return;
      setTimeout(() => {
        const at = this.queue.indexOf(resolve);
        if (at < 0) return;
        this.queue.splice(at, 1);
        const message = `Too many concurrent requests: ${this.slots} of a kind run at once.`;
        reject(new RateLimitedError("TooManyConcurrentRequests", message));
      }, waitMs).unref();
    });
  }

  /** Runs a body once a slot is free; throws RateLimitedError when none is in time. */
  async run<T>(body: () => Promise<T>, waitMs = this.waitMs): Promise<T> {
    await this.acquire(waitMs);
    try {
      return await body();
    } finally {
      const next = this.queue.shift();
      if (next === undefined) this.free++;
      else next();
    }
  }
}
