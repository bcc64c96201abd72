/** `advise`: which rollups a tenant's cubes should have by what people ask, and what a former proposal cost in the end. */
import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { advise, type Advice, type Proposal } from "../../../lib/advisor/advise.js";
import { PROFESSIONAL } from "../../../lib/cost/prices.js";
import type { Pattern } from "../../../lib/patterns/pattern.js";
import { Failure, messageOf } from "../../failure.js";
import { number } from "../../progress.js";
import type { Terminal } from "../terminal.js";
import { countFor, subjectOf, type Ask, type Standing } from "../../../lib/advisor/gather.js";
import { askFor, readAdviseCommand, readJson, type AdviseCommand } from "./options.js";
import { describeAdvice, describeOutcome } from "./report.js";
import { outcomesOf, type Applied } from "./since.js";

/** What `--out` writes and `--since` reads. */
interface Saved {
  version: 1;
  at: number;
  proposals: Proposal[];
}

type OnSampled = (cube: string, records: number) => void;

const PROGRESS_MS = 5000;

/** Throws `NoCube`, `NoPatterns`, `NoFile`, `BadFile`, and what the deployment refuses. */
export async function adviseCommand(args: readonly string[], terminal: Terminal): Promise<void> {
  const command = readAdviseCommand(args);
  await adviseWith(command, await askFor(command, terminal.cwd), terminal, Date.now(), {
    onSampled: progress(),
  });
}

/** A line each few seconds: thousands of records are some hundred calls. To stderr, so that stdout stays for results. */
function progress(): OnSampled {
  let toldAt = Date.now();
  return (cube, records) => {
    if (Date.now() - toldAt < PROGRESS_MS) return;
    toldAt = Date.now();
    process.stderr.write(`${cube}: ${number(records)} records looked at\n`);
  };
}

/** The command once it is connected. `now` in epoch ms. */
export async function adviseWith(
  command: AdviseCommand,
  ask: Ask,
  terminal: Terminal,
  now: number,
  { onSampled }: { onSampled?: OnSampled } = {},
): Promise<void> {
  const { cube, json, out, since } = command;
  const all = await ask<Standing[]>("standing", {});
  const standings = all.filter(({ cube: { name } }) => cube === undefined || name === cube);
  if (standings.length === 0) throw new Failure("NoCube", `There is no cube "${cube ?? ""}".`);
  const say = (value: unknown, text: string) =>
    terminal.say(json ? `${JSON.stringify(value, null, 2)}\n` : text);
  if (since !== undefined) {
    const { proposals } = mustBeSaved(await readJson(terminal.cwd, since), since);
    const outcomes: Applied[] = await outcomesOf(ask, command.load, standings, proposals, now);
    return say(outcomes, outcomes.map(describeOutcome).join("\n"));
  }
  const patterns = await patternsOf(command, ask, terminal.cwd);
  const advices: (Advice & { cube: string })[] = [];
  for (const standing of standings) {
    const { name } = standing.cube;
    const own = patterns.filter((pattern) => pattern.cube === name);
    const subject = subjectOf(standing, own);
    const counted = await countFor(ask, standing, subject, {
      ...{ most: command.records, now },
      onSampled: (records) => onSampled?.(name, records),
    });
    const advice = { cube: name, ...advise(subject, counted, PROFESSIONAL) };
    advices.push(advice);
    if (!json) terminal.say(describeAdvice(advice, own, counted));
  }
  if (json) say(advices, "");
  if (out !== undefined) {
    const proposals = advices.flatMap((one) => one.proposals);
    const saved: Saved = { version: 1, at: now, proposals };
    await writeFile(resolve(terminal.cwd, out), `${JSON.stringify(saved, null, 2)}\n`);
  }
}

async function patternsOf({ patterns }: AdviseCommand, ask: Ask, cwd: string): Promise<Pattern[]> {
  const isFunction = /^[\w/]+:\w+$/.test(patterns);
  try {
    const found = isFunction ? await ask<unknown>(patterns, {}) : await readJson(cwd, patterns);
    if (Array.isArray(found) && found.every(isPattern)) return found;
    throw new Failure("BadFile", `${patterns} holds no patterns.`);
  } catch (error) {
    if (!isFunction || error instanceof Failure) throw error;
    throw new Failure(
      "NoPatterns",
      `${patterns} does not answer: ${messageOf(error)}`,
      "Name the function that exports the patterns, or a file of them: --patterns module:function, --patterns FILE",
    );
  }
}

function isPattern(value: unknown): value is Pattern {
  const { cube, query, ...rest } = (value ?? {}) as Partial<Pattern>;
  const { form, asked, reports, firstSeen, lastSeen } = rest;
  return (
    [cube, form].every((one) => typeof one === "string") &&
    typeof query === "object" &&
    query !== null &&
    [asked, reports, firstSeen, lastSeen].every((one) => typeof one === "number")
  );
}

function mustBeSaved(value: unknown, file: string): Saved {
  const saved = value as Partial<Saved> | null;
  if (saved?.version === 1 && Array.isArray(saved.proposals)) return saved as Saved;
  throw new Failure("BadFile", `${file} was not written by advise --out.`);
}
