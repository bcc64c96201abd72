/** Patterns as questions that can be planned. */
import type { Pattern } from "../patterns/pattern.js";
import type { CubeDefinition } from "../model/cube.js";
import { RollupsError } from "../errors.js";
import { compileQuery, type CompiledQuery } from "../query/compile.js";
import { normalizeQuestion } from "../query/normalizeQuery.js";
import { needsOf, type Needs } from "./needs.js";

export interface Asked {
  pattern: Pattern;
  ranges: readonly CompiledQuery[];
  /** Null where no rollup could serve it. */
  needs: Needs | null;
  /** Times a month. */
  monthly: number;
}

const MONTH_DAYS = 30;

/**
 * The patterns of one cube, by form, as often as they would be asked in a month like the `days` that they were
 * reported in. Those that the cube does not know any more are left out.
 */
export function questionsOf(
  cube: CubeDefinition,
  patterns: readonly Pattern[],
  timezone: string,
  days: number,
): Asked[] {
  return patterns
    .filter((pattern) => pattern.cube === cube.name)
    .sort((a, b) => (a.form < b.form ? -1 : 1))
    .flatMap((pattern): Asked[] => {
      const { rowLimit: _, ...json } = pattern.query;
      try {
        const { queries } = normalizeQuestion({ [cube.name]: cube }, json, { timezone });
        const ranges = queries.map((query) => compileQuery(cube, query));
        const monthly = (pattern.asked / days) * MONTH_DAYS;
        return [{ pattern, ranges, needs: needsOf(cube, ranges), monthly }];
      } catch (error) {
        if (error instanceof RollupsError) return [];
        throw error;
      }
    });
}
