/**
 * One cube's facts in the browser, and the engine's answers over them: the arithmetic is the same
 * code that the backend runs. Answers stay open, so a new record is added to them; only a changed or
 * removed record makes them start over. All answers that start over share one pass over the facts.
 */
import { annotate } from "../../../lib/cubeJson/annotate.js";
import { isExact } from "../../../lib/query/approximation.js";
import type { Catalogue, CubeDefinition, Fact } from "../../../lib/model/cube.js";
import { reachesExpired, sourceExpired } from "../../../lib/model/expiry.js";
import { normalizeQuestion } from "../../../lib/query/normalizeQuery.js";
import { joinAnswers, type Question } from "../../../lib/query/question.js";
import { compileQuery } from "../../../lib/query/compile.js";
import { FactTable } from "./factTable.js";
import { Groups } from "../../../lib/answer/groups.js";
import type { Annotations } from "../api.js";
import { AggregateError, toAggregateError } from "../errors.js";
import type { Row, WireQuery } from "../query.js";

export interface BrowserAnswer {
  rows: Row[];
  annotation: Annotations;
  exact: boolean;
  total: number | null;
}

/** Facts between two chances to pause. */
const stepFacts = 250;

/** New records remembered one by one; after so many, one pass over all facts begins anew. */
const insertsMax = 2_000;

/** An answer under way. Belongs to the table that opened it. */
export interface OpenAnswer {
  readonly wire: WireQuery;
  /** What the groups, one per query of it, are collected for. */
  question: Question | null;
  groups: Groups[];
  annotation: Annotations | null;
  exact: boolean;
  error: AggregateError | null;
  /** The table's era and the number of its inserts that the groups hold. */
  era: number;
  inserts: number;
}

export class BrowserTable {
  readonly #catalogue: Catalogue;
  readonly #cube: CubeDefinition;
  readonly #timezone: string;
  readonly #facts: FactTable;
  /** Begins anew when a record changes or goes: open answers of an older era start over. */
  #era = 0;
  #inserts: Fact[] = [];
  #sourceFrom: number | null = null;

  constructor(catalogue: Catalogue, cube: string, timezone: string) {
    const definition = catalogue[cube];
    if (!definition) throw new AggregateError("InvalidQuery", `There is no cube "${cube}".`);
    this.#catalogue = catalogue;
    this.#cube = definition;
    this.#timezone = timezone;
    this.#facts = new FactTable(definition);
  }

  get size(): number {
    return this.#facts.size;
  }

  /** Sets a record's fact; null removes the record. */
  apply(id: string, fact: Fact | null): void {
    const isNew = fact !== null && this.#facts.get(id) === null;
    if (fact) this.#facts.upsert(id, fact);
    else this.#facts.remove(id);
    if (isNew && this.#inserts.length < insertsMax) {
      this.#inserts.push(fact);
    } else {
      this.#era++;
      this.#inserts = [];
    }
  }

  /** Records before `from` have expired: questions that look at them are refused from now on. */
  expireBefore(from: number): void {
    this.#sourceFrom = from;
    this.#era++;
    this.#inserts = [];
  }

  open(wire: WireQuery): OpenAnswer {
    return {
      wire,
      question: null,
      groups: [],
      annotation: null,
      exact: true,
      error: null,
      era: -1,
      inserts: 0,
    };
  }

  /** Brings answers up to date, in steps between which the caller may pause, but not apply. */
  *advance(answers: readonly OpenAnswer[]): Generator<void, void, undefined> {
    const starting = answers.filter(({ era }) => era !== this.#era);
    const going = answers.filter(({ era }) => era === this.#era);
    for (const answer of starting) this.#start(answer);
    let count = 0;
    if (starting.length > 0) {
      for (const fact of this.#facts.scan()) {
        for (const answer of starting) addTo(answer, fact);
        if (++count % stepFacts === 0) yield;
      }
    }
    for (const answer of going) {
      for (const fact of this.#inserts.slice(answer.inserts)) {
        addTo(answer, fact);
        if (++count % stepFacts === 0) yield;
      }
      answer.inserts = this.#inserts.length;
    }
  }

  /** The rows of an answer that is up to date. Throws a coded error where it could not be computed. */
  finish({ question, groups, annotation, exact, error }: OpenAnswer): BrowserAnswer {
    if (error) throw error;
    if (!question || !annotation) {
      throw new AggregateError("Internal", "The answer was not started.");
    }
    const { rows, total } = joinAnswers(
      question,
      groups.map((one) => one.finish()),
    );
    return { rows, annotation, exact, total };
  }

  #start(answer: OpenAnswer): void {
    answer.era = this.#era;
    answer.inserts = this.#inserts.length;
    answer.error = null;
    try {
      const question = normalizeQuestion(this.#catalogue, answer.wire, {
        timezone: this.#timezone,
      });
      const compiled = question.queries.map((query) => compileQuery(this.#cube, query));
      for (const { scopes } of compiled) {
        const { from, to } = scopes;
        if (this.#sourceFrom !== null && reachesExpired(this.#sourceFrom, from, to)) {
          throw sourceExpired(this.#cube.name, this.#sourceFrom);
        }
      }
      answer.question = question;
      answer.groups = compiled.map((one) => new Groups(one, this.#timezone));
      answer.annotation = annotate(this.#cube, question.queries[0]);
      answer.exact = isExact(this.#cube, question.queries[0]);
    } catch (cause) {
      answer.error = toAggregateError(cause);
    }
  }
}

function addTo(answer: OpenAnswer, fact: Fact): void {
  if (answer.error) return;
  try {
    for (const groups of answer.groups) groups.addFact(fact);
  } catch (cause) {
    answer.error = toAggregateError(cause);
  }
}
