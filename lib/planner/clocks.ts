/**
 * Hours of day and weekdays of a query, which are those of its own zone. A rollup that stores them serves
 * where its clock shows what the query's does. Any other tells them by the time of its buckets, from
 * levels none of whose buckets holds two hours of the query's clock, or two weekdays.
 */
import type { CubeDefinition, DimensionDefinition } from "../model/cube";
import type { Level, StoredRollup } from "../model/rollup";
import { bucketStart, divides } from "../time/calendar";
import { isClockPart, nextClockPart, type ClockPart } from "../time/clock";
import { HOUR_MS } from "../time/civil";
import { QUARTER_HOUR_MS } from "../time/customGranularity";
import { sameZone } from "../time/zone";
import { clocksAgree, showsDatesAgain, zoneDifference } from "../time/zoneDifference";
import { COMPARABLE, type Usable } from "./levels";
import { countedBy, dimensionOf } from "./members";
import { shortName, type NormalizedQuery } from "./normalizedQuery";
import { BUCKETS_MAX, tooManyBuckets, type Refusal, type RollupPlan } from "./plan";
import type { TimeScopes } from "./timeScopes";

/** The levels that may serve, and which of the query's members the time of their buckets tells. */
export type Clocks = Usable & Pick<RollupPlan, "derived">;

type ClockMember = DimensionDefinition & { type: ClockPart; name: string };

/**
 * For a rollup that keeps or can tell the query's members. Refuses with `ZoneMismatch` where it does not
 * tell them in the query's zone, and with `TooManyBuckets` where that is not known. At most `BUCKETS_MAX`
 * hours are looked at.
 */
export function clocksOf(
  cube: CubeDefinition,
  query: NormalizedQuery,
  scopes: TimeScopes,
  rollup: StoredRollup,
): Clocks | Refusal {
  const derived = clockMembers(cube, query).filter(
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
    if (telling === null) return tooManyBuckets();
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
function clockMembers(cube: CubeDefinition, query: NormalizedQuery): ClockMember[] {
  const counted = query.measures.flatMap((measure) => countedBy(cube, measure));
  const names = [
    ...query.dimensions,
    ...query.filters.map(({ member }) => member),
    ...counted.map((name) => `${cube.name}.${name}`),
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
  return clocksAgree(timezone, rollup.timezone, from, to);
}

/** Those of the levels whose buckets hold one hour, or one weekday, of `zone` each; null if that is not known. */
function tellingLevels(
  part: ClockPart,
  zone: string,
  { from, to }: TimeScopes,
  rollup: StoredRollup,
  levels: readonly Level[],
): Usable | null {
  const isOfClock = ({ granularity }: Level) => divides(granularity, "hour");
  // Hours and quarters begin wherever their own clock shows another hour.
  if (sameZone(zone, rollup.timezone) && levels.every(isOfClock)) {
    return { levels: [...levels], within: null };
  }
  const always = () => alwaysTelling(zone, rollup, levels);
  if (from === null || to === null) return always();
  let telling = [...levels];
  let changes = 0;
  for (let t = from; (t = nextClockPart(part, zone, t)) < to && telling.length > 0;) {
    if (++changes > BUCKETS_MAX) return always().levels.length > 0 ? always() : null;
    const at = t;
    telling = telling.filter(
      ({ granularity }) => bucketStart(granularity, rollup.timezone, at) === at,
    );
  }
  return { levels: telling, within: null };
}

/** What the two zones' clocks say without a look at the buckets, of the time in which they are compared. */
function alwaysTelling(zone: string, rollup: StoredRollup, levels: readonly Level[]): Usable {
  const { hours } = zoneDifference(zone, rollup.timezone);
  const telling = levels.filter(({ granularity }) => {
    if (granularity === "hour") return hours % HOUR_MS === 0;
    if (granularity === "quarterHour") return hours % QUARTER_HOUR_MS === 0;
    return hours === 0 && !showsDatesAgain(zone);
  });
  return { levels: telling, within: COMPARABLE };
}

function mismatch(message: string, member: string): Refusal {
  return { code: "ZoneMismatch", message, member };
}
