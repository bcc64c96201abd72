/** What a gateway has done, as Prometheus reads it. */

const helps = {
  subscriptions: "Subscriptions opened at the deployment.",
  answers: "Answers that the deployment pushed.",
  serialisations: "Answers written as JSON; all readers of one get the same bytes.",
  sent: "Answers and refusals sent to readers.",
  sent_bytes: "Bytes of them.",
  skipped: "Answers that a slow reader was not sent, as a newer one was there.",
  refusals: "Refusals sent to readers.",
  expired: "Tokens that expired or were refused.",
  stalled: "Readers that were cut off because they took nothing.",
  cache_hits: "Requests that were answered by the cache.",
} as const;

export type Counter = keyof typeof helps;

export class Counters {
  private readonly values = new Map<Counter, number>();

  add(name: Counter, by = 1): void {
    this.values.set(name, this.of(name) + by);
  }

  of(name: Counter): number {
    return this.values.get(name) ?? 0;
  }

  /** Prometheus' text. `gauges`: what there is now, by name. */
  text(gauges: Readonly<Record<string, { help: string; value: number }>>): string {
    const counted = Object.entries(helps).map(([name, help]) =>
      family(`${name}_total`, "counter", help, this.of(name as Counter)),
    );
    const present = Object.entries(gauges).map(([name, { help, value }]) =>
      family(name, "gauge", help, value),
    );
    return [...counted, ...present].join("");
  }
}

function family(name: string, type: string, help: string, value: number): string {
  const full = `rollups_gateway_${name}`;
  return `# HELP ${full} ${help}\n# TYPE ${full} ${type}\n${full} ${value}\n`;
}
