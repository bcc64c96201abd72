/**
 * Answers by their commit, in a cache that outlives subscriptions and may be shared by gateways. The newest commit of a
 * cube is known while any question about it is followed; a request for another question is then answered from here.
 */
import type { Counters } from "../counters.js";
import { keyOf, prefixOf } from "../cache/key.js";
import type { Layered } from "../cache/layered.js";
import type { Form } from "./answer.js";
import type { Asked } from "./asked.js";

export interface KeptOptions {
  cache: Layered;
  /** The deployment's address: several may share a cache. */
  deployment: string;
  /** How long an answer is told again. A repair and a deploy may change answers of a commit; nothing tells of each. */
  reuseMs: number;
  counters: Counters;
  /** Epoch ms. */
  now: () => number;
}

/** Bytes in front of a body: the time at which it was put, in epoch ms. */
const STAMP_BYTES = 8;

export class Kept {
  constructor(private readonly options: KeptOptions) {}

  async get(scope: string, asked: Asked, form: Form, watermark: string): Promise<Buffer | null> {
    const { cache, reuseMs, counters, now } = this.options;
    const value = await cache.get(this.keyOf(scope, asked, form, watermark));
    if (value === null || value.length < STAMP_BYTES) return null;
    const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    const age = now() - bytes.readDoubleBE(0);
    if (!(age >= 0 && age <= reuseMs)) return null;
    counters.add("cache_hits");
    return bytes.subarray(STAMP_BYTES);
  }

  /** Beside the answer, which does not wait for it. */
  put(scope: string, asked: Asked, form: Form, watermark: string, body: Buffer): void {
    const stamp = Buffer.alloc(STAMP_BYTES);
    stamp.writeDoubleBE(this.options.now());
    const key = this.keyOf(scope, asked, form, watermark);
    void this.options.cache.set(key, Buffer.concat([stamp, body]));
  }

  /** Upkeep has restored rows of a commit, or a deploy has changed what they mean. */
  forget(scope: string): void {
    const { cache, deployment } = this.options;
    void cache.invalidate(prefixOf(deployment, scope));
  }

  private keyOf(scope: string, asked: Asked, form: Form, watermark: string): string {
    const { deployment } = this.options;
    const question = { queries: asked.queries, ...form };
    return keyOf({ deployment, scope, question, watermark });
  }
}

/** The group of a caller and the cube that a question asks; null where it asks several. */
export function scopeOf(group: string, { queries }: Asked): string | null {
  const [query, ...others] = queries;
  if (others.length > 0) return null;
  const { measures, dimensions, timeDimensions } = query as Record<string, unknown>;
  const first = (list: unknown) => (Array.isArray(list) ? (list[0] as unknown) : undefined);
  const time = first(timeDimensions) as { dimension?: unknown } | undefined;
  const member = first(measures) ?? first(dimensions) ?? time?.dimension;
  return typeof member === "string" ? `${group} ${member.split(".")[0]}` : null;
}
