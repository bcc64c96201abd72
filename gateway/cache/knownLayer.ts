/** What a layer may say of itself beside what every layer does. */
import type { CacheLayer } from "./layer.js";

export interface Size {
  entries: number;
  /** As they are bounded: with what an entry takes beside its value. */
  bytes: number;
  bytesMax: number;
  /** Entries that went to make room, since the start. */
  evictions: number;
}

/** A layer that knows what it holds. What others hold, such as a Redis of several gateways, they tell themselves. */
export interface MeasuredLayer extends CacheLayer {
  size(): Size;
}

/** A layer that knows how long a `get` or a `set` may take, in milliseconds; Infinity where it waits for nothing. */
export interface TimedLayer extends CacheLayer {
  readonly timeoutMs: number;
}

export function isMeasured(layer: CacheLayer): layer is MeasuredLayer {
  return "size" in layer && typeof layer.size === "function";
}

export function timeoutOf(layer: CacheLayer): number | undefined {
  return "timeoutMs" in layer && typeof layer.timeoutMs === "number" ? layer.timeoutMs : undefined;
}
