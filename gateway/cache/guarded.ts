/**
 * A layer that may fail, as the cache uses it: each call has a time limit, and a layer that is away or slow is left
 * alone for a while, longer after each try that fails. An outage is told by one line at its begin and one at its end.
 */
import { newLayerCounts, type LayerCounts } from "./counts.js";
import { CacheFault, kindOf } from "./fault.js";
import { timeoutOf } from "./knownLayer.js";
import type { CacheLayer } from "./layer.js";

export type LogFields = Readonly<Record<string, string | number | boolean | null>>;
export type Log = (level: "info" | "warn" | "error", event: string, fields?: LogFields) => void;

export interface GuardOptions {
  log: Log;
  /** Milliseconds; only differences count. */
  now: () => number;
  /** How long a layer may take for a `get` or a `set`, where it does not say so itself. */
  timeoutMs: number;
  /** For an `invalidate`, which looks at all entries. */
  invalidateMs: number;
  /** How long a layer is left alone after its first fault. It doubles with each try that fails. */
  retryMsMin: number;
  retryMsMax: number;
}

/** Calls that were not in time in a row, after which a layer is left alone. One may be the fault of this process. */
const SLOW_IN_A_ROW = 3;

/** Calls under way at once. A layer that takes longer than what comes must not hold all of it. */
const PENDING_MAX = 1000;

/** Prefixes that are owed to a layer that is away. With more of them it forgets everything. */
const OWED_MAX = 1000;

export class Guarded {
  readonly counts: LayerCounts = newLayerCounts();
  private slowInARow = 0;
  /** Tries that failed in a row. */
  private failures = 0;
  private retryAt = 0;
  private isTrying = false;
  private downSince = 0;
  private corruptToldAt = -Infinity;
  private pending = 0;
  /** What the layer still has to forget: it was away when it was told. */
  private readonly owed = new Set<string>();
  private paying: Promise<void> | null = null;
  private readonly timeoutMs: number;

  constructor(
    readonly layer: CacheLayer,
    private readonly options: GuardOptions,
  ) {
    this.timeoutMs = timeoutOf(layer) ?? options.timeoutMs;
  }

  /** The value; null where the layer has none, fails, or is left alone. Never throws. */
  async get(key: string): Promise<Uint8Array | null> {
    const startedAt = performance.now();
    const told = await this.call(() => this.layer.get(key));
    if (told === undefined) return null;
    this.counts.seconds += (performance.now() - startedAt) / 1000;
    this.counts.timed += 1;
    if (told === null) this.counts.misses += 1;
    else this.counts.hits += 1;
    return told;
  }

  /** Never throws. */
  async set(key: string, value: Uint8Array): Promise<void> {
    await this.call(() => this.layer.set(key, value));
  }

  /** Where the layer fails it is told again before anything else is asked of it. Never throws. */
  async invalidate(prefix: string): Promise<void> {
    if (this.owed.size >= OWED_MAX) {
      this.owed.clear();
      this.owed.add("");
    } else this.owed.add(prefix);
    await this.call(() => Promise.resolve());
  }

  /** What the layer says; undefined where it says nothing. */
  private async call<T>(ask: () => Promise<T>): Promise<T | undefined> {
    const isTry = !this.counts.isUp;
    const isLeftAlone = isTry && (this.isTrying || this.options.now() < this.retryAt);
    if (isLeftAlone || this.pending >= PENDING_MAX) {
      this.counts.skipped += 1;
      return undefined;
    }
    this.isTrying = isTry;
    this.pending += 1;
    try {
      if (this.owed.size > 0 || this.paying !== null) await (this.paying ??= this.payOwed());
      const told = await inTime(ask(), this.timeoutMs, this.layer.name);
      this.succeeded();
      return told;
    } catch (error) {
      this.failed(error, isTry);
      return undefined;
    } finally {
      this.pending -= 1;
      if (isTry) this.isTrying = false;
    }
  }

  private async payOwed(): Promise<void> {
    try {
      for (const prefix of this.owed) {
        this.owed.delete(prefix);
        try {
          await inTime(this.layer.invalidate(prefix), this.options.invalidateMs, this.layer.name);
        } catch (error) {
          this.owed.add(prefix);
          throw error;
        }
      }
    } finally {
      this.paying = null;
    }
  }

  private succeeded(): void {
    this.slowInARow = 0;
    this.failures = 0;
    if (this.counts.isUp) return;
    this.counts.isUp = true;
    const seconds = Math.round((this.options.now() - this.downSince) / 1000);
    this.options.log("info", "cache layer is back", { layer: this.layer.name, seconds });
  }

  private failed(error: unknown, isTry: boolean): void {
    const { log, now, retryMsMin, retryMsMax } = this.options;
    const kind = kindOf(error);
    this.counts.errors[kind] += 1;
    const fields = { layer: this.layer.name, kind, message: messageOf(error) };
    if (kind === "corrupt") {
      // The layer answers, so it is no outage. A line now and then, however much is corrupt.
      if (isTry) this.succeeded();
      if (now() - this.corruptToldAt < retryMsMax) return;
      this.corruptToldAt = now();
      return log("warn", "cache layer holds corrupt bytes", fields);
    }
    this.slowInARow = kind === "slow" ? this.slowInARow + 1 : 0;
    if (kind === "slow" && !isTry && this.slowInARow < SLOW_IN_A_ROW) return;
    // Calls that were made before the outage was seen fail, too: they are of the same one.
    if (!isTry && !this.counts.isUp) return;
    const most = Math.min(retryMsMax, retryMsMin * 2 ** this.failures);
    // Half of it by chance, so that several gateways do not come back at the same moment.
    this.retryAt = now() + most / 2 + (Math.random() * most) / 2;
    this.failures += 1;
    if (isTry) return;
    this.counts.isUp = false;
    this.downSince = now();
    log("warn", "cache layer is left alone", fields);
  }
}

async function inTime<T>(told: Promise<T>, ms: number, name: string): Promise<T> {
  if (ms === Infinity) return await told;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new CacheFault("slow", `${name} took over ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([told, late]);
  } finally {
    clearTimeout(timer);
  }
}

function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split("\n")[0] ?? "";
}
