/**
 * Which step follows which: counts of order 1 that fade. A step is a text to it. What was never seen has a weight of its
 * own, so that one observation is no certainty.
 */
import { prefetchLimits, type PrefetchLimits } from "./limits.js";

export interface Prediction {
  to: string;
  /** 0–1. Those of all predictions sum to less than 1: something else may come. */
  probability: number;
}

interface Source {
  /** Faded count of all steps from here, also of those that were let go. */
  total: number;
  /** Faded counts by what followed. */
  weights: Map<string, number>;
}

/** Bounded by its limits after each call, whatever is observed. */
export class Transitions {
  /** What was observed last is last. */
  private readonly sources = new Map<string, Source>();

  constructor(private readonly limits: PrefetchLimits = prefetchLimits) {}

  /** `to` followed `from`. O(sources × targets). */
  observe(from: string, to: string): void {
    const { decay, weightMin, targetsMax } = this.limits;
    const { total, weights } = this.sources.get(from) ?? { total: 0, weights: new Map() };
    for (const [one, weight] of weights) {
      if (one !== to && weight * decay < weightMin) weights.delete(one);
      else weights.set(one, weight * decay);
    }
    weights.set(to, (weights.get(to) ?? 0) + 1);
    if (weights.size > targetsMax) weights.delete(leastOf(weights));
    this.sources.delete(from);
    this.sources.set(from, { total: total * decay + 1, weights });
    this.prune();
  }

  /** What may follow, the likeliest first; nothing where little is known. O(targets). */
  predict(from: string): Prediction[] {
    const source = this.sources.get(from);
    if (source === undefined) return [];
    const { total, weights } = source;
    return [...weights]
      .map(([to, weight]) => ({ to, probability: weight / (total + this.limits.prior) }))
      .sort((a, b) => b.probability - a.probability);
  }

  get size(): number {
    return this.sources.size;
  }

  /** Length of all texts, of which equal ones count once. O(sources × targets). */
  get characters(): number {
    const texts = new Set([...this.sources.values()].flatMap(({ weights }) => [...weights.keys()]));
    return lengthOf(this.sources.keys()) + lengthOf(texts);
  }

  /** For `transitionsOf`. */
  toText(): string {
    const texts = new Map<string, number>();
    const idOf = (text: string) => {
      if (!texts.has(text)) texts.set(text, texts.size);
      return texts.get(text)!;
    };
    const sources = [...this.sources].map(([from, { total, weights }]) => [
      ...[from, total],
      [...weights].map(([to, weight]) => [idOf(to), weight]),
    ]);
    return JSON.stringify({ version: VERSION, texts: [...texts.keys()], sources });
  }

  /** Takes what another has written: false, and nothing is taken, where the text is not sound. */
  read(text: string): boolean {
    const found = sourcesOf(text);
    if (found === null) return false;
    for (const [from, source] of found) this.sources.set(from, source);
    for (const { weights } of this.sources.values()) {
      while (weights.size > this.limits.targetsMax) weights.delete(leastOf(weights));
    }
    this.prune();
    return true;
  }

  private prune(): void {
    const { sourcesMax, charactersMax } = this.limits;
    while (this.sources.size > sourcesMax || this.characters > charactersMax) {
      this.sources.delete(this.sources.keys().next().value!);
    }
  }
}

const VERSION = 1;

function leastOf(weights: ReadonlyMap<string, number>): string {
  return [...weights].reduce((least, one) => (one[1] < least[1] ? one : least))[0];
}

function lengthOf(texts: Iterable<string>): number {
  let length = 0;
  for (const text of texts) length += text.length;
  return length;
}

/** Null for whatever `toText` does not write. */
function sourcesOf(text: string): Map<string, Source> | null {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return null;
  }
  const { version, texts, sources } = (parsed ?? {}) as Record<string, unknown>;
  if (version !== VERSION || !Array.isArray(texts) || !Array.isArray(sources)) return null;
  const found = new Map<string, Source>();
  for (const one of sources as unknown[]) {
    if (!Array.isArray(one)) return null;
    const [from, total, pairs] = one as unknown[];
    if (typeof from !== "string" || !isWeight(total) || !Array.isArray(pairs)) return null;
    const weights = new Map<string, number>();
    for (const pair of pairs as unknown[]) {
      const [id, weight] = Array.isArray(pair) ? (pair as unknown[]) : [];
      const to: unknown = texts[id as number];
      if (typeof to !== "string" || !isWeight(weight)) return null;
      weights.set(to, weight);
    }
    const sum = [...weights.values()].reduce((a, b) => a + b, 0);
    // More than all that followed: a probability would be above 1.
    if (sum > total * (1 + 1e-9)) return null;
    found.set(from, { total, weights });
  }
  return found;
}

function isWeight(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value) && value > 0;
}
