/**
 * `tsx tests/runTwice.ts ARGUMENTS OF VITEST`: runs the suites, and those that fail once more, each by itself.
 * Suites that start servers and browsers wait for real time to pass, and a machine with other work can be late:
 * a fault fails twice. Ends as the second run does, and names at the end what failed in which.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

interface Report {
  testResults: readonly {
    name: string;
    status: "passed" | "failed";
    message: string;
    assertionResults: readonly { fullName: string; status: string }[];
  }[];
}

interface Outcome {
  isGreen: boolean;
  /** Paths of the suites that failed, and what failed in them. */
  failed: ReadonlyMap<string, readonly string[]>;
}

const scratch = mkdtempSync(path.join(tmpdir(), "suites-"));

function run(name: string, args: readonly string[]): Outcome {
  const reported = path.join(scratch, `${name}.json`);
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${reported}`];
  const command = ["vitest", "run", ...args, ...reporters];
  const { status } = spawnSync("npx", command, { stdio: "inherit" });
  const { testResults } = JSON.parse(readFileSync(reported, "utf8")) as Report;
  const failed = testResults
    .filter((suite) => suite.status === "failed")
    .map(({ name, message, assertionResults }) => {
      const tests = assertionResults.filter((one) => one.status === "failed");
      return [name, tests.length > 0 ? tests.map(({ fullName }) => fullName) : [message]] as const;
    });
  return { isGreen: status === 0, failed: new Map(failed) };
}

const told = ({ failed }: Outcome, verdict: string) =>
  [...failed].flatMap(([file, tests]) =>
    tests.map((test) => `${verdict}: ${path.relative(process.cwd(), file)}: ${test}\n`),
  );

const args = process.argv.slice(2);
const first = run("first", args);
if (first.failed.size === 0) process.exitCode = first.isGreen ? 0 : 1;
else {
  process.stdout.write(`\nOnce more, each by itself: ${first.failed.size} of the suites\n`);
  const second = run("second", [...args, ...first.failed.keys(), "--no-file-parallelism"]);
  process.stdout.write(["\n", ...told(first, "failed"), ...told(second, "FAILED AGAIN")].join(""));
  process.exitCode = second.isGreen ? 0 : 1;
}
rmSync(scratch, { recursive: true });
