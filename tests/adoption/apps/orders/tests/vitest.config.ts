import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    // A busy machine must not fail it.
    testTimeout: 60_000,
    environment: "edge-runtime",
    include: ["rollups.test.ts"],
    server: { deps: { inline: ["convex-test", "convex-rollups"] } },
  },
});
