import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { api } from "./fixtures/app/convex/_generated/api.js";
import { eventually, type Fixture, startFixture } from "./support.js";

let app: Fixture;
beforeAll(async () => {
  app = await startFixture();
}, 30_000);
afterAll(() => app.stop());

const events = (kind: string) => app.http.query(api.probes.events, { kind });
const job = async (id: string) =>
  (await app.http.query(api.probes.job, { id: id as never })) as {
    state: { kind: string; error?: string };
    name: string;
    completedTime?: number;
  };

describe("scheduled functions", () => {
  it("run soon after the mutation that scheduled them commits", async () => {
    const id = await app.http.mutation(api.probes.schedule, { kind: "now", delayMs: 0 });
    await eventually("it ran", async () => (await events("now")).length === 1);
    expect(await job(id)).toMatchObject({ name: "probes.js:record", state: { kind: "success" } });
  });

  it("wait for their time", async () => {
    const id = await app.http.mutation(api.probes.schedule, { kind: "later", delayMs: 150 });
    expect((await job(id)).state.kind).toBe("pending");
    expect(await events("later")).toEqual([]);
    await eventually("it ran", async () => (await events("later")).length === 1);
  });

  it("can be canceled", async () => {
    const id = await app.http.mutation(api.probes.schedule, { kind: "canceled", delayMs: 100 });
    await app.http.mutation(api.probes.cancel, { id });
    await app.http.mutation(api.probes.schedule, { kind: "after", delayMs: 150 });
    await eventually("the later one ran", async () => (await events("after")).length === 1);
    expect(await events("canceled")).toEqual([]);
    expect((await job(id)).state.kind).toBe("canceled");
  });

  it("may be actions; a failure is recorded and leaves no writes", async () => {
    const [action, failing] = await app.http.mutation(api.probes.scheduleOthers, { kind: "act" });
    await eventually("the action ran", async () => (await events("act")).length === 1);
    await eventually("both ended", async () => (await job(action!)).completedTime !== undefined);
    expect((await job(action!)).state.kind).toBe("success");
    const failed = await job(failing!);
    expect(failed.state.kind).toBe("failed");
    expect(failed.state.error).toContain("scheduled failure");
    expect(await events("never")).toEqual([]);
  });

  it("drive the batch worker component until its queue is empty", async () => {
    const amounts = Array.from({ length: 25 }, (_, amount) => amount);
    await app.http.mutation(api.work.enqueue, { amounts });
    const sum = async () =>
      ((await events("batch")) as number[]).reduce((total, each) => total + each, 0);
    await eventually("the queue is drained", async () => (await sum()) === 300);
    expect(app.backend.stats().documents.queue).toBe(0);
    expect(app.backend.stats().functions["worker/loop:loop"]!.calls).toBeGreaterThanOrEqual(3);
  });
});

describe("crons", () => {
  it("run at their interval", async () => {
    await eventually("two ticks", async () => (await events("tick")).length >= 2, 4000);
  });
});
