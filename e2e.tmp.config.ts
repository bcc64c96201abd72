import { defineConfig } from "vitest/config";
export default defineConfig({ test: { include: ["tests/e2e/**/*.test.ts"], fileParallelism: false, testTimeout: 60_000, hookTimeout: 300_000, provide: { demoUrl: "http://127.0.0.1:4712" } } });
