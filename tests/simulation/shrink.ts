/** Makes a failing trace short: drops steps, then edits, as long as some law still breaks. */
import type { Breakage } from "./runner.js";
import type { Step, Trace } from "./world/steps.js";

/** Runs that shrinking may take. */
const RUNS_MAX = 600;

export async function shrink(
  trace: Trace,
  breakage: Breakage,
  run: (trace: Trace) => Promise<Breakage | null>,
): Promise<{ trace: Trace; breakage: Breakage }> {
  let best = { trace: { ...trace, steps: trace.steps.slice(0, breakage.step + 1) }, breakage };
  let runs = 0;
  const tryOut = async (steps: Step[]): Promise<boolean> => {
    if (runs++ >= RUNS_MAX) return false;
    const candidate = { ...trace, steps };
    const broken = await run(candidate);
    if (broken === null) return false;
    best = { trace: { ...candidate, steps: steps.slice(0, broken.step + 1) }, breakage: broken };
    return true;
  };
  let isShorter = true;
  while (isShorter && runs < RUNS_MAX) {
    isShorter = false;
    for (let size = best.trace.steps.length >> 1; size >= 1; size >>= 1) {
      for (let from = 0; from < best.trace.steps.length;) {
        const { steps } = best.trace;
        if (await tryOut([...steps.slice(0, from), ...steps.slice(from + size)])) isShorter = true;
        else from += size;
      }
    }
    for (let i = 0; i < best.trace.steps.length; i++) {
      for (let edit = 0; ;) {
        const { steps } = best.trace;
        const step = steps[i];
        if (step?.do !== "write" || edit >= step.edits.length || step.edits.length === 1) break;
        const edits = step.edits.filter((_, index) => index !== edit);
        if (await tryOut(steps.with(i, { ...step, edits }))) isShorter = true;
        else edit++;
      }
    }
  }
  return best;
}
