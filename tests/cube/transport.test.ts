/** A client that is told to wait asks again at once: the transport holds the answer back, so that it does not spin. */
import cubeModule, { type CubeApi } from "@cubejs-client/core";
import { ConvexError } from "convex/values";
import { afterEach, expect, test, vi } from "vitest";
import { api } from "../../convex/_generated/api.js";
import { CubeTransport } from "../../src/cube/index.js";

const cube = ((cubeModule as unknown as { default?: typeof cubeModule }).default ??
  cubeModule) as unknown as (token: string, options: object) => CubeApi;

afterEach(() => vi.useRealTimers());

test("while a rollup is built, a question is asked again every two seconds, and then answered", async () => {
  vi.useFakeTimers();
  let asked = 0;
  const answer = {
    query: { measures: ["inventory.count"], dimensions: [], timeDimensions: [], order: [] },
    data: [{ "inventory.count": 5 }],
    annotation: { measures: {}, dimensions: {}, segments: {}, timeDimensions: {} },
    ...{ servedBy: "inventory.totals@1", exact: true },
  };
  const client = {
    query: () => {
      asked++;
      if (asked < 4) throw new ConvexError({ code: "Building", message: "It is being built." });
      return Promise.resolve(answer);
    },
    onUpdate: () => () => {},
  };
  const transport = new CubeTransport({
    client,
    api: api.aggregates,
    tenant: { tenantId: "acme" },
  });
  const loading = cube("", { transport }).load({ measures: ["inventory.count"] });
  await vi.advanceTimersByTimeAsync(1900);
  expect(asked).toBe(1);
  await vi.advanceTimersByTimeAsync(4200);
  expect(asked).toBe(4);
  expect((await loading).rawData()).toEqual(answer.data);
});

test("a client that cannot subscribe is refused when the transport is made", () => {
  const options = { client: {}, api: api.aggregates, tenant: {} };
  expect(() => new CubeTransport(options)).toThrow(TypeError);
});
