/** What a rollup alone keeps: the log of questions does not show who else will ask for it. */
import type { CubeDefinition } from "../model/cube.js";
import type { StoredRollup } from "../model/rollup.js";
import { divides } from "../time/calendar.js";

/**
 * Dimensions and statistics that go with a rollup, as no other keeps them. Of a cube whose records expire it is its
 * name, unless another holds all of it: nothing could bring its history back.
 */
export function onlyIn(
  cube: CubeDefinition,
  rollup: StoredRollup,
  others: readonly StoredRollup[],
): string[] {
  const dimensions = new Set(others.flatMap((one) => one.dimensions.map(({ name }) => name)));
  const columns = new Set(others.flatMap((one) => one.accumulators.map(({ column }) => column)));
  const lost = [
    ...rollup.dimensions.map(({ name }) => name).filter((name) => !dimensions.has(name)),
    ...rollup.accumulators.map(({ column }) => column).filter((column) => !columns.has(column)),
  ];
  const isHistory = cube.expire !== undefined && !others.some((one) => holds(one, rollup));
  return lost.length === 0 && isHistory ? [rollup.name] : lost;
}

/** Whether all cells of a rollup can be told from another's. */
export function holds(whole: StoredRollup, part: StoredRollup): boolean {
  const [finest, ofPart] = [whole.levels[0], part.levels[0]];
  return (
    part.dimensions.every((one) =>
      whole.dimensions.some(({ name, type }) => name === one.name && type === one.type),
    ) &&
    // A record in several cells of the whole would count several times.
    whole.dimensions.every(
      ({ name, type }) =>
        type !== "strings" || part.dimensions.some((one) => one.name === name && one.type === type),
    ) &&
    part.accumulators.every((one) =>
      whole.accumulators.some(({ column }) => column === one.column),
    ) &&
    (ofPart === undefined ||
      (finest !== undefined && divides(finest.granularity, ofPart.granularity)))
  );
}
