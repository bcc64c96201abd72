/** One world: tables, the tiles of every rollup, a browser's records; and every way in which it answers a question. */
import { answerFromFacts } from "../../lib/answer/answerFromFacts.js";
import { answerFromTiles, type TileSource } from "../../lib/answer/answerFromTiles.js";
import { evaluate } from "../../lib/answer/evaluate.js";
import { FollowedAnswer } from "../../lib/answer/followedAnswer.js";
import { HeldTail } from "../../lib/answer/heldTail.js";
import { RollupsError } from "../../lib/errors.js";
import type { Change } from "../../lib/fold/change.js";
import type { CubeDefinition, Fact } from "../../lib/model/cube.js";
import { asksOrder, besideOrder, orderRefusal } from "../../lib/order/checks.js";
import { answerFromOrder, orderCells } from "../../lib/order/answerFromOrder.js";
import type { OrderRow } from "../../lib/order/orderRows.js";
import { resolveOrder, type StoredOrder } from "../../lib/order/statistic.js";
import { planQuery, type Candidate, type RollupPlan } from "../../lib/planner/planQuery.js";
import type { Answer } from "../../lib/query/answer.js";
import { compileQuery, type CompiledQuery } from "../../lib/query/compile.js";
import { normalizeQuestion } from "../../lib/query/normalizeQuery.js";
import { joinAnswers, type Question } from "../../lib/query/question.js";
import { resolveRollup } from "../../lib/resolve/resolveRollup.js";
import { bucketStart } from "../../lib/time/calendar.js";
import { BrowserTable } from "../../src/react/fallback/BrowserTable.js";
import { toWire } from "../../src/react/query.js";
import { Held } from "../lib/fixtures/heldBlocks.js";
import { OrderTrees } from "../lib/fixtures/orderTrees.js";
import { Generation, play } from "../lib/fixtures/world.js";
import { dice, type Dice } from "../realData/random.js";
import { catalogue } from "./cubes.js";
import { Followed } from "./followed.js";
import type { Doc } from "./oracle/model.js";
import { anyHistory, anyNow, zones } from "./world.js";

type CubeName = keyof typeof catalogue;

/** What came of one way to an answer: rows, or a refusal by name. */
export type Outcome = { route: string } & ({ answer: Answer } | { refusal: string });

export class World {
  readonly zone: string;
  readonly now: number;
  private readonly sides: Readonly<Record<CubeName, Side>>;

  constructor(seed: number) {
    const random = dice(seed);
    this.zone = random.pick(zones);
    this.now = anyNow(random);
    const side = (cube: CubeName, length: number) =>
      new Side(
        catalogue[cube],
        random,
        this.zone,
        this.now,
        play(catalogue[cube], anyHistory(random, cube, length)),
      );
    this.sides = { orders: side("orders", 180), refunds: side("refunds", 50) };
  }

  docs(cube: CubeName): readonly Doc[] {
    return this.sides[cube].docs;
  }

  /** Checked and completed. Ranges in words must have been resolved. */
  normalized(json: unknown): Question {
    return normalizeQuestion(catalogue, json, { timezone: this.zone });
  }

  scan(question: Question): Answer {
    const { definition, facts } = this.side(question);
    return joinAnswers(
      question,
      question.queries.map((query) => answerFromFacts(definition, query, this.zone, facts)),
    );
  }

  browser(json: unknown): Answer {
    const { table } = this.side(this.normalized(json));
    const open = table.open(toWire(json as Parameters<typeof toWire>[0]));
    for (const _ of table.advance([open]));
    const { rows, total } = table.finish(open);
    return { rows, total } as Answer;
  }

  /**
   * By each rollup: from the backend's tiles, from a browser's blocks, and kept up by what changes in them. Exact
   * percentiles from trees, alone and beside the tiles of each rollup.
   */
  async rollups(question: Question): Promise<Outcome[]> {
    const side = this.side(question);
    const outcomes: Outcome[] = [];
    for (const tiles of side.tiles)
      outcomes.push(...(await tiles.outcomes(question, side, this.zone)));
    for (const ordered of side.orders)
      outcomes.push(...(await ordered.outcomes(question, side, this.zone)));
    return outcomes;
  }

  private side({ queries: [{ cube }] }: Question): Side {
    return this.sides[cube as CubeName];
  }
}

/** One cube of a world. */
class Side {
  readonly docs: readonly Doc[];
  readonly facts: readonly Fact[];
  readonly table: BrowserTable;
  readonly tail: HeldTail;
  readonly tiles: readonly Tiles[];
  readonly orders: readonly Ordered[];

  constructor(
    readonly definition: CubeDefinition,
    random: Dice,
    zone: string,
    now: number,
    { changes, docs, facts }: ReturnType<typeof play>,
  ) {
    this.docs = docs as readonly Doc[];
    this.facts = facts;
    this.table = new BrowserTable(catalogue, definition.name, zone);
    facts.forEach((fact, i) => this.table.apply(String(i), fact));
    const folded = changes.slice(0, Math.round(changes.length * random.pick([0.6, 0.9, 1])));
    const tail = changes.slice(folded.length);
    this.tail = new HeldTail(() => tail);
    this.orders = Object.keys(definition.orderStatistics ?? {}).map(
      (name) => new Ordered(resolveOrder(definition, name, zone), folded, tail),
    );
    this.tiles = Object.keys(definition.rollups).map(
      (name) => new Tiles(definition, name, random, zone, now, changes, folded.length),
    );
  }
}

/** What is stored of one rollup, and what a browser holds of it. */
class Tiles {
  private readonly generation: Generation;
  private readonly held: Held;
  private readonly followed: Followed;

  constructor(
    private readonly cube: CubeDefinition,
    readonly name: string,
    random: Dice,
    tenantZone: string,
    now: number,
    changes: readonly Change[],
    end: number,
  ) {
    const zone = name === "elsewhere" ? random.pick(zones) : tenantZone;
    this.generation = new Generation(resolveRollup(cube, name, zone, zones), 40);
    if (cube.name === "orders" && name === "totals") {
      const from = bucketStart("day", zone, Date.UTC(2024, 2, 1));
      this.generation.coverage = [{ granularity: "hour", servedFrom: from, storedFrom: from }];
    }
    const size = Math.ceil(end / 3);
    for (let i = 0; i < end; i += size) {
      this.generation.fold(changes.slice(i, Math.min(end, i + size)));
    }
    this.held = new Held(this.generation, random.pick([1, 4, 16]), now);
    this.followed = new Followed(this.generation, this.held, changes.slice(end));
  }

  plan(compiled: CompiledQuery, tenantZone: string): RollupPlan | null {
    return planQuery({ compiled, rollups: [this.candidate], tenantZone }).plan;
  }

  source(facts: readonly Fact[]): TileSource {
    return this.generation.source(facts);
  }

  private get candidate(): Candidate {
    const { rollup, coverage } = this.generation;
    return { rollup, generation: 1, status: "ready", coverage };
  }

  async outcomes(question: Question, side: Side, tenantZone: string): Promise<Outcome[]> {
    const { generation, held, followed, candidate } = this;
    const planned = question.queries.map((query) => {
      const compiled = compileQuery(this.cube, query);
      return { compiled, ...planQuery({ compiled, rollups: [candidate], tenantZone }) };
    });
    const route = `${this.cube.name}.${this.name}`;
    const refused = planned.find(({ plan }) => plan === null)?.considered[0]?.refusal;
    if (refused) return [{ route, refusal: refused.code }];
    const plans = planned.map(({ compiled, plan }) => ({ compiled, plan: plan! }));
    const { tail } = side;
    const source = generation.source(side.facts);
    const outcomes = [
      await outcomeOf(`${route} tiles`, async () =>
        joinAnswers(
          question,
          await Promise.all(plans.map((one) => answerFromTiles({ ...one, source, tail }))),
        ),
      ),
      await outcomeOf(`${route} blocks`, () =>
        joinAnswers(
          question,
          plans.map((one) => evaluate({ ...one, tail, tiles: (read) => held.tiles(read) })),
        ),
      ),
    ];
    if (!plans.every(FollowedAnswer.canFollow)) return outcomes;
    const kept = await outcomeOf(`${route} followed`, () =>
      joinAnswers(
        question,
        plans.map((one) => followed.answer(one)),
      ),
    );
    return [...outcomes, kept];
  }
}

/** The trees of one order statistic. */
class Ordered {
  private readonly trees: OrderTrees;

  constructor(
    private readonly order: StoredOrder,
    folded: readonly Change[],
    tail: readonly Change[],
  ) {
    this.trees = new OrderTrees(order, folded, tail);
  }

  async outcomes(question: Question, side: Side, tenantZone: string): Promise<Outcome[]> {
    const { order, trees } = this;
    const route = `${order.cube}.${order.name}`;
    const compiled = question.queries.map((query) => compileQuery(side.definition, query));
    if (!compiled.every(asksOrder)) return [];
    const refusal = compiled.map((one) => orderRefusal(one, order, true)).find((one) => one);
    if (refusal) return [{ route, refusal: refusal.code }];
    const treesOf = (row: OrderRow) => trees.treesOf(row);
    if (compiled.every((one) => orderRefusal(one, order) === null)) {
      return [
        await outcomeOf(`${route} trees`, async () => {
          const answers = compiled.map((one) =>
            answerFromOrder(one, tenantZone, trees.rows(one), treesOf),
          );
          return joinAnswers(question, await Promise.all(answers));
        }),
      ];
    }
    const outcomes: Outcome[] = [];
    for (const tiles of side.tiles) {
      const planned = compiled.map((one) => tiles.plan(besideOrder(one) ?? one, tenantZone));
      if (planned.some((plan) => plan === null)) continue;
      outcomes.push(
        await outcomeOf(`${route}+${tiles.name} tiles`, async () => {
          const answers = compiled.map(async (one, i) =>
            answerFromTiles({
              ...{ compiled: one, plan: planned[i]!, tail: side.tail },
              given: await orderCells(one, trees.rows(one), treesOf),
              source: tiles.source(side.facts),
            }),
          );
          return joinAnswers(question, await Promise.all(answers));
        }),
      );
    }
    return outcomes;
  }
}

/** Errors without a code pass through. */
async function outcomeOf(route: string, run: () => Answer | Promise<Answer>): Promise<Outcome> {
  try {
    return { route, answer: await run() };
  } catch (error) {
    if (!(error instanceof RollupsError)) throw error;
    return { route, refusal: error.code };
  }
}
