/** A proposal at work: its cube over records, its queries answered by tiles of its own rollups. */
import { answerFromFacts } from "../../../../lib/answer/answerFromFacts.js";
import { answerFromTiles } from "../../../../lib/answer/answerFromTiles.js";
import { HeldTail } from "../../../../lib/answer/heldTail.js";
import { planQuery } from "../../../../lib/planner/planQuery.js";
import { compileQuery } from "../../../../lib/query/compile.js";
import { normalizeQuery } from "../../../../lib/query/normalizeQuery.js";
import type { Row } from "../../../../lib/query/answer.js";
import type { Proposal, Told } from "../../../../cli/rollups/suggest/propose.js";
import { completeCube } from "../../../../src/client/cubes/completeCube.js";
import type { CubeOptions } from "../../../../src/client/cubes/cubeOptions.js";
import type { AppSchema } from "../../../../src/client/cubes/heldValues.js";
import { generationOf, play } from "../../../lib/fixtures/world.js";
import { expect } from "vitest";

export type Doc = Record<string, unknown>;

/** Half of the records are folded, the others are the tail. */
export function proposedCube(schema: AppSchema, proposal: Proposal, name: string, docs: Doc[]) {
  const cube = completeCube(schema, name, proposal.cubes[name] as unknown as CubeOptions);
  const { changes, facts } = play(
    cube,
    docs.map((doc) => ({ op: "insert", doc })),
  );
  const end = changes.length >> 1;
  const generations = Object.keys(cube.rollups).map((rollup) => {
    const generation = generationOf(cube, rollup, "UTC");
    generation.fold(changes.slice(0, end));
    return generation;
  });

  /** Rows of the one rollup that the planner chooses; they equal those of a scan. */
  async function rowsOf(json: unknown): Promise<Row[]> {
    const query = normalizeQuery({ [name]: cube }, json, { timezone: "UTC" });
    const compiled = compileQuery(cube, query);
    const { plan } = planQuery({
      compiled,
      rollups: generations.map(({ rollup }) => ({
        rollup,
        generation: 1,
        status: "ready" as const,
      })),
    });
    expect(plan, `no rollup answers ${JSON.stringify(json)}`).not.toBeNull();
    const generation = generations.find(({ rollup }) => rollup.name === plan!.rollup.name)!;
    const answer = await answerFromTiles({
      compiled,
      plan: plan!,
      source: generation.source(facts),
      tail: new HeldTail(() => changes.slice(end)),
    });
    expect(answer).toEqual(answerFromFacts(cube, query, "UTC", facts));
    return answer.rows;
  }

  /** What the proposal says in place of the function. */
  return async ({ queries, parameters, result }: Told, args: readonly unknown[]) => {
    const code = (text: string, ...names: string[]) =>
      new Function(...names, `return (${text});`) as (...args: unknown[]) => unknown;
    const answers: Row[][] = [];
    for (const query of queries) answers.push(await rowsOf(code(query, ...parameters)(...args)));
    return code(result, "answers", ...parameters)(answers, ...args);
  };
}
