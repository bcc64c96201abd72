/** Every case on the local backend: one push, and empty tables for each case. */
import { afterAll, beforeAll, beforeEach, describe, test } from "vitest";
import { suites } from "./cases/index.js";
import { internal } from "./fixture/convex/_generated/api.js";
import { startOnLocalBackend } from "./onLocalBackend.js";

let running: Awaited<ReturnType<typeof startOnLocalBackend>>;

beforeAll(async () => {
  running = await startOnLocalBackend();
});

afterAll(() => running.stop());

beforeEach(async () => {
  while ((await running.platform.admin.mutation(internal.reset.some, {})) > 0);
});

for (const [name, cases] of Object.entries(suites)) {
  describe(name, () => {
    for (const { title, run } of cases) test(title, () => run(running.platform));
  });
}
