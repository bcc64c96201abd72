import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    // A busy machine must not fail it.
    testTimeout: 60_000,
    environment: "edge-runtime",
    include: ["orders.test.ts"],
    server: { deps: { inline: ["convex-test", "convex-rollups"] } },
  },
});
