/**
 * The cache: layers in the order in which they are asked, the quickest first. What no layer has is computed, once for all
 * who wait for it. A layer that fails is gone without; nothing here fails because a layer does.
 */
import { metricsText, type CacheCounts } from "./counts.js";
import { Guarded, type GuardOptions } from "./guarded.js";
import type { CacheLayer } from "./layer.js";

export interface Layered {
  /** The value under `key`, or null where no layer has it. What a lower layer has is put into those above. */
  get(key: string): Promise<Uint8Array | null>;
  /**
   * The same, computed where no layer has it: `compute` runs once for all who ask before it is done, and they all get
   * its value or its error. An error is not kept. The value is shared: its bytes must not be changed.
   */
  get(key: string, compute: () => Promise<Uint8Array>): Promise<Uint8Array>;
  /** Puts a value into all layers, in place of what they have. A layer that does not take it does without. */
  set(key: string, value: Uint8Array): Promise<void>;
  /**
   * Forgets all entries whose key begins with `prefix`, and keeps nothing that is on its way. A layer that is away is told
   * before it is asked again.
   */
  invalidate(prefix: string): Promise<void>;
  /** Prometheus' text: hits, misses, errors, sizes, evictions, by layer. */
  metrics(): string;
}

export type LayeredOptions = Partial<GuardOptions>;

const defaults: GuardOptions = {
  log: () => {},
  now: () => performance.now(),
  timeoutMs: 100,
  invalidateMs: 30_000,
  retryMsMin: 1000,
  retryMsMax: 30_000,
};

/** A value that is being got. */
interface Flight {
  /** What the layers have. */
  looked: Promise<Uint8Array | null>;
  /** What is told in the end; null while no call asks for more than the layers have. */
  value: Promise<Uint8Array> | null;
  /** Whether layers may keep it: nothing newer was put there, and it was not invalidated. */
  isKept: boolean;
}

export function layered(layers: readonly CacheLayer[], options: LayeredOptions = {}): Layered {
  return new LayeredCache(layers.map((layer) => new Guarded(layer, { ...defaults, ...options })));
}

class LayeredCache implements Layered {
  private readonly counts: CacheCounts = { computed: 0, joined: 0, failed: 0 };
  private readonly flights = new Map<string, Flight>();

  constructor(private readonly layers: readonly Guarded[]) {}

  get(key: string): Promise<Uint8Array | null>;
  get(key: string, compute: () => Promise<Uint8Array>): Promise<Uint8Array>;
  get(key: string, compute?: () => Promise<Uint8Array>): Promise<Uint8Array | null> {
    const known = this.flights.get(key);
    if (known !== undefined) this.counts.joined += 1;
    const flight = known ?? this.begin(key);
    if (compute === undefined) return flight.looked;
    return (flight.value ??= this.finish(key, flight, compute));
  }

  async set(key: string, value: Uint8Array): Promise<void> {
    const flight = this.flights.get(key);
    if (flight !== undefined) flight.isKept = false;
    await Promise.all(this.layers.map((layer) => layer.set(key, value)));
  }

  async invalidate(prefix: string): Promise<void> {
    for (const [key, flight] of this.flights) {
      if (!key.startsWith(prefix)) continue;
      flight.isKept = false;
      this.flights.delete(key);
    }
    await Promise.all(this.layers.map((layer) => layer.invalidate(prefix)));
  }

  metrics(): string {
    return metricsText(this.layers, this.counts, this.flights.size);
  }

  private begin(key: string): Flight {
    const flight: Flight = { looked: Promise.resolve(null), value: null, isKept: true };
    this.flights.set(key, flight);
    flight.looked = this.look(key, flight).finally(() => {
      if (flight.value === null) this.end(key, flight);
    });
    return flight;
  }

  private async look(key: string, flight: Flight): Promise<Uint8Array | null> {
    for (const [at, layer] of this.layers.entries()) {
      const value = await layer.get(key);
      if (value === null) continue;
      if (flight.isKept) this.fill(this.layers.slice(0, at), key, value);
      return value;
    }
    return null;
  }

  private async finish(
    key: string,
    flight: Flight,
    compute: () => Promise<Uint8Array>,
  ): Promise<Uint8Array> {
    try {
      const found = await flight.looked;
      if (found !== null) return found;
      const value = await compute();
      this.counts.computed += 1;
      if (flight.isKept) this.fill(this.layers, key, value);
      return value;
    } catch (error) {
      this.counts.failed += 1;
      throw error;
    } finally {
      this.end(key, flight);
    }
  }

  /** Beside the answer, which does not wait for it. Layers never throw here. */
  private fill(layers: readonly Guarded[], key: string, value: Uint8Array): void {
    for (const layer of layers) void layer.set(key, value);
  }

  private end(key: string, flight: Flight): void {
    if (this.flights.get(key) === flight) this.flights.delete(key);
  }
}
