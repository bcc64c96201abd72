/** What the advisor says of each cube, asked page by page. */
import type { ConvexReactClient } from "convex/react";
import { makeFunctionReference } from "convex/server";
import { advise, type Advice } from "../../../lib/advisor/advise.js";
import { daysOf } from "../../../lib/advisor/evidence.js";
import { countFor, subjectOf, type Ask, type Standing } from "../../../lib/advisor/gather.js";
import { PROFESSIONAL } from "../../../lib/cost/prices.js";
import type { Pattern } from "../../../lib/patterns/pattern.js";

export interface AdviceOfCube extends Advice {
  cube: string;
  patterns: number;
  reports: number;
  days: number;
  /** Records that were looked at, and about how many there are. */
  sampled: number;
  records: number;
}

/** The newest records of a cube that are looked at. */
const recordsMax = 20_000;

/** Takes some calls for a thousand records. `onSampled` is told how many of a cube were looked at. */
export async function adviceFor(
  convex: ConvexReactClient,
  tenantId: string,
  now: number,
  onSampled: (cube: string, records: number) => void,
): Promise<AdviceOfCube[]> {
  const query = async <T>(name: string, args: object): Promise<T> =>
    (await convex.query(makeFunctionReference<"query">(name), { tenantId, ...args })) as T;
  const ask: Ask = (name, args) => query(`advisor:${name}`, args);
  const [standings, patterns] = await Promise.all([
    ask<Standing[]>("standing", {}),
    query<Pattern[]>("patterns:list", {}),
  ]);
  const advices: AdviceOfCube[] = [];
  for (const standing of standings) {
    const cube = standing.cube.name;
    const own = patterns.filter((one) => one.cube === cube);
    const reports = own.reduce((sum, one) => sum + one.reports, 0);
    const about = { cube, patterns: own.length, reports, days: daysOf(own) };
    if (own.length === 0) {
      const nothing = { proposals: [], withheld: [], unused: [], sampled: 0, records: 0 };
      advices.push({ ...nothing, ...about });
      continue;
    }
    const subject = subjectOf(standing, own);
    const counted = await countFor(ask, standing, subject, {
      ...{ most: recordsMax, now },
      onSampled: (records) => onSampled(cube, records),
    });
    const { sampled, span } = counted;
    const advice = advise(subject, counted, PROFESSIONAL);
    advices.push({ ...advice, ...about, sampled, records: span.records });
  }
  return advices;
}
