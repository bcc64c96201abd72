/** Comparing rollups with the app's own function, in one transaction of the app. */
import type { FunctionReturnType } from "convex/server";
import type { ComponentApi } from "../../../convex/components/rollups/_generated/component.js";
import { jsonDetails } from "../../../convex/components/rollups/errors/errors.js";
import { asRows, differencesOf } from "../../../lib/rollout/differences.js";
import { questionKey } from "../../../lib/rollout/questionKey.js";
import type { Comparison, OldAnswer } from "./options.js";

/** A function that adds fractions drifts in the last digits. */
const TOLERANCE = 1e-9;

type Loaded = FunctionReturnType<ComponentApi["aggregates"]["load"]>;

/** What the app's function gives beside the answer of the same snapshot. */
export function comparedWith(cube: string, old: OldAnswer, answer: Loaded): Comparison {
  if (answer.freshness === "folded") return { outcome: "skipped", reason: "Folded" };
  const { value, shape = (rows) => rows, tolerance = TOLERANCE } = old;
  const differences = differencesOf(
    { rows: asRows(value), total: null },
    { rows: asRows(shape(answer.data)), total: null },
    { values: null, tolerance },
  );
  const query = answer.query as Record<string, unknown>;
  const found = {
    ...{ question: questionKey(cube, query), query },
    ...{ route: answer.servedBy, commit: answer.watermark },
  };
  if (differences.length === 0) return { outcome: "equal", ...found };
  // An app's function may give what cannot be sent, such as undefined.
  return {
    outcome: "different",
    ...found,
    ...(jsonDetails({ differences }) as { differences: [] }),
  };
}
