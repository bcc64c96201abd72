/** Builds the dashboard. The demo serves the result; `/demo/token` is the demo server's own. */
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

export default defineConfig({
  plugins: [react()],
  build: {
    // Not dist, which is the package's: `npm run build` empties that.
    outDir: ".convex-local/dashboard",
    target: "es2022",
    sourcemap: false,
    chunkSizeWarningLimit: 600,
    rolldownOptions: {
      output: {
        // What the page imports at once is one file: split by what else uses it, it is larger.
        codeSplitting: { groups: [{ name: "first", tags: ["$initial"] }] },
      },
    },
  },
});
