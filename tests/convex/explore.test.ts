// @vitest-environment edge-runtime
/** What Explore says of a choice before it is made is what the backend's planner says: for each measure by each dimension. */
import { beforeAll, describe, expect, test, vi } from "vitest";
import { api } from "../../convex/_generated/api.js";
import { askedFirst, cubeOf, dimensionsOf, type Asked } from "../../src/dashboard/explore/asked.js";
import { coverageOf } from "../../src/dashboard/explore/coverage.js";
import { questionOf } from "../../src/dashboard/explore/question.js";
import { cubeNames } from "../../src/dashboard/model/views.js";
import { foldAll, startBackend, tenantOf } from "./harness.js";

const timezone = "America/New_York";
const period = { span: { from: "2026-01-01", to: "2026-02-28" } };

let ann: Awaited<ReturnType<typeof tenantOf>>;

beforeAll(async () => {
  const t = startBackend();
  ann = await tenantOf(t, "acme", { timezone });
  await foldAll(t);
  return () => {
    vi.useRealTimers();
  };
});

describe.each(cubeNames)("every measure of %s by every dimension", (cube) => {
  const measures = Object.keys(cubeOf(cube).measures);

  test.each([null, "day", "hour", ...(cube === "watch" ? ["fortnight"] : ["shift"])])(
    "is kept where explain finds a rollup, over time by %s",
    async (granularity) => {
      const told = { kept: 0, none: 0 };
      for (const measure of measures) {
        for (const dimensions of [[], ...dimensionsOf(cube).map((name) => [name])]) {
          const asked: Asked = {
            ...askedFirst(cube, period.span),
            ...{ measures: [measure], charted: measure, dimensions, granularity },
          };
          const query = questionOf(cube, asked, period);
          const coverage = coverageOf(query, cube, timezone);
          const { plan } = await ann.query(api.aggregates.explain, {
            tenantId: "acme",
            query: query as never,
          });
          expect([query, coverage.kind]).toEqual([query, plan === null ? "none" : "kept"]);
          told[plan === null ? "none" : "kept"]++;
        }
      }
      expect(told.kept).toBeGreaterThan(5);
      expect(told.none).toBeGreaterThan(5);
    },
  );
});
