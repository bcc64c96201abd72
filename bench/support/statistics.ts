/** The few figures that measurements are summed up with. */

/** The value that `percent` of the values do not exceed (nearest rank). NaN for no values. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? Number.NaN;
}

/** Milliseconds that one run takes. */
export async function timed(run: () => unknown): Promise<number> {
  const startedAt = performance.now();
  await run();
  return performance.now() - startedAt;
}

/** Runs several times and keeps the times; the first runs warm up and do not count. */
export async function timings(
  runs: number,
  run: (index: number) => unknown,
  warmups = 3,
): Promise<number[]> {
  for (let i = 0; i < warmups; i++) await run(-1 - i);
  const times: number[] = [];
  for (let i = 0; i < runs; i++) times.push(await timed(() => run(i)));
  return times;
}
