// @vitest-environment edge-runtime
/**
 * Law 11 for callers with a lock: random questions of the whole language, over every route that answers them. Each answer
 * is that of an oracle over the records that the lock lets through, and nothing that is said depends on others.
 * `EMBEDDED_WORLDS` asks more, `EMBEDDED_FIRST` others.
 */
import { afterEach, expect, test, vi } from "vitest";
import { resolveRanges } from "../../lib/cubeJson/relativeRange.js";
import type { LockOptions } from "../../src/client/index.js";
import { toWire } from "../../src/react/query.js";
import { ask } from "../convex/ownApp.js";
import { outcomeOf } from "../hostile/support/outcome.js";
import { differenceOf, type Within } from "../language/agreement.js";
import { catalogue } from "../language/cubes.js";
import { blended } from "../language/oracle/blend.js";
import * as cubes from "../language/oracle/cubes.js";
import { answer as oracleAnswer } from "../language/oracle/evaluate.js";
import type { Answer, Question, Row } from "../language/oracle/model.js";
import { anyBlend, anyQuestion } from "../language/questions.js";
import { anyHistory, anyNow, zones } from "../language/world.js";
import { play } from "../lib/fixtures/world.js";
import { dice, type Dice } from "../realData/random.js";
import { open, type CubeName, type Docs } from "./lockedApp.js";
import { anyLock, conditionsOfLock, letsThrough } from "./locks.js";

const QUESTIONS = 40;
const BLENDS = 4;
const worlds = Number(process.env.EMBEDDED_WORLDS ?? 3);
const first = Number(process.env.EMBEDDED_FIRST ?? 1);
const seeds = Array.from({ length: worlds }, (_, i) => first + i);

afterEach(() => {
  vi.unstubAllEnvs();
  vi.useRealTimers();
});

const cubeOf = ({ measures = [], dimensions = [], timeDimensions = [] }: Question) =>
  (measures[0] ?? dimensions[0] ?? timeDimensions[0]!.dimension).split(".")[0] as CubeName;

const approximately: Within = (column) => {
  const [cube, name = ""] = column.split(".");
  return cubes[cube as CubeName]?.measures[name]?.within ?? 0;
};

/** Documents as they are in the end: a history's edits are of other tests. */
const docsOf = (random: Dice, cube: CubeName, length: number) =>
  play(catalogue[cube], anyHistory(random, cube, length)).docs as unknown as Docs[CubeName];

/** Two tenants with the same records within the lock, and others outside. */
function tenantsOf(random: Dice, lock: LockOptions) {
  const both = (cube: CubeName, length: number) => {
    const own = docsOf(random, cube, length);
    const inside = own.filter((doc) => letsThrough(lock, cube, doc));
    const outside = docsOf(random, cube, length * 2).filter((doc) => !letsThrough(lock, cube, doc));
    return { own, inside, other: random.shuffle([...outside, ...inside]) };
  };
  const [orders, refunds] = [both("orders", 160), both("refunds", 50)];
  return {
    own: { orders: orders.own, refunds: refunds.own },
    other: { orders: orders.other, refunds: refunds.other },
    inside: { orders: orders.inside, refunds: refunds.inside } as Docs,
  };
}

/** What of a refusal or an answer is said, without which generation of which rollup answered. */
const said = (outcome: unknown) => JSON.stringify(outcome).replace(/@\d+/g, "");

const counted = { answered: 0, byRollups: 0, refused: 0, ranks: 0 };

test.each(seeds)("no question of world %i reaches past its lock", async (seed) => {
  const random = dice(seed + 5_000_000);
  const zone = random.pick(zones);
  const now = anyNow(random);
  const lock = anyLock(random);
  const { own, other, inside } = tenantsOf(random, lock);
  const { t, embedded } = await open(zone, { own, other });
  vi.setSystemTime(now);
  const caller = embedded("own", lock);
  const stranger = embedded("other", lock);

  /** Of the records within the lock alone; a list of texts is shown as far as the lock names them. */
  const wanted = (question: Question): Answer => {
    const cube = cubeOf(question);
    const filters = [...conditionsOfLock(lock, cube), ...(question.filters ?? [])];
    const narrowed = { ...question, filters };
    const isOfTags = JSON.stringify(lock[cube]).includes('"tag"');
    const told = isOfTags ? narrowed : question;
    return oracleAnswer(cubes[cube], inside[cube], told, { now, tenantZone: zone });
  };
  const agree = (route: string, question: Question, rows: Row[], total: number | null = null) => {
    const difference = differenceOf({ rows, total }, wanted(question), approximately, true);
    if (difference === null) return;
    const asked = { zone, now: new Date(now).toISOString(), lock, question };
    expect.fail(`${route} differs: ${JSON.stringify(difference)} of ${JSON.stringify(asked)}`);
  };
  const rest = async (path: string, body: object) => {
    const request = {
      method: "POST",
      headers: { "x-rollups-tenant": "own" },
      body: JSON.stringify(body),
    };
    const response = await caller.fetch(`/cubejs-api/v1/${path}`, request);
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };

  for (let i = 0; i < QUESTIONS; i++) {
    const question = anyQuestion(random);
    // Convex sorts the keys of an order.
    const query = toWire(resolveRanges(question, now, zone) as Parameters<typeof toWire>[0]);
    const outcomes = [];
    for (const name of ["rows", "load", "board", "explain"]) {
      const args = name === "board" ? { questions: [{ query }, { query }] } : { query };
      const asked = (who: typeof caller, org: string) =>
        outcomeOf(ask(who, `rollups:${name}`, { org, ...args }));
      const outcome = await asked(caller, "own");
      expect(said(outcome), JSON.stringify({ name, lock, question })).toBe(
        said(await asked(stranger, "other")),
      );
      outcomes.push(outcome);
    }
    const [rows, load, board] = outcomes as { kind: string; value: never; code?: string }[];
    if (rows!.kind !== "value") {
      // No rollup, and a scan that has lost what it needs: the same by each way.
      expect(load).toEqual(rows);
      counted.refused++;
      continue;
    }
    type Told = { data: Row[]; total?: number; servedBy: string };
    const found = rows!.value as Told;
    agree("rows", question, found.data, found.total ?? null);
    expect(load!.value).toEqual(found);
    expect(await ask(caller, "own:rows", { org: "own", query, lock })).toEqual(found);
    expect(board!.value).toEqual({ answers: [{ answer: found }, { answer: found }] });
    const { status, body } = await rest("load", {
      query: { ...question, ...(question.order && { order: (query as Question).order }) },
      queryType: "multi",
    });
    expect(status, JSON.stringify(body)).toBe(200);
    // Beside their columns they have the one by which Cube's clients find the time, and a result for each range.
    const results = body["results"] as { data: Row[] }[];
    const plain = found.data.map(({ compareDateRange: _, ...row }) => row);
    expect(results.flatMap(({ data }) => data)).toMatchObject(plain);
    expect(JSON.stringify(body)).not.toMatch(/lastRefreshTime|watermark|lagMs|"work"/);
    counted.answered++;
    if (found.servedBy !== "scan") counted.byRollups++;
  }

  for (let i = 0; i < BLENDS; i++) {
    const questions = anyBlend(random);
    const { status, body } = await rest("load", { query: questions, queryType: "multi" });
    expect(status, JSON.stringify(body)).toBe(200);
    const results = body["results"] as { data: Row[] }[];
    expect(results.map(({ data }) => data)).toEqual(blended(questions, questions.map(wanted)));
  }

  const percentile = { measures: ["orders.exactMedian"] };
  for (const name of ["rank", "ranked"]) {
    const asked = { query: percentile, ...(name === "rank" ? { value: 1.2 } : { limit: 20 }) };
    const outcome = await outcomeOf(ask(caller, `rollups:${name}`, { org: "own", ...asked }));
    if (outcome.kind !== "value") continue;
    counted.ranks++;
    const priced = inside.orders.filter(({ price }) => price !== null);
    expect(outcome.value).toMatchObject({ total: priced.length });
  }
  void t;
});

test("most questions are answered, and by rollups", () => {
  expect(counted.answered).toBeGreaterThan(seeds.length * QUESTIONS * 0.8);
  expect(counted.byRollups).toBeGreaterThan(seeds.length * QUESTIONS * 0.25);
  expect(counted.ranks).toBeGreaterThan(0);
});
