import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    environment: "edge-runtime",
    include: ["rollups.test.ts"],
    server: { deps: { inline: ["convex-test", "convex-rollups"] } },
  },
});
