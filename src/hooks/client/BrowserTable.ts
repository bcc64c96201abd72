/**
 * One cube's facts in the browser and the engine's answers over them. The only file of the hooks
 * that touches the engine: the arithmetic is the same code that the backend runs.
 */
import type { Catalogue, Fact } from "../../../lib/model/cube";
import { answerFromFacts } from "../../../lib/query/answerFromFacts";
import { annotate } from "../../../lib/cubeJson/annotate";
import { FactTable } from "../../../lib/query/factTable";
import { normalizeQuery } from "../../../lib/planner/normalize";
import type { Annotations } from "../api";
import { AggregateError } from "../errors";
import type { Row, WireQuery } from "../query";

export interface BrowserAnswer {
  rows: Row[];
  annotation: Annotations;
  total: number | null;
}

export class BrowserTable {
  readonly #catalogue: Catalogue;
  readonly #cube: string;
  readonly #timezone: string;
  readonly #facts: FactTable;

  constructor(catalogue: Catalogue, cube: string, timezone: string) {
    const definition = catalogue[cube];
    if (!definition) throw new AggregateError("InvalidQuery", `There is no cube "${cube}".`);
    this.#catalogue = catalogue;
    this.#cube = cube;
    this.#timezone = timezone;
    this.#facts = new FactTable(definition);
  }

  upsert(id: string, fact: Fact): void {
    this.#facts.upsert(id, fact);
  }

  remove(id: string): void {
    this.#facts.remove(id);
  }

  /** Exact over the facts held now; throws a coded error for a question it does not understand. */
  answer(query: WireQuery): BrowserAnswer {
    const definition = this.#catalogue[this.#cube]!;
    const normalized = normalizeQuery(this.#catalogue, query, { timezone: this.#timezone });
    const { rows, total } = answerFromFacts(definition, normalized, this.#timezone, this.#facts);
    return { rows, annotation: annotate(definition, normalized), total: total ?? null };
  }
}
