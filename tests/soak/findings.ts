/** What a soak counts, and the laws that it saw broken. */

export interface Counts {
  /** Acknowledged calls, by what they did. */
  writes: Record<string, number>;
  /** Calls that had to be made again, because the backend died under them or was not there. */
  retries: number;
  kills: number;
  pushes: number;
  /** Pushes that died with the backend. */
  pushesInterrupted: number;
  answersPolled: number;
  answersPushed: number;
  /** Questions refused by name, by code. */
  refusals: Record<string, number>;
}

/** How many broken laws a report shows. */
const SHOWN_MAX = 20;
const SHOWN_CHARACTERS_MAX = 600;

export class Findings {
  readonly counts: Counts = {
    writes: {},
    retries: 0,
    kills: 0,
    pushes: 0,
    pushesInterrupted: 0,
    answersPolled: 0,
    answersPushed: 0,
    refusals: {},
  };
  readonly broken: string[] = [];
  private readonly startedAt = Date.now();

  wrote(what: string): void {
    this.counts.writes[what] = (this.counts.writes[what] ?? 0) + 1;
  }

  refused(code: string): void {
    this.counts.refusals[code] = (this.counts.refusals[code] ?? 0) + 1;
  }

  /** A law is broken: kept with its time, and the soak goes on. */
  breaks(what: string): void {
    const seconds = Math.round((Date.now() - this.startedAt) / 1000);
    const text = what.slice(0, SHOWN_CHARACTERS_MAX);
    if (this.broken.length < SHOWN_MAX) this.broken.push(`after ${seconds} s: ${text}`);
  }
}

export function sum(counts: Record<string, number>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}
