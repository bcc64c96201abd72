// @vitest-environment edge-runtime
/**
 * A recorded day of questions over the demo's data: the advisor proposes the rollup that was taken away beforehand,
 * names the one that nothing uses, and what it says the proposal costs is what is counted once it is there.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { adviseWith } from "../../cli/rollups/advise/advise.js";
import {
  countFor,
  storedOf,
  subjectOf,
  type Ask,
  type Standing,
} from "../../lib/advisor/gather.js";
import { readAdviseCommand, type AdviseCommand } from "../../cli/rollups/advise/options.js";
import type { Applied } from "../../cli/rollups/advise/since.js";
import {
  advise,
  advisorLimits,
  tilesKey,
  type Advice,
  type Counted,
  type StoredLoad,
  type Subject,
} from "../../lib/advisor/advise.js";
import { outcomeOf } from "../../lib/advisor/outcome.js";
import { nothing, plus, times, type Volume } from "../../lib/advisor/load.js";
import { PROFESSIONAL } from "../../lib/cost/prices.js";
import type { RollupDefinition } from "../../lib/model/cube.js";
import type { CatalogueOptions } from "../../src/client/index.js";
import { load, shippedCubes } from "../convex/harness.js";
import { patterns } from "../convex/patterns.js";
import { EVENING, demoWorld, history, type Question } from "./demoWorld.js";

const RECORDS = 1200;
/** A screen that a few people look at all day, live: each of its questions runs so often. */
const ASKED = 600;
const MONTH = 30;
/** The estimate is within this share of what is counted. */
const WITHIN = 0.2;

const { totals, by_category, by_topic, by_channel, by_hour_of_week } = shippedCubes.watch.rollups;
const useless = {
  dimensions: ["category", "hourOfDay"],
  measures: ["count"],
  levels: { day: "month" },
} as const;
const kept = { totals, by_category, by_topic, by_hour_of_week, useless };

function cubesWith(rollups: Record<string, RollupDefinition>): CatalogueOptions {
  return { watch: { ...shippedCubes.watch, rollups } };
}

/** The questions of the day: those that the shipped rollups are for. */
const questions: Question[] = patterns(new Date(EVENING - 1).toISOString().slice(0, 10))
  .filter(({ rollup }) =>
    Object.keys({ ...kept, by_channel }).some((name) => rollup === `watch.${name}`),
  )
  .map(({ name, query }) => ({ name, query, asked: ASKED }));

const folder = mkdtempSync(join(tmpdir(), "advise-"));

function commandWith(rest: Partial<AdviseCommand>): AdviseCommand {
  return { ...readAdviseCommand(["--patterns", "patterns:of"]), ...rest };
}

/** Calls of the tenant's functions, and its patterns. */
function asked({ ask, ann, subject }: Awaited<ReturnType<typeof record>>): Ask {
  return async (name, args) => {
    if (name === "patterns:of") return subject.patterns as never;
    if (!name.includes(":")) return await ask(name, args);
    return (await load(ann, (args as { query: unknown }).query)) as never;
  };
}

/** The day, recorded with these rollups. */
async function record(rollups: Record<string, RollupDefinition>) {
  const { before, day } = history(RECORDS);
  const world = await demoWorld(cubesWith(rollups), before);
  const folding = await world.live(day);
  const asked = await world.asked(questions);
  const [standing] = await world.ask<Standing[]>("standing", {});
  const subject = subjectOf(
    standing!,
    asked.map(({ pattern }) => pattern),
  );
  return { ...world, folding, asked, standing: standing!, subject };
}

let day: Awaited<ReturnType<typeof record>>;
let counted: Counted;
let subject: Subject;

const adviceWith = (limits: Partial<typeof advisorLimits.evidence>): Advice =>
  advise(
    {
      ...subject,
      limits: { ...advisorLimits, evidence: { ...advisorLimits.evidence, ...limits } },
    },
    counted,
    PROFESSIONAL,
  );

beforeAll(async () => {
  day = await record(kept);
  ({ subject } = day);
  counted = await countFor(day.ask, day.standing, subject, { most: 100_000, now: EVENING });
});
afterAll(() => {
  vi.useRealTimers();
  rmSync(folder, { recursive: true });
});

describe("a recorded day over demo data", () => {
  test("is without the rollup that was taken away", () => {
    const routes = day.asked.map(({ route }) => route);
    expect(routes).not.toContain("watch.by_channel");
    expect(routes).not.toContain("watch.useless");
    expect(day.asked.filter(({ route }) => route === "scan").map(({ name }) => name)).toEqual([
      "Top 10 channels, last 30 days",
      "Top 10 channels within one category, last 90 days",
    ]);
  });

  test("has the advisor propose that rollup, or one as good", () => {
    const { proposals } = adviceWith({});
    expect(proposals.map(({ kind }) => kind)).toEqual(["add"]);
    const [{ definition, serves, evidence }] = proposals as [Advice["proposals"][0]];
    expect([...definition!.dimensions].sort()).toEqual([...by_channel.dimensions].sort());
    expect(by_channel.measures).toEqual(expect.arrayContaining([...definition!.measures]));
    expect(Object.keys(definition!.levels)).toContain("day");
    expect(serves).toHaveLength(2);
    expect(evidence).toMatchObject({
      sampled: counted.span.records,
      records: counted.span.records,
    });
  });

  test("names the rollup that nothing uses: to be dropped once the days are enough to tell", () => {
    const thin = adviceWith({});
    expect(thin.unused).toEqual(["useless"]);
    expect(thin.withheld).toContainEqual(
      expect.objectContaining({
        kind: "drop",
        rollup: "useless",
        code: "ThinEvidence",
        missing: { days: { has: expect.closeTo(1, 1) as number, needs: 6.9 } },
      }),
    );
    const { proposals } = adviceWith({ daysToDrop: 0.9 });
    const drops = proposals.filter(({ kind }) => kind === "drop");
    expect(drops.map(({ rollup }) => rollup)).toEqual(["useless"]);
  });
});

test("the command prints it in words with lines for cubes.ts, and keeps it for later", async () => {
  const said: string[] = [];
  const terminal = { cwd: folder, asks: false, say: (text: string) => void said.push(text) };
  await adviseWith(commandWith({ out: "advice.json" }), asked(day), terminal, EVENING);
  const text = said.join("");
  expect(text).toContain("counted by 1,200 of about 1,200 records");
  expect(text).toMatch(/add by_category_and_channel: saves \$0\.\d+ a month \(low confidence\)/);
  expect(text).toContain('dimensions: ["category", "channel"],');
  expect(text).toContain("not proposed: drop useless");
  expect(text).toContain("ThinEvidence: days 1.0 of 6.9");
  expect(text).toContain("No reported question is read from useless.");
  const saved = JSON.parse(readFileSync(join(folder, "advice.json"), "utf8")) as object;
  const { proposals } = adviceWith({});
  expect(saved).toEqual({
    ...{ version: 1, at: EVENING, proposals: JSON.parse(JSON.stringify(proposals)) as unknown },
  });
});

test("what it says the proposal costs is within a fifth of what is counted once it is there", async () => {
  const [proposal] = adviceWith({}).proposals as [Advice["proposals"][0]];
  // As people paste it into `cubes.ts`.
  const pasted = new Function(`return {${proposal.lines}}`)() as Record<string, RollupDefinition>;
  expect(pasted).toEqual({ [proposal.rollup]: proposal.definition });
  const before = day;
  const after = await record({ ...kept, ...pasted });
  expect(after.asked.filter(({ route }) => route === "scan")).toEqual([]);
  const candidate = after.subject.serving.find(({ name }) => name === proposal.rollup)!;
  const tiles = new Map<string, StoredLoad>();
  await storedOf(after.ask, "watch", candidate, tiles);
  const stored = candidate.rollup.levels
    .map(({ granularity }) => tiles.get(tilesKey(candidate.name, granularity))!)
    .reduce(plus, nothing);
  const perMonth = (of: (form: string) => Volume) =>
    times(subject.patterns.map(({ form }) => of(form)).reduce(plus, nothing), ASKED * MONTH);
  const workOf = ({ asked }: typeof day, form: string) =>
    asked.find(({ pattern }) => pattern.form === form)!.work;
  const isMoved = (name: string) => proposal.serves.some(({ form }) => form === name);
  const reads = perMonth((form) => (isMoved(form) ? workOf(after, form) : nothing));
  // Of questions that are answered as before, what they read more.
  const others = perMonth((form) =>
    isMoved(form) ? nothing : plus(workOf(after, form), times(workOf(before, form), -1)),
  );
  // The same views, folded with the rollup and without.
  const upkeep = plus(times(after.folding, MONTH), times(before.folding, -MONTH));
  const outcome = outcomeOf(proposal.after, { reads, others, upkeep, stored }, PROFESSIONAL);
  const was = outcomeOf(
    proposal.before,
    {
      reads: perMonth((form) => (isMoved(form) ? workOf(before, form) : nothing)),
      others: nothing,
      upkeep: nothing,
      stored: nothing,
    },
    PROFESSIONAL,
  );
  for (const [name, { error }] of Object.entries(outcome)) {
    expect(Math.abs(error!), name).toBeLessThan(WITHIN);
  }
  expect(Math.abs(was.dollars.error!)).toBeLessThan(WITHIN);

  const said: string[] = [];
  const terminal = { cwd: folder, asks: false, say: (text: string) => void said.push(text) };
  await adviseWith(
    commandWith({ since: "advice.json", json: true }),
    asked(after),
    terminal,
    EVENING,
  );
  const [told] = JSON.parse(said.join("")) as Applied[];
  expect(told!.proposal.rollup).toBe(proposal.rollup);
  for (const [name, { error }] of Object.entries(told!.outcome!)) {
    expect(Math.abs(error!), `told: ${name}`).toBeLessThan(WITHIN);
  }
  said.length = 0;
  await adviseWith(commandWith({ since: "advice.json" }), asked(before), terminal, EVENING);
  expect(said.join("")).toContain("not applied, or nothing to count");
});
