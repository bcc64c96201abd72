/**
 * A known defect, pinned. Log rows hold facts as the code of their time read them, and do not say
 * which code that was. A deploy that reads a field with another scale is safe going forward (its
 * generations are built from the source, the old ones refuse). Rolled back, the old generations serve
 * again, with the facts that the other code wrote in between: a price of 0.1 counts as 1.
 */
import { expect, test } from "vitest";
import { runTrace } from "../simulation/runner";
import { catalogues } from "../simulation/source/cubes";
import { instants, type Row } from "../simulation/source/rows";
import type { Step } from "../simulation/world/steps";

const row: Row = {
  ...{ at: instants[0]!, category: "a", warehouse: "x", topics: [], person: "p" },
  ...{ quantity: 1, size: 1, price: 0.1, note: 0 },
};
const write: Step = {
  ...{ ask: 1, do: "write", rowChanges: 512, later: 1 },
  edits: [{ op: "insert", tenant: 0, cube: "sales", row }],
};
const drain: Step = { ask: 1, do: "drain", tenant: 0, limits: {} };
const rescaled: Step = { ask: 1, do: "deploy", version: catalogues.length - 1 };
const original: Step = { ask: 1, do: "deploy", version: 0 };
/** Steps that change nothing, for their questions. */
const questions = Array.from({ length: 20 }, (_, ask): Step => ({
  ...{ ask, do: "flag", tenant: 0, mode: "on" },
}));
const world = { seed: 1, zones: ["UTC", "UTC"] as [string, string], version: 0, cells: 256 };

test("BUG: rolling such a deploy back gives wrong answers", async () => {
  const steps = [write, drain, rescaled, write, original, ...questions, drain];
  const broken = await runTrace({ ...world, steps });
  expect(broken?.message).toContain('[{"sales.highestPrice":1}]\n  [{"sales.highestPrice":0.1}]');
});
