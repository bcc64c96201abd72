/** One question for every level of every rollup: together they ask for every cell that is stored. */
import type { Asked } from "../realData/questions.js";
import type { Definitions } from "./definitions.js";
import { SPAN } from "./rows.js";

export function everyCell(definitions: Definitions): Asked[] {
  return Object.values(definitions).flatMap(({ name: cube, time, rollups, measures }) =>
    Object.entries(rollups).flatMap(([rollup, { dimensions, measures: stored, levels }]) =>
      Object.keys(levels).map((granularity): Asked => {
        const isAsked = (name: string) =>
          // Levels by the hour or finer are beyond the oracle.
          !["quarterHour", "hour"].includes(granularity) || measures[name]!.type !== "level";
        const member = (name: string) => `${cube}.${name}`;
        return {
          name: `${cube}.${rollup} by ${granularity}`,
          cube: cube as Asked["cube"],
          servedBy: member(rollup),
          question: {
            measures: stored.filter(isAsked).map(member),
            dimensions: dimensions.map(member),
            timeDimensions: [
              { dimension: member(time), granularity, dateRange: [SPAN.first, SPAN.last] },
            ],
          },
        };
      }),
    ),
  );
}
