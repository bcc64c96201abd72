/** One level of the cache. Keys are (question, watermark), so an entry is never stale. */
export interface CacheLayer {
  /** Short, for metrics: "memory", "redis", "files". */
  readonly name: string;
  /** The bytes kept under `key`, or null. A failure of the layer is an Error; the caller goes on without it. */
  get(key: string): Promise<Uint8Array | null>;
  set(key: string, value: Uint8Array): Promise<void>;
  /** Forgets all entries whose key begins with `prefix`. */
  invalidate(prefix: string): Promise<void>;
}
