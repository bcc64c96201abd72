// @vitest-environment happy-dom
import { act, cleanup, renderHook } from "@testing-library/react";
import { ConvexError } from "convex/values";
import type { ReactNode } from "react";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { fallbackApi, functions, rollupsApi } from "../../../src/dashboard/api.js";
import {
  RollupsProvider,
  useBackfillProgress,
  useFlag,
  useFreshness,
  useRollupHealth,
  useTenants,
} from "../../../src/react/index.js";
import { ScriptedClient } from "../support/scriptedClient.js";

let client: ScriptedClient;
const tenantId = "acme";
const wrapper = ({ children }: { children: ReactNode }) => (
  <RollupsProvider
    api={rollupsApi}
    fallback={fallbackApi}
    tenant={{ tenantId }}
    timezone="UTC"
    client={client.asClient}
  >
    {children}
  </RollupsProvider>
);
const answer = (name: string, result: unknown, args: Record<string, unknown> = { tenantId }) =>
  act(() => client.answer(name, args, result));

beforeEach(() => {
  client = new ScriptedClient();
});
afterEach(cleanup);

describe("the hooks beside useAggregate", () => {
  test("useTenants lists the caller's tenants", () => {
    const { result } = renderHook(() => useTenants(functions.tenants), { wrapper });
    expect(result.current.tenants).toBeUndefined();
    const tenants = [{ tenantId, name: "Acme", timezone: "UTC", role: "viewer" }];
    answer("tenants:mine", tenants, {});
    expect(result.current.tenants).toEqual(tenants);
  });

  test("useFlag follows the flag, and sets it", async () => {
    const { result } = renderHook(useFlag, { wrapper });
    answer("flags:get", { mode: "on" });
    expect(result.current.mode).toBe("on");
    await act(() => result.current.setMode("off"));
    expect(client.mutations).toEqual([{ name: "flags:set", args: { tenantId, mode: "off" } }]);
    answer("flags:get", { mode: "off" });
    expect(result.current.mode).toBe("off");
  });

  test("useFlag reports a refused change with its code", async () => {
    client.mutation = () => Promise.reject(new ConvexError({ code: "Forbidden", message: "no" }));
    const { result } = renderHook(useFlag, { wrapper });
    await expect(result.current.setMode("off")).rejects.toMatchObject({ code: "Forbidden" });
  });

  test("useFreshness is null until known", () => {
    const { result } = renderHook(useFreshness, { wrapper });
    expect(result.current).toMatchObject({ watermark: null, lagMs: null, backlog: null });
    answer("aggregates:freshness", { watermark: "7", lagMs: 5, backlog: true });
    expect(result.current).toMatchObject({ watermark: "7", lagMs: 5, backlog: true });
  });

  test("useBackfillProgress is that of the build furthest behind", () => {
    const { result } = renderHook(
      () => ({ build: useBackfillProgress(), health: useRollupHealth() }),
      { wrapper },
    );
    expect(result.current.build).toMatchObject({ isBuilding: false, progress: null });
    const rollup = { cube: "views", generation: 2, degraded: false };
    answer("aggregates:health", {
      tenantId,
      watermark: "7",
      backlog: 0,
      lagMs: 0,
      worker: "running",
      deadLetters: 0,
      rollups: [
        { ...rollup, rollup: "a", status: "building", progress: 0.5 },
        { ...rollup, rollup: "b", status: "building", progress: 0.25 },
        { ...rollup, rollup: "c", status: "building", progress: null },
        { ...rollup, rollup: "d", status: "ready", progress: null },
      ],
    });
    expect(result.current.build).toMatchObject({ isBuilding: true, progress: 0.25 });
    expect(result.current.build.building).toHaveLength(3);
    expect(result.current.health.health?.worker).toBe("running");
  });

  test("need a provider, and say so", () => {
    for (const hook of [useFlag, useFreshness, useRollupHealth, useBackfillProgress]) {
      expect(() => renderHook(hook as () => unknown)).toThrow("RollupsProvider");
    }
  });
});
