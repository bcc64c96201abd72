/** `suggest` on code in the styles that apps are written in: what it tells is right, what it cannot tell it says. */
import { convexTest } from "convex-test";
import { join } from "node:path";
import ts from "typescript";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { propose, type Told } from "../../../../cli/rollups/suggest/propose.js";
import { dice } from "../../../realData/random.js";
import * as handlers from "./fixtures/handlers.js";
import schema from "./fixtures/schema.js";
import * as screens from "./fixtures/screens.js";
import { proposedCube, type Doc } from "./proposed.js";

const folder = join(import.meta.dirname, "fixtures");
const proposalOf = (file: string) => propose(ts, { functions: folder }, join(folder, file));

const NOW = Date.UTC(2026, 2, 1, 12);
const DAY = 86_400_000;

/** Sums of these are exact, so that no rounding hides a difference. */
function anyTickets(seed: number): Doc[] {
  const random = dice(seed);
  const any = () => ({
    workspaceId: random.pick(["north", "south"]),
    openedAt: NOW - random.below(90 * DAY),
    status: random.pick(["open", "waiting", "closed"]),
    priority: random.pick([1, 2, 3]),
    agent: random.pick(["Ann", "ben", "Zoë", "Åsa", "cy", "__proto", "10", "9"]),
    ...(random.chance(0.5) && { product: random.pick(["A", "B", "Unknown"]) }),
    isPaid: random.chance(0.4),
    minutes: random.below(4000) / 4,
    ...(random.chance(0.7) && { cost: random.below(1000) / 8 }),
    tags: random.shuffle(["new", "bug", "vip", "bug"]).slice(0, random.below(4)),
  });
  // One agent has no costs at all.
  return Array.from({ length: 300 }, any).map((one) =>
    one.agent === "cy" ? { ...one, cost: undefined } : one,
  );
}

const args = {
  workspaceId: "north",
  since: NOW - 40 * DAY,
  from: NOW - 60 * DAY + 12_345,
  to: NOW - 5 * DAY,
  limit: 3,
};

beforeAll(() => {
  vi.stubEnv("TZ", "UTC");
  vi.useFakeTimers({ now: NOW, toFake: ["Date"] });
});
afterAll(() => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
});

describe.each([1, 2, 3])("over random records, seed %i,", (seed) => {
  const docs = anyTickets(seed);

  test("Convex queries that collect a table equal their proposals", async () => {
    const proposal = proposalOf("handlers.ts");
    const t = convexTest(schema, { "./_generated/none.ts": () => Promise.resolve({}) });
    await t.run(async ({ db }) => {
      for (const doc of docs) await db.insert("tickets", doc as never);
    });
    const own = docs.filter(({ workspaceId }) => workspaceId === args.workspaceId);
    const ask = proposedCube(schema, proposal, "tickets", own);
    const told = proposal.functions.filter((one): one is Told => one.told);
    expect(told.map(({ name }) => name)).toEqual([
      ...["summary", "counters", "daily", "leaders", "statuses", "lastMonth", "hours"],
    ]);
    expect(proposal.cubes["tickets"]).toMatchObject({ tenant: "workspaceId", time: "openedAt" });
    for (const one of told) {
      const { _handler: handler } = handlers[one.name as keyof typeof handlers] as unknown as {
        _handler: (ctx: object, given: object) => Promise<unknown>;
      };
      let wanted: unknown;
      await t.run(async (ctx) => {
        wanted = await handler(ctx, args);
      });
      expect(await ask(one, [args]), one.name).toEqual(wanted);
    }
  });

  test("functions of screens equal their proposals", async () => {
    const proposal = proposalOf("screens.ts");
    const told = proposal.functions.filter((one): one is Told => one.told);
    expect(told.map(({ name }) => name)).toEqual(Object.keys(screens));
    const given: Record<string, unknown[]> = {
      ...{ tagCloud: [2], monthsOfAgent: ["Zoë"], onOneSide: [true] },
      ...{ timesGiven: [undefined, undefined], withDefaults: [undefined, {}] },
    };
    for (const some of [docs, []]) {
      const ask = proposedCube(schema, proposal, "tickets", some);
      for (const one of told) {
        const rest = given[one.name] ?? [];
        const before = screens[one.name as keyof typeof screens] as (...all: unknown[]) => unknown;
        expect(await ask(one, rest), one.name).toEqual(before(some, ...rest));
      }
    }
  });
});

test("a query of two tables, and one of some records, are not told", () => {
  const others = proposalOf("handlers.ts").functions.flatMap((one) =>
    one.told ? [] : [[one.name, one.reason]],
  );
  expect(Object.fromEntries(others)).toEqual({ named: "two queries of the database" });
});

test("what only looks like a sum by key is not told, and every reason stands beside its line", () => {
  const { functions, cubes } = proposalOf("traps.ts");
  expect(functions.filter(({ told }) => told).map(({ name }) => name)).toEqual([]);
  expect(cubes).toEqual({});
  const reasons = functions.map((one) => [one.name, one.told ? "" : one.reason]);
  for (const one of functions) {
    expect(one.told ? 0 : one.at).toBeGreaterThanOrEqual(one.line);
  }
  expect(Object.fromEntries(reasons)).toEqual({
    allTags: "a list that is not followed",
    bestAgent: "it belongs to the record with the largest or smallest value",
    byProduct: "product may be missing, and rows by nothing have another name here",
    concatenated: "a text or an object that records change",
    costs: "cost may be missing, and a sum with nothing is no number",
    countedFromOne: "what a record adds depends on the records before it",
    dearOnes:
      "more or less than a number, which no rollup keeps: a condition on a range is for times only",
    doubled: "it keeps the last record, or depends on their order",
    firstFew: "the first rows in the order of the records",
    firstOfEachAgent: "the first record of each group is kept",
    gaps: "what a record adds depends on the records before it",
    joinedKeys: "a grouping by something that is no field",
    keyOfAnother: "one record adds to several entries",
    lastOfEachAgent: "it keeps the last record, or depends on their order",
    localHours:
      "hours and days of the reader's own zone: use those of UTC, or give the query a `timezone`",
    median: "records in order: a query of the table has them",
    onlyWhileSmall: "what a record adds depends on the records before it",
    paidFirst: "some records count only after others of their group",
    quarters: "a grouping by something that is no field",
    runningTotal: "a test or a part of an expression changes a variable",
    someOfThem: "a condition by `||`",
    squares:
      "a sum of products: a cube has a field of type product, of fields whose decimals you know",
    tagsInAll: "a record counts once for each value of a list",
    untilTired: "a loop that is left early",
    withUnknown: "what is looked up depends on the records before it",
    byFlag: "a test or a part of an expression changes a variable",
    changedByHelper: "a test or a part of an expression changes a variable",
    countedInMap: "a test or a part of an expression changes a variable",
    countedInTest: "a test or a part of an expression changes a variable",
    eitherOfTwo: "a test or a part of an expression changes a variable",
    hasAgent: "whether a grouping has an entry of one name",
    notSeenBefore: "whether a value is among those added before",
    numberOfAgents: "a value that a query does not give",
    onlyOne: "what is looked up depends on the records before it",
    productOrA: "a value in place of product",
    threeAtMost: "how many items are added before",
    zeroOrThrown: "a throw statement",
  });
});
