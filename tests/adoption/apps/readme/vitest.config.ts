import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    environment: "edge-runtime",
    include: ["orders.test.ts"],
    server: { deps: { inline: ["convex-test", "convex-rollups"] } },
  },
});
