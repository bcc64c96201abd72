/** Comparing answers with the oracle's: measures that are approximate may differ as far as they say. */
import type { Row } from "./answer.js";
import { watch } from "./cubes.js";

/** How far each of a question's measures may be from the truth, as a share of it. */
export function withinOf(measures: readonly string[]): number[] {
  return measures.map((name) => {
    const measure = watch.measures[name];
    return measure !== undefined && "within" in measure ? (measure.within ?? 0) : 0;
  });
}

/** `rows` with the true values in place of those that are close enough, to be compared with `truth`. */
export function asCloseAs(
  measures: readonly string[],
  rows: readonly Row[],
  truth: readonly Row[],
): Row[] {
  const within = withinOf(measures);
  return rows.map((row, i) =>
    Object.fromEntries(
      Object.entries(row).map(([name, value]) => {
        const share = within[measures.indexOf(name)] ?? 0;
        const wanted = truth[i]?.[name];
        if (share === 0 || typeof value !== "number" || typeof wanted !== "number") {
          return [name, value];
        }
        return [name, Math.abs(value - wanted) <= share * Math.abs(wanted) ? wanted : value];
      }),
    ),
  );
}
