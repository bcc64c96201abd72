/** Traces that once broke a law, each in a file of its own, shrunk. `broke` says how it showed. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { runTrace } from "../simulation/runner.js";
import type { Trace } from "../simulation/world/steps.js";

const files = readdirSync(import.meta.dirname).filter((name) => name.endsWith(".json"));

test.each(files)("%s", { timeout: 60_000 }, async (name) => {
  const trace = JSON.parse(readFileSync(join(import.meta.dirname, name), "utf8")) as Trace;
  expect(await runTrace(trace)).toBeNull();
});
