/** What asking ahead brings and costs, of one page. */
import { PROFESSIONAL, priceOf, type Prices } from "../../../lib/cost/prices.js";

export interface PrefetchFigures {
  /** Questions that a person came to, whose answers were there because they had been asked ahead. */
  hits: number;
  /** They had been asked ahead, and the answer was on its way. */
  late: number;
  /** They had to be asked. Those that are at hand anyway, such as by held tiles, and those of a first screen do not count. */
  misses: number;
  /** hits / (hits + late + misses), 0–1; null before there are any. */
  hitRate: number | null;
  /** Questions that were asked ahead, … */
  asked: number;
  /** … and of them those that were given up unused. */
  unused: number;
  /** Calls that asking ahead made: one for each answer and block of tiles that came, again with each write that changed it. */
  calls: number;
  /** Length of the answers and tiles that came. */
  bytes: number;
  /** Of those, what no question used. */
  wastedBytes: number;
  /** What is left of the budget now, in bytes. */
  leftBytes: number;
  /** Of `calls`, and of `bytes` as bandwidth: what the functions read of the database a page does not know. */
  dollars: number;
}

type Counted = Omit<PrefetchFigures, "hitRate" | "leftBytes" | "dollars">;

export class Figures {
  readonly counted: Counted = {
    ...{ hits: 0, late: 0, misses: 0, asked: 0, unused: 0 },
    ...{ calls: 0, bytes: 0, wastedBytes: 0 },
  };
  private readonly listeners = new Set<() => void>();

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  };

  add(more: Partial<Counted>): void {
    for (const [name, by] of Object.entries(more)) this.counted[name as keyof Counted] += by;
    for (const listener of [...this.listeners]) listener();
  }

  /** As of now. */
  read(leftBytes: number, prices: Prices = PROFESSIONAL): PrefetchFigures {
    const { hits, late, misses, calls, bytes } = this.counted;
    const all = hits + late + misses;
    return {
      ...this.counted,
      ...{ hitRate: all === 0 ? null : hits / all, leftBytes },
      dollars: priceOf({ calls, bytesRead: bytes, bytesWritten: 0 }, prices),
    };
  }
}
