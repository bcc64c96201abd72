/**
 * `npm run test:all`: everything, one part after the other, with a line for each at the end. Takes about
 * two hours on two cores. Names of parts after `--` run those only: `npm run test:all -- worlds soak`.
 */
import { spawnSync } from "node:child_process";

const MINUTES = 60_000;

/** A different stretch of seeds every day, so that the worlds of a year are not those of a day. */
const SEEDS = 2000;
const today = Math.floor(Date.now() / (24 * 60 * MINUTES));
const rotating = { OFFSET: String(SEEDS * (today % 1_000_000)) };

interface Part {
  name: string;
  command: readonly string[];
  env?: Record<string, string>;
}

const parts: readonly Part[] = [
  { name: "quick", command: ["npm", "test"] },
  { name: "generated", command: ["npm", "run", "codegen", "--", "--check"] },
  { name: "long", command: ["npm", "run", "test:long"] },
  { name: "backend", command: ["npm", "run", "test:backend"], env: { HEAVY: "production" } },
  { name: "full size", command: ["npm", "run", "test:full"], env: { HEAVY: "production" } },
  { name: "worlds", command: ["npm", "run", "test:worlds"] },
  { name: "rotating worlds", command: ["npm", "run", "test:worlds"], env: rotating },
  { name: "mutation check", command: ["npm", "run", "mutation-check"] },
  { name: "soak", command: ["npm", "run", "soak"] },
  { name: "servers", command: ["npx", "vitest", "run", "--project", "servers"] },
  { name: "browsers", command: ["npm", "run", "e2e"] },
];

const wanted = process.argv.slice(2);
const results: string[] = [];
let isRed = false;
for (const { name, command, env } of parts) {
  if (wanted.length > 0 && !wanted.some((word) => name.includes(word))) continue;
  process.stdout.write(`\n=== ${name}: ${command.join(" ")}\n`);
  const startedAt = performance.now();
  const [program = "npm", ...args] = command;
  const { status } = spawnSync(program, args, {
    stdio: "inherit",
    env: { ...process.env, ...env },
  });
  const minutes = ((performance.now() - startedAt) / MINUTES).toFixed(1);
  results.push(`${status === 0 ? "passed" : "FAILED"}  ${name} (${minutes} min)`);
  if (status !== 0) isRed = true;
}
process.stdout.write(`\n${results.join("\n")}\n`);
process.exitCode = isRed ? 1 : 0;
