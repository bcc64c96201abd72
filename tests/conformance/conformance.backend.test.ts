/**
 * Every case on the local backend: one push, and empty tables for each case. Those of calls and limits run
 * once more where nested calls have limits of their own.
 */
import { afterAll, beforeAll, beforeEach, describe, test } from "vitest";
import type { PartialLimits } from "../../local/backend.js";
import { suites } from "./cases/index.js";
import { internal } from "./fixture/convex/_generated/api.js";
import { startOnLocalBackend } from "./onLocalBackend.js";

function conforms(names: readonly string[], limits: PartialLimits): void {
  let running: Awaited<ReturnType<typeof startOnLocalBackend>>;

  beforeAll(async () => {
    running = await startOnLocalBackend(limits);
  });

  afterAll(() => running.stop());

  beforeEach(async () => {
    while ((await running.platform.admin.mutation(internal.reset.some, {})) > 0);
  });

  for (const name of names) {
    describe(name, () => {
      for (const { title, run } of suites[name]!) test(title, () => run(running.platform));
    });
  }
}

describe("the local backend", () => conforms(Object.keys(suites), {}));

describe("the local backend, with nested calls that have limits of their own", () => {
  conforms(["calls", "execution", "limits"], { nestedTime: "separate" });
});
