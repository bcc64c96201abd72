/** A counting semaphore with a fair queue: the concurrency caps of the deployment class. */
import { NoSlotError } from "../errors.js";

export class Semaphore {
  private free: number;
  private readonly queue: (() => void)[] = [];

  constructor(
    slots: number,
    private readonly waitMs = Infinity,
  ) {
    this.free = slots;
  }

  get waiting(): number {
    return this.queue.length;
  }

  private async acquire(): Promise<void> {
    if (this.free > 0) {
      this.free--;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      this.queue.push(resolve);
      if (this.waitMs === Infinity) return;
      setTimeout(() => {
        const at = this.queue.indexOf(resolve);
        if (at < 0) return;
        this.queue.splice(at, 1);
        reject(new NoSlotError());
      }, this.waitMs).unref();
    });
  }

  /** Runs a body once a slot is free; throws NoSlotError when none is in time. */
  async run<T>(body: () => Promise<T>): Promise<T> {
    await this.acquire();
    try {
      return await body();
    } finally {
      const next = this.queue.shift();
      if (next === undefined) this.free++;
      else next();
    }
  }
}
