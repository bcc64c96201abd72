/** A response that goes on: it is written as fast as its reader takes it, and holds nothing else meanwhile. */
import type { ServerResponse } from "node:http";
import type { Outcome } from "../questions/question.js";
import type { Watch } from "../questions/watch.js";

export interface OutletOptions {
  stallMs: number;
  heartbeatMs: number;
  /** What is written while there is nothing to tell. */
  heartbeat: string;
  /** Called where the reader was cut off because it takes nothing. */
  stalled: () => void;
}

export class Outlet {
  private wakes: (() => void)[] = [];
  private heart: NodeJS.Timeout | null = null;

  constructor(
    readonly response: ServerResponse,
    private readonly options: OutletOptions,
  ) {
    response.on("drain", () => this.wake());
    response.on("close", () => {
      if (this.heart !== null) clearInterval(this.heart);
      this.wake();
    });
  }

  get isOpen(): boolean {
    return !this.response.destroyed && !this.response.writableEnded;
  }

  /** Those who wait look again. */
  readonly wake = (): void => {
    for (const wake of this.wakes.splice(0)) wake();
  };

  begin(headers: Readonly<Record<string, string>>): void {
    if (!this.isOpen) return;
    this.response.writeHead(200, { "Cache-Control": "no-store", ...headers });
    this.response.flushHeaders();
    const { heartbeat, heartbeatMs } = this.options;
    this.heart = setInterval(() => {
      if (this.isOpen && this.response.writableLength === 0) this.response.write(heartbeat);
    }, heartbeatMs);
  }

  /** Resolves when the reader has room again. */
  async write(...parts: readonly (Buffer | string)[]): Promise<void> {
    if (!this.isOpen) return;
    this.response.cork();
    for (const part of parts) this.response.write(part);
    this.response.uncork();
    const { stallMs, stalled } = this.options;
    const timer = setTimeout(() => {
      stalled();
      this.response.destroy();
    }, stallMs);
    while (this.isOpen && this.response.writableNeedDrain) await this.waited();
    clearTimeout(timer);
  }

  /** The next outcome that the reader has not seen; null once it has gone. */
  async next(watch: Watch): Promise<Outcome | null> {
    for (;;) {
      const outcome = this.isOpen ? watch.take() : null;
      if (outcome !== null || !this.isOpen || watch.isOver) return outcome;
      await this.waited();
    }
  }

  private async waited(): Promise<void> {
    await new Promise<void>((resolve) => this.wakes.push(resolve));
  }
}
