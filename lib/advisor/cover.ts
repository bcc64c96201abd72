/** What a rollup alone keeps: the log of questions does not show who else will ask for it. */
import type { CubeDefinition } from "../model/cube.js";
import type { StoredRollup } from "../model/rollup.js";
import { divides } from "../time/calendar.js";

/**
 * Dimensions and statistics that go with a rollup, as no other keeps them. Where records have expired or will, it is
 * its name, unless another holds all of it for ever: nothing could bring its history back.
 */
export function onlyIn(
  cube: CubeDefinition,
  rollup: StoredRollup,
  others: readonly StoredRollup[],
  isExpired: boolean,
): string[] {
  const dimensions = new Set(others.flatMap((one) => one.dimensions.map(({ name }) => name)));
  const columns = new Set(others.flatMap((one) => one.accumulators.map(({ column }) => column)));
  const lost = [
    ...rollup.dimensions.map(({ name }) => name).filter((name) => !dimensions.has(name)),
    ...rollup.accumulators.map(({ column }) => column).filter((column) => !columns.has(column)),
  ];
  if (lost.length > 0 || !(isExpired || cube.expire !== undefined)) return lost;
  const retainOf = ({ name }: StoredRollup) => cube.rollups[name]?.retain ?? {};
  const kept = (one: StoredRollup) =>
    one.levels.filter(({ granularity }) => !Object.hasOwn(retainOf(one), granularity));
  const isHeld = others.some(
    (one) =>
      holds({ ...one, levels: kept(one) }, rollup) &&
      // Its coarse levels tell what its fine ones do not any more.
      (kept(rollup).length === rollup.levels.length ||
        rollup.levels.every((own) => one.levels.some((l) => l.granularity === own.granularity))),
  );
  return isHeld ? [] : [rollup.name];
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
