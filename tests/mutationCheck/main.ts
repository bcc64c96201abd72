/**
 * Shows that the suites notice: puts one fault after the other into a copy of the tree, runs the
 * suite that has to go red, and prints which did. Fails when one stays green, or when the sound tree
 * does not. Some minutes; `npm run mutation-check`, or with parts of faults' names after `--`.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { availableParallelism } from "node:os";
import { join, relative } from "node:path";
import { text } from "node:stream/consumers";
import { faults, type Fault } from "./faults.js";
import { Tree } from "./tree.js";

const TRACES = "tests/simulation/trace.test.ts";
/** A fault may keep a suite from ending. */
const RUN_MS_MAX = 420_000;

/** Of all suites at once. */
const ALL_MS_MAX = 3_600_000;

interface Run {
  isRed: boolean;
  /** The first failure, in one line. */
  message: string;
  seconds: number;
  /** The suites that failed, by their paths in the tree; none where the run did not come to a report. */
  failed: string[];
}

function projectsOf(suite: string): string[] {
  if (suite === TRACES) return ["simulation"];
  return suite.endsWith(".backend.test.ts")
    ? ["backend", "adoption", "alone", "full"]
    : ["unit", "component", "long", "full"];
}

/** Ends with the first failure where it is one suite. */
async function run(tree: Tree, ...suites: string[]): Promise<Run> {
  const startedAt = performance.now();
  const projects = new Set(suites.flatMap(projectsOf));
  const isOne = suites.length === 1;
  const vitest = join(tree.path, "node_modules/vitest/vitest.mjs");
  const chosen = [...projects].flatMap((project) => ["--project", project]);
  const bail = isOne ? ["--bail", "1"] : [];
  const args = [vitest, "run", ...chosen, ...bail, "--reporter", "json", ...suites];
  const env = { ...process.env, SEED: "1", SEEDS: "75", STEPS: "200", SHRINK: "no" };
  // A group of its own: a worker of vitest that does not end outlives vitest.
  const child = spawn(process.execPath, args, { cwd: tree.path, env, detached: true });
  let isEndless = false;
  const stop = setTimeout(
    () => {
      isEndless = true;
      endGroup(child);
    },
    isOne ? RUN_MS_MAX : ALL_MS_MAX,
  );
  const ended = once(child, "exit");
  const [stdout, [status]] = await Promise.all([text(child.stdout), ended]);
  clearTimeout(stop);
  endGroup(child);
  const seconds = Math.round((performance.now() - startedAt) / 1000);
  const report = reportIn(stdout);
  const fallback = isEndless ? "does not end" : (stdout.trim().split("\n").at(-1) ?? "");
  return {
    isRed: status !== 0,
    message: report === null || isEndless ? fallback : firstFailure(report),
    seconds,
    failed: (report?.testResults ?? [])
      .filter((one) => one.status === "failed")
      .map((one) => relative(tree.path, one.name)),
  };
}

function endGroup({ pid }: ChildProcess): void {
  try {
    process.kill(-pid!, "SIGKILL");
  } catch {
    // Nothing of it is left.
  }
}

interface Report {
  testResults: {
    name: string;
    status: string;
    message: string;
    assertionResults: { failureMessages: string[] }[];
  }[];
}

function reportIn(stdout: string): Report | null {
  const start = stdout.lastIndexOf('{"numTotalTestSuites"');
  return start < 0 ? null : (JSON.parse(stdout.slice(start)) as Report);
}

function firstFailure(report: Report): string {
  const messages = report.testResults.flatMap(({ message, assertionResults }) => [
    ...assertionResults.flatMap(({ failureMessages }) => failureMessages),
    message,
  ]);
  return (messages.find((message) => message !== "") ?? "").split("\n")[0]!.slice(0, 160);
}

function line(fault: Fault, suite: string, { isRed, message, seconds }: Run): string {
  const result = isRed ? `red   ${suite}` : `GREEN ${suite}`;
  return `${String(fault.law).padStart(3)}  ${fault.name.padEnd(68)} ${result} (${seconds} s)\n       ${message}`;
}

/** Suites that assert times run when nothing else does. */
const isTimed = (suite: string): boolean => suite.endsWith(".backend.test.ts");

/**
 * Suites that are red without any fault, which tell nothing of one, with what they say. All run at once but those that
 * assert times; what a busy machine made red gets another chance.
 */
async function unsoundOf(tree: Tree, suites: readonly string[]): Promise<Map<string, string>> {
  const together = suites.filter((one) => !isTimed(one));
  const all = together.length > 1 ? await run(tree, ...together) : null;
  const hasReport = all !== null && (!all.isRed || all.failed.length > 0);
  const again = hasReport ? together.filter((one) => all.failed.includes(one)) : together;
  const unsound = new Map<string, string>();
  for (const suite of [...again, ...suites.filter(isTimed)]) {
    const first = await run(tree, suite);
    const last = first.isRed && isTimed(suite) ? await run(tree, suite) : first;
    if (last.isRed) unsound.set(suite, `${suite} is red without any fault: ${last.message}`);
  }
  return unsound;
}

/** Does all of `todo`, each of `trees` one after the other. */
async function inLanes<T>(
  trees: readonly Tree[],
  todo: readonly T[],
  does: (tree: Tree, one: T) => Promise<void>,
): Promise<void> {
  const left = [...todo];
  const lane = async (tree: Tree) => {
    for (let one = left.shift(); one !== undefined; one = left.shift()) await does(tree, one);
  };
  await Promise.all(trees.map(lane));
}

async function main(): Promise<void> {
  const wanted = process.argv.slice(2);
  const chosen = faults.filter(
    ({ name }) => wanted.length === 0 || wanted.some((part) => name.includes(part)),
  );
  const suiteOf = ({ suite = TRACES }: Fault) => suite;
  const trees = Array.from({ length: availableParallelism() > 1 ? 2 : 1 }, () => new Tree());
  const alone = trees.slice(0, 1);
  let caught = 0;
  let unsound = new Map<string, string>();
  try {
    unsound = await unsoundOf(trees[0]!, [...new Set(chosen.map(suiteOf))]);
    console.log("law  fault");
    const tryOut = async (tree: Tree, fault: Fault) => {
      const takeOut = tree.put(fault);
      const tried = await run(tree, suiteOf(fault));
      takeOut();
      if (tried.isRed) caught++;
      console.log(line(fault, suiteOf(fault), tried));
    };
    const tried = chosen.filter((fault) => !unsound.has(suiteOf(fault)));
    const isOfTimed = (fault: Fault) => isTimed(suiteOf(fault));
    await inLanes(
      trees,
      tried.filter((fault) => !isOfTimed(fault)),
      tryOut,
    );
    await inLanes(alone, tried.filter(isOfTimed), tryOut);
  } finally {
    for (const tree of trees) tree.remove();
  }
  for (const said of unsound.values()) console.error(said);
  console.log(`${caught} of ${chosen.length} faults were caught.`);
  if (caught < chosen.length) process.exitCode = 1;
}

await main();
