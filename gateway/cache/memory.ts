/** L1: entries in the process, bounded in bytes. The one that was not asked for the longest goes first. */
import type { MeasuredLayer, Size, TimedLayer } from "./knownLayer.js";

export interface MemoryOptions {
  /** Of values, keys and what an entry takes beside them. Default 64 MiB. */
  bytesMax?: number;
  /** Larger values are not kept here: one of them would push out thousands. Default an eighth of `bytesMax`. */
  valueBytesMax?: number;
}

const DEFAULT_BYTES = 64 * 1024 * 1024;

/**
 * What an entry takes beside its value and its key's characters: the map's slot, the array, its buffer and what the
 * allocator rounds up. Node 20 to 24 take 700 to 900; `npm run bench -- caches` measures it.
 */
const ENTRY_BYTES = 900;

/** O(1) per call but `invalidate`, which is O(entries). Values are copied in, and shared by all who get them: nobody
 * may change one. */
export function memoryLayer({
  bytesMax = DEFAULT_BYTES,
  valueBytesMax = bytesMax / 8,
}: MemoryOptions = {}): MeasuredLayer & TimedLayer {
  return new MemoryLayer(bytesMax, Math.min(valueBytesMax, bytesMax));
}

class MemoryLayer implements MeasuredLayer, TimedLayer {
  readonly name = "memory";
  readonly timeoutMs = Infinity;
  /** In the order in which they were last asked for. */
  private readonly entries = new Map<string, Uint8Array>();
  private bytes = 0;
  private evictions = 0;

  constructor(
    private readonly bytesMax: number,
    private readonly valueBytesMax: number,
  ) {}

  get(key: string): Promise<Uint8Array | null> {
    const value = this.entries.get(key);
    if (value === undefined) return Promise.resolve(null);
    this.entries.delete(key);
    this.entries.set(key, value);
    return Promise.resolve(value);
  }

  set(key: string, value: Uint8Array): Promise<void> {
    this.drop(key);
    const bytes = bytesOf(key, value);
    if (bytes > this.valueBytesMax) return Promise.resolve();
    // A copy: what came from a socket is a view of a much larger buffer, which would stay, too.
    this.entries.set(key, new Uint8Array(value));
    this.bytes += bytes;
    for (const oldest of this.entries.keys()) {
      if (this.bytes <= this.bytesMax) break;
      this.drop(oldest);
      this.evictions += 1;
    }
    return Promise.resolve();
  }

  invalidate(prefix: string): Promise<void> {
    for (const key of this.entries.keys()) if (key.startsWith(prefix)) this.drop(key);
    return Promise.resolve();
  }

  size(): Size {
    const { bytes, bytesMax, evictions } = this;
    return { entries: this.entries.size, bytes, bytesMax, evictions };
  }

  private drop(key: string): void {
    const value = this.entries.get(key);
    if (value === undefined) return;
    this.entries.delete(key);
    this.bytes -= bytesOf(key, value);
  }
}

function bytesOf(key: string, value: Uint8Array): number {
  return key.length + value.length + ENTRY_BYTES;
}
