/** A counting semaphore with a fair queue: the concurrency caps of the deployment class. */

export class Semaphore {
  private free: number;
  private readonly queue: (() => void)[] = [];

  constructor(slots: number) {
    this.free = slots;
  }

  get waiting(): number {
    return this.queue.length;
  }

  /** Runs a body once a slot is free. */
  async run<T>(body: () => Promise<T>): Promise<T> {
    if (this.free > 0) this.free--;
    else await new Promise<void>((resolve) => this.queue.push(resolve));
    try {
      return await body();
    } finally {
      const next = this.queue.shift();
      if (next === undefined) this.free++;
      else next();
    }
  }
}
