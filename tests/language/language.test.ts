/**
 * The whole query language against judges that share no code with it: random questions, each answered by every rollup
 * that takes it, from the backend's tiles, from a browser's blocks, and kept up by what changes in these; from trees of
 * order statistics, alone and beside tiles; by a scan, by the engine of browsers over records, by an oracle, and by
 * DuckDB where SQL says the same. Laws 4 and 10.
 * `LANGUAGE_WORLDS` asks more, `LANGUAGE_FIRST` others, and `LANGUAGE_REPORT` prints what was counted.
 */
import { afterAll, describe, expect, test } from "vitest";
import { annotate } from "../../lib/cubeJson/annotate.js";
import { toQuestionJson } from "../../lib/cubeJson/queryJson.js";
import { resolveRanges } from "../../lib/cubeJson/relativeRange.js";
import { blendedResponse, type Loaded } from "../../lib/cubeJson/response.js";
import { dice } from "../realData/random.js";
import { count, differenceOf, Ledger, type Within } from "./agreement.js";
import { catalogue } from "./cubes.js";
import { Duck } from "./duck.js";
import { features, featuresOf, ofRecords } from "./features.js";
import { blended, columnar, compact } from "./oracle/blend.js";
import * as cubes from "./oracle/cubes.js";
import { answer as oracleAnswer } from "./oracle/evaluate.js";
import { shortName, type Answer, type Question } from "./oracle/model.js";
import { anyBlend, anyQuestion } from "./questions.js";
import { refusals } from "./refusals.js";
import { World } from "./routes.js";
import { rounded, unsaidOf } from "./unsaid.js";

const WORLDS = 25;
const QUESTIONS = 190;
const BLENDS = 6;
/** Every third question is asked of DuckDB, too, where SQL says it. */
const EVERY = 3;

const worlds = Number(process.env.LANGUAGE_WORLDS ?? WORLDS);
const first = Number(process.env.LANGUAGE_FIRST ?? 1);
const seeds = Array.from({ length: worlds }, (_, i) => first + i);

const ledger = new Ledger();

type CubeName = keyof typeof catalogue;
const cubeOf = ({ measures = [], dimensions = [], timeDimensions = [] }: Question) =>
  (measures[0] ?? dimensions[0] ?? timeDimensions[0]!.dimension).split(".")[0] as CubeName;

/** What a measure says of itself. */
const approximately: Within = (column) => {
  const [cube, name = ""] = column.split(".");
  return cubes[cube as CubeName]?.measures[name]?.within ?? 0;
};

const exactly: Within = () => 0;

const roundedByDuck: Within = (column) => (rounded.includes(shortName(column)) ? 1e-9 : 0);

/** Answers of one question that agree with the oracle: of the scan, and of each way by tiles. */
interface Agreed {
  json: unknown;
  oracle: Answer;
  scan: Answer;
  byTiles: Answer | null;
}

async function ask(world: World, question: Question): Promise<Agreed> {
  const { now, zone } = world;
  const cube = cubeOf(question);
  const agree = (route: string, answer: Answer, wanted: Answer, within: Within, byName = false) => {
    const difference = differenceOf(answer, wanted, within, byName);
    if (difference !== null) {
      const asked = { zone, now: new Date(now).toISOString(), question };
      expect.fail(`${route} differs: ${JSON.stringify(difference)} of ${JSON.stringify(asked)}`);
    }
    count(ledger.pairs, route);
  };
  const json = resolveRanges(question, now, zone);
  const normalized = world.normalized(json);
  const oracle = oracleAnswer(cubes[cube], world.docs(cube), question, { now, tenantZone: zone });
  const scan = world.scan(normalized);
  agree("scan", scan, oracle, approximately);
  agree("browser", world.browser(json), scan, exactly);
  let byTiles: Answer | null = null;
  for (const outcome of await world.rollups(normalized)) {
    if ("answer" in outcome) {
      agree(outcome.route, outcome.answer, scan, exactly);
      if (outcome.route.endsWith("tiles")) byTiles = outcome.answer;
      continue;
    }
    const [rollup, form] = outcome.route.split(" ");
    if (form === undefined) count(ledger.refused, outcome.refusal);
    else count(ledger.refusedLate, `${outcome.refusal} of ${form}`);
    expect(rollup).toContain(cube);
  }
  ledger.questions++;
  if (byTiles === null) ledger.scanned++;
  for (const feature of featuresOf(question)) {
    count(ledger.drawn, feature);
    if (byTiles !== null) count(ledger.byTiles, feature);
  }
  return { json, oracle, scan, byTiles };
}

/** Several questions side by side, in a form of response. */
async function askBlend(world: World, questions: readonly Question[], form: number) {
  const agreed: Agreed[] = [];
  for (const question of questions) agreed.push(await ask(world, question));
  const rows = blended(
    questions,
    agreed.map(({ oracle }) => oracle),
  );
  const format = (["default", "compact", "columnar"] as const)[form % 3]!;
  const wanted = { default: rows, compact: rows.map(compact), columnar: rows.map(columnar) }[
    format
  ];
  const dataBy = (answerOf: (one: Agreed) => Answer) =>
    blendedResponse(
      agreed.map((one, i) => loadedOf(world, one.json, answerOf(one), cubeOf(questions[i]!))),
      format,
    ).results.map(({ data }) => data);
  expect(dataBy(({ scan }) => scan)).toEqual(wanted);
  count(ledger.drawn, "blending");
  if (agreed.some(({ byTiles }) => byTiles === null)) return;
  expect(dataBy(({ byTiles }) => byTiles!)).toEqual(wanted);
  count(ledger.byTiles, "blending");
}

function loadedOf(world: World, json: unknown, { rows }: Answer, cube: CubeName): Loaded {
  const question = world.normalized(json);
  const annotation = annotate(catalogue[cube], question.queries[0]);
  const query = toQuestionJson(question);
  return { query, data: rows, annotation, servedBy: "scan", exact: true };
}

describe("a question", () => {
  test.each(seeds)(
    "is answered alike by every way and by all judges, in world %i",
    async (seed) => {
      const world = new World(seed);
      const random = dice(seed + 1_000_000);
      const duck = await Duck.of(world.docs("orders"));
      for (let i = 0; i < QUESTIONS; i++) {
        const question = anyQuestion(random);
        const { scan } = await ask(world, question);
        const now = { instant: world.now, zone: question.timezone ?? world.zone };
        if (i % EVERY !== 0) continue;
        const unsaid = unsaidOf(question, now);
        if (unsaid !== null) {
          count(ledger.unsaid, unsaid);
          continue;
        }
        const difference = differenceOf(
          scan,
          await duck.answer(question, world.zone, now),
          roundedByDuck,
          true,
        );
        if (difference !== null) {
          expect.fail(`DuckDB: ${JSON.stringify({ difference, zone: world.zone, now, question })}`);
        }
        count(ledger.pairs, "DuckDB");
      }
      for (let i = 0; i < BLENDS; i++) await askBlend(world, anyBlend(random), i);
      duck.close();
    },
  );

  test.each(refusals)("is refused by name for %s", (_, code, question) => {
    const world = new World(0);
    const refusal = (run: () => unknown): unknown => {
      try {
        return run();
      } catch (error) {
        return (error as { code?: unknown }).code;
      }
    };
    const resolved = () => resolveRanges(question, world.now, world.zone);
    expect(refusal(() => world.scan(world.normalized(resolved())))).toBe(code);
    expect(refusal(() => world.browser(resolved()))).toBe(code);
  });
});

describe("the questions", () => {
  test("are five thousand, and five hundred of them SQL says exactly", () => {
    expect(ledger.questions).toBeGreaterThanOrEqual(5000);
    expect(ledger.pairs.get("DuckDB")).toBeGreaterThanOrEqual(500);
  });

  test("ask for every part of the language, and tiles answer each that records need not", () => {
    const rare = features.filter((name) => (ledger.drawn.get(name) ?? 0) < 20);
    const untold = features.filter((name) => (ledger.byTiles.get(name) ?? 0) < 10);
    expect(rare).toEqual([]);
    expect(untold.sort()).toEqual([...ofRecords].sort());
    expect([...ledger.drawn.keys()].filter((name) => !features.includes(name))).toEqual([]);
  });

  test("reach every rollup in all forms, every refusal, and the scan alone", () => {
    for (const [cube, { rollups }] of Object.entries(catalogue)) {
      for (const rollup of Object.keys(rollups)) {
        expect(ledger.pairs.get(`${cube}.${rollup} tiles`), rollup).toBeGreaterThan(15);
        expect(ledger.pairs.get(`${cube}.${rollup} blocks`), rollup).toBeGreaterThan(5);
        expect(ledger.pairs.get(`${cube}.${rollup} followed`), rollup).toBeGreaterThan(5);
      }
    }
    for (const order of ["prices", "pricesByDay"]) {
      expect(ledger.pairs.get(`orders.${order} trees`), order).toBeGreaterThan(15);
      expect(ledger.pairs.get(`orders.${order}+byCity tiles`), order).toBeGreaterThan(15);
    }
    for (const code of [
      ...["MissingDimension", "MissingMeasure", "FilterNotCovered", "FanOut", "NotCovered"],
      ...["GranularityTooCoarse", "ZoneMismatch", "Ungrouped"],
    ]) {
      expect(ledger.refused.get(code), code).toBeGreaterThan(5);
    }
    // What a browser lacks it asks the backend for.
    const late = ["EdgeNotHeld of blocks", "ExtremePending of blocks"];
    expect([...ledger.refusedLate.keys()].filter((one) => !late.includes(one))).toEqual([]);
    expect(ledger.scanned).toBeGreaterThan(200);
  });
});

afterAll(() => {
  if (process.env.LANGUAGE_REPORT === undefined) return;
  const table = (counts: Map<string, number>) =>
    [...counts].sort((a, b) => a[1] - b[1]).map(([name, n]) => `${n} ${name}`);
  const { questions, scanned, drawn, byTiles } = ledger;
  const parts = features.map((name) => `${name}: ${drawn.get(name)}, ${byTiles.get(name) ?? 0}`);
  console.log(
    [
      `${questions} questions, ${scanned} by scan alone`,
      ...["pairs", ...table(ledger.pairs), "refused", ...table(ledger.refused)],
      ...["not said by SQL", ...table(ledger.unsaid)],
      ...["refused late", ...table(ledger.refusedLate), "drawn, by tiles", ...parts],
    ].join("\n"),
  );
});
