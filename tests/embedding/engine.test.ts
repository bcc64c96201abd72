/**
 * Locks under every way to an answer: by each rollup's tiles, a browser's blocks, order statistics and scans, each
 * compared with an oracle over the records that the lock lets through.
 */
import { expect, test } from "vitest";
import { resolveRanges } from "../../lib/cubeJson/relativeRange.js";
import { narrowed } from "../../lib/query/question.js";
import { mustBeLock } from "../../src/client/embedding/lock.js";
import { differenceOf, type Within } from "../language/agreement.js";
import { catalogue } from "../language/cubes.js";
import * as cubes from "../language/oracle/cubes.js";
import { answer as oracleAnswer } from "../language/oracle/evaluate.js";
import type { Answer, Question } from "../language/oracle/model.js";
import { anyQuestion } from "../language/questions.js";
import { World } from "../language/routes.js";
import { dice } from "../realData/random.js";
import { anyLock, conditionsOfLock, letsThrough } from "./locks.js";

const QUESTIONS = 60;
const seeds = [1, 2];
const approximately: Within = (column) => cubes.orders.measures[column.split(".")[1]!]?.within ?? 0;

test.each(seeds)(
  "every way answers of the records within the lock alone, in world %i",
  async (seed) => {
    const world = new World(seed);
    const random = dice(seed + 3_000_000);
    const { now, zone } = world;
    const told = new Map<string, number>();
    for (let i = 0; i < QUESTIONS; i++) {
      const lock = anyLock(random);
      const question: Question = anyQuestion(random);
      const asked = narrowed(
        world.normalized(resolveRanges(question, now, zone)),
        mustBeLock(catalogue, lock),
      );
      const within = world.docs("orders").filter((doc) => letsThrough(lock, "orders", doc));
      // Of a list of texts, rows are of those that the lock names.
      const isOfTags = JSON.stringify(lock["orders"]).includes('"tag"');
      const filters = [
        ...(isOfTags ? conditionsOfLock(lock, "orders") : []),
        ...(question.filters ?? []),
      ];
      const wanted = oracleAnswer(
        cubes.orders,
        within,
        { ...question, filters },
        { now, tenantZone: zone },
      );
      const agree = (route: string, answer: Answer) => {
        const difference = differenceOf(answer, wanted, approximately);
        const of = { zone, now: new Date(now).toISOString(), lock, question };
        if (difference !== null) expect.fail(`${route}: ${JSON.stringify({ difference, of })}`);
        told.set(route, (told.get(route) ?? 0) + 1);
      };
      agree("scan", world.scan(asked));
      for (const outcome of await world.rollups(asked)) {
        if ("answer" in outcome) agree(outcome.route.split(" ").at(-1)!, outcome.answer);
      }
    }
    for (const form of ["tiles", "blocks", "followed"])
      expect(told.get(form), form).toBeGreaterThan(10);
    expect(told.get("scan")).toBe(QUESTIONS);
  },
);
