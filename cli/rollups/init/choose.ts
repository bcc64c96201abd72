/** Which of the proposed cubes is written: the one named, the one that a person picks, or the best. */
import { Failure } from "../../failure.js";
import type { App } from "../app/app.js";
import { FACTS_MIN, type Proposal } from "./propose.js";

/** Throws `NoTable`, `NoFacts`, or `Cancelled` where the person stops. */
export async function chooseCube(
  app: App,
  proposals: readonly Proposal[],
  table: string | undefined,
  asks: boolean,
): Promise<Proposal> {
  const schema = `${app.shown(app.functions)}/schema`;
  if (table !== undefined) {
    const named = proposals.find((proposal) => proposal.table === table);
    if (named !== undefined) return named;
    throw new Failure(
      "NoTable",
      `${schema} has no table "${table}".`,
      `It has: ${proposals.map((proposal) => proposal.table).join(", ")}.`,
    );
  }
  const likely = proposals.filter(({ score }) => score >= FACTS_MIN);
  const [best] = likely;
  if (best === undefined)
    throw new Failure(
      "NoFacts",
      `No table of ${schema} looks like records of what happened: a time, and numbers or fields of few values.`,
      "Name a table with --table.",
    );
  const prompts = asks && likely.length > 1 ? await loadPrompts() : null;
  if (prompts === null) return best;
  const picked = await prompts.select({
    message: "Which table shall have rollups?",
    options: likely.map(({ table: value, time, measures }) => {
      const hint = `by ${time}: ${measures.map(({ name }) => name).join(", ")}`;
      return { value, label: value, hint };
    }),
  });
  if (prompts.isCancel(picked)) throw cancelled();
  return likely.find((proposal) => proposal.table === picked) ?? best;
}

/** Asks before files are written, where `@clack/prompts` is installed. Throws `Cancelled`. */
export async function confirmWriting(paths: readonly string[]): Promise<void> {
  const prompts = await loadPrompts();
  if (prompts === null) return;
  if ((await prompts.confirm({ message: `Write ${paths.join(" and ")}?` })) !== true)
    throw cancelled();
}

/** What was chosen and why, and what else there is. */
export function describeChoice(cube: Proposal, proposals: readonly Proposal[]): string {
  const others = proposals.filter(({ score, table }) => score >= FACTS_MIN && table !== cube.table);
  const lines = [
    `A cube over the table ${cube.table}:`,
    ...cube.reasons.map((reason) => `  ${reason}`),
  ];
  if (others.length > 0)
    lines.push(`Other tables for --table: ${others.map(({ table }) => table).join(", ")}.`);
  return `${lines.join("\n")}\n\n`;
}

/** The package is optional: without it, nothing is asked. */
async function loadPrompts() {
  try {
    return await import("@clack/prompts");
  } catch {
    return null;
  }
}

function cancelled(): Failure {
  return new Failure("Cancelled", "Nothing was written.");
}
