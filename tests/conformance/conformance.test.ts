// @vitest-environment edge-runtime
/** Every case on convex-test. */
import { describe, test } from "vitest";
import { suites } from "./cases/index.js";
import { startOnConvexTest } from "./onConvexTest.js";

for (const [name, cases] of Object.entries(suites)) {
  describe(name, () => {
    for (const { title, run } of cases) test(title, () => run(startOnConvexTest()));
  });
}
