/**
 * The headline measures of each view, in groups that one rollup can answer together: medians are kept by
 * the audience rollup, distinct viewers need the viewer rollup, and stock on hand is not kept by kind.
 */
import type { CubeName } from "../model/urlState";

export const measureGroups = {
  watch: [
    ["watch.count", "watch.durationSeconds", "watch.averageDuration"],
    ["watch.medianDuration"],
    ["watch.viewers"],
  ],
  inventory: [["inventory.count", "inventory.quantity", "inventory.value"], ["inventory.onHand"]],
} as const satisfies Record<CubeName, readonly (readonly string[])[]>;

/** Counting distinct values reads a cell for each of them, and a median a sketch of each category. */
export const costlyMeasures: ReadonlySet<string> = new Set([
  "watch.viewers",
  "watch.medianDuration",
]);

/** The group that holds the measure; the first for a measure that the view does not know. */
export function groupOf(cube: CubeName, member: string | null): readonly string[] {
  const groups: readonly (readonly string[])[] = measureGroups[cube];
  return groups.find((group) => member !== null && group.includes(member)) ?? groups[0] ?? [];
}
