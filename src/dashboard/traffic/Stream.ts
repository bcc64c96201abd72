/** Writes at a steady rate until it is told to stop. What the backend has not acknowledged yet is bounded. */

export interface Counted {
  isRunning: boolean;
  perSecond: number;
  written: number;
  /** Sent, and not acknowledged. */
  waiting: number;
  failed: number;
}

export interface StreamTimers {
  every: (ms: number, call: () => void) => () => void;
}

/** Beyond this the next write waits for an earlier one: a backend that is slower sets the pace. */
const WAITING_MAX = 20;

export class Stream {
  private counted: Counted = { isRunning: false, perSecond: 5, written: 0, waiting: 0, failed: 0 };
  private stopTimer: (() => void) | null = null;
  private readonly listeners = new Set<() => void>();

  constructor(
    private readonly write: () => Promise<unknown>,
    private readonly timers: StreamTimers,
  ) {}

  /** The same object until something changes. */
  readonly get = (): Counted => this.counted;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  setRate(perSecond: number): void {
    this.tell({ perSecond });
    if (this.counted.isRunning) this.start();
  }

  start(): void {
    this.stopTimer?.();
    this.stopTimer = this.timers.every(1000 / this.counted.perSecond, () => this.writeOne());
    this.tell({ isRunning: true });
  }

  stop(): void {
    this.stopTimer?.();
    this.stopTimer = null;
    this.tell({ isRunning: false });
  }

  private writeOne(): void {
    if (this.counted.waiting >= WAITING_MAX) return;
    this.tell({ waiting: this.counted.waiting + 1 });
    this.write().then(
      () => this.tell({ waiting: this.counted.waiting - 1, written: this.counted.written + 1 }),
      () => this.tell({ waiting: this.counted.waiting - 1, failed: this.counted.failed + 1 }),
    );
  }

  private tell(change: Partial<Counted>): void {
    this.counted = { ...this.counted, ...change };
    for (const listener of this.listeners) listener();
  }
}
