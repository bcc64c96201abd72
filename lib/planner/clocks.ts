/**
 * Hours of day and weekdays of a query, which are those of its own zone. A rollup that stores them serves
 * where its clock shows what the query's does. Any other tells them by the time of its buckets, from
 * levels none of whose buckets holds two hours of the query's clock, or two weekdays.
 */
import type { CubeDefinition, DimensionDefinition } from "../model/cube.js";
import type { Level, StoredRollup } from "../model/rollup.js";
import { bucketStart, divides } from "../time/calendar.js";
import { DAY_MS, HOUR_MS } from "../time/civil.js";
import { clockPart, isClockPart, nextClockPart, type ClockPart } from "../time/clock.js";
import { QUARTER_HOUR_MS } from "../time/customGranularity.js";
import type { Granularity } from "../time/granularity.js";
import { sameZone } from "../time/zone.js";
import { apartOver, showsDatesAgain, zoneDifference } from "../time/zoneDifference.js";
import { COMPARABLE, type Usable } from "./levels.js";
import { dimensionOf } from "./members.js";
import type { CompiledQuery } from "../query/compile.js";
import { shortName, type NormalizedQuery } from "../query/normalizedQuery.js";
import type { Refusal, RollupPlan } from "./plan.js";
import type { TimeScopes } from "../query/timeScopes.js";

/** The levels that may serve, and which of the query's members the time of their buckets tells. */
export type Clocks = Usable & Pick<RollupPlan, "derived">;

type ClockMember = DimensionDefinition & { type: ClockPart; name: string };

/**
 * For a rollup that keeps or can tell the query's members. Refuses with `ZoneMismatch` where it does not
 * tell them in the query's zone. O(changes of offsets in the range).
 */
export function clocksOf(compiled: CompiledQuery, rollup: StoredRollup): Clocks | Refusal {
  const { cube, query, scopes } = compiled;
  const derived = clockMembers(compiled).filter(
    (member) => !isStored(cube, query, scopes, rollup, member),
  );
  let usable: Usable = { levels: rollup.levels, within: null };
  for (const { name, type, field } of derived) {
    const coarsest = type === "weekday" ? "day" : "hour";
    const fine = usable.levels.filter((level) => divides(level.granularity, coarsest));
    if (field !== rollup.timeField || fine.length === 0) {
      return mismatch(`keeps ${name} in ${rollup.timezone}, not in ${query.timezone}`, name);
    }
    const telling = tellingLevels(type, query.timezone, scopes, rollup, fine);
    if (telling.levels.length === 0) {
      const [finest] = fine;
      return mismatch(
        `has ${finest?.granularity} buckets in ${rollup.timezone}, which do not tell ${name} in ${query.timezone}`,
        name,
      );
    }
    usable = { levels: telling.levels, within: usable.within ?? telling.within };
  }
  return { ...usable, derived: derived.map(({ name }) => name) };
}

/** The query's dimensions, filters and counted dimensions that are parts of a clock. Full names. */
function clockMembers({ cube, query, filtered, distinct }: CompiledQuery): ClockMember[] {
  const names = [
    ...query.dimensions,
    ...[...filtered, ...distinct].map(({ name }) => `${cube.name}.${name}`),
  ];
  return [...new Set(names)].flatMap((name) => {
    const definition = cube.dimensions[shortName(name)];
    return isClockPart(definition?.type) ? [{ ...definition, name } as ClockMember] : [];
  });
}

/** Whether the rollup stores a member as the query's clock shows it, wherever the query looks. */
function isStored(
  cube: CubeDefinition,
  { timezone }: NormalizedQuery,
  { from, to }: TimeScopes,
  rollup: StoredRollup,
  { name, field }: ClockMember,
): boolean {
  if (dimensionOf(cube, rollup, name) === undefined) return false;
  if (sameZone(timezone, rollup.timezone)) return true;
  // The query's range says nothing about another time.
  if (field !== rollup.timeField || from === null || to === null) return false;
  return apartOver(timezone, rollup.timezone, from, to).every(({ apartMs }) => apartMs === 0);
}

/** Those of the levels whose buckets hold one hour, or one weekday, of `zone` each. */
function tellingLevels(
  part: ClockPart,
  zone: string,
  { from, to }: TimeScopes,
  { timezone }: StoredRollup,
  levels: readonly Level[],
): Usable {
  const isOfClock = ({ granularity }: Level) => divides(granularity, "hour");
  // Hours and quarters begin wherever their own clock shows another hour.
  if (sameZone(zone, timezone) && levels.every(isOfClock)) {
    return { levels: [...levels], within: null };
  }
  if (from === null || to === null) return alwaysTelling(zone, timezone, levels);
  const stretches = apartOver(zone, timezone, from, to);
  const telling = levels.filter(({ granularity }) =>
    stretches.every(({ from: start, to: end, apartMs }, i) => {
      const isFit = apartMs % sizeOf(granularity) === 0 || nextClockPart(part, zone, start) >= end;
      if (!isFit || i === 0) return isFit;
      const isSame = clockPart(part, zone, start - 1) === clockPart(part, zone, start);
      return isSame || bucketStart(granularity, timezone, start) === start;
    }),
  );
  return { levels: telling, within: null };
}

/** What buckets of a level are long where no clock is set. They are never longer than a day here. */
function sizeOf(granularity: Granularity): number {
  if (granularity === "quarterHour") return QUARTER_HOUR_MS;
  return granularity === "hour" ? HOUR_MS : DAY_MS;
}

/** The same without a range: what clocks say of the time in which zones are compared. */
function alwaysTelling(zone: string, timezone: string, levels: readonly Level[]): Usable {
  const { hours } = zoneDifference(zone, timezone);
  const telling = levels.filter(({ granularity }) =>
    granularity === "day"
      ? hours === 0 && !showsDatesAgain(zone)
      : hours % sizeOf(granularity) === 0,
  );
  return { levels: telling, within: COMPARABLE };
}

function mismatch(message: string, member: string): Refusal {
  return { code: "ZoneMismatch", message, member };
}
