/** Dice with a seed: the same seed always throws the same sequence. */
export class Dice {
  private state: number;

  constructor(seed: number) {
    // Neighbouring seeds must not give neighbouring sequences.
    this.state = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) >>> 0 || 1;
    for (let i = 0; i < 4; i++) this.next();
  }

  /** 32 random bits (xorshift). */
  next(): number {
    let s = this.state;
    s ^= s << 13;
    s ^= s >>> 17;
    s ^= s << 5;
    return (this.state = s >>> 0);
  }

  /** 0 to n - 1. */
  below(n: number): number {
    return Math.floor((this.next() / 2 ** 32) * n);
  }

  chance(probability: number): boolean {
    return this.next() / 2 ** 32 < probability;
  }

  pick<T>(values: readonly T[]): T {
    return values[this.below(values.length)] as T;
  }

  /** One of the values, each as likely as its weight. */
  weighted<T>(values: readonly (readonly [weight: number, value: T])[]): T {
    let rest = (this.next() / 2 ** 32) * values.reduce((sum, [weight]) => sum + weight, 0);
    for (const [weight, value] of values) if ((rest -= weight) < 0) return value;
    return values[0]![1];
  }

  /** Some of the values, in their order. */
  some<T>(values: readonly T[], probability = 0.5): T[] {
    return values.filter(() => this.chance(probability));
  }
}
