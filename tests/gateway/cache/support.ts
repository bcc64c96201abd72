import type { CacheLayer } from "../../../gateway/cache/layer.js";
import type { LogFields } from "../../../gateway/cache/guarded.js";

export const bytesOf = (text: string) => new TextEncoder().encode(text);
export const textOf = (bytes: Uint8Array | null) =>
  bytes === null ? null : new TextDecoder().decode(bytes);

/** A sample of Prometheus' text. */
export function sample(text: string, name: string): number {
  const line = text.split("\n").find((one) => one.startsWith(`rollups_cache_${name} `));
  if (line === undefined) throw new Error(`There is no sample ${name} in\n${text}`);
  return Number(line.split(" ").at(-1));
}

/** A layer in front of another one, which counts calls and fails, waits or holds back as it is told. */
export class Breakable implements CacheLayer {
  readonly name: string;
  readonly calls = { get: 0, set: 0, invalidate: 0 };
  /** Awaited by each call before it is made. */
  before: () => Promise<void> = () => Promise.resolve();

  constructor(private readonly inner: CacheLayer) {
    this.name = inner.name;
  }

  async get(key: string): Promise<Uint8Array | null> {
    this.calls.get += 1;
    await this.before();
    return await this.inner.get(key);
  }

  async set(key: string, value: Uint8Array): Promise<void> {
    this.calls.set += 1;
    await this.before();
    await this.inner.set(key, value);
  }

  async invalidate(prefix: string): Promise<void> {
    this.calls.invalidate += 1;
    await this.before();
    await this.inner.invalidate(prefix);
  }
}

/** A clock that is moved, and what is logged by it. */
export class Desk {
  time = 0;
  readonly lines: { level: string; event: string; fields: LogFields }[] = [];

  readonly now = () => this.time;
  readonly log = (level: string, event: string, fields: LogFields = {}) => {
    this.lines.push({ level, event, fields });
  };
}
