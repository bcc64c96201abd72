/** Marks of the store's own work for the browser's profiler: measures named `rollups:*`, of which none is kept. */
export function measured<Result>(name: string, work: () => Result): Result {
  if (typeof performance.measure !== "function") return work();
  const start = performance.now();
  try {
    return work();
  } finally {
    const measure = `rollups:${name}`;
    performance.measure(measure, { start, end: performance.now() });
    performance.clearMeasures(measure);
  }
}
