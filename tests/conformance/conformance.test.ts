// @vitest-environment edge-runtime
/** Every case on convex-test. */
import { describe, test } from "vitest";
import { suites } from "./cases";
import { startOnConvexTest } from "./onConvexTest";

for (const [name, cases] of Object.entries(suites)) {
  describe(name, () => {
    for (const { title, run } of cases) test(title, () => run(startOnConvexTest()));
  });
}
