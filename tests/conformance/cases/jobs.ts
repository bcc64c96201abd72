/** Scheduled functions: when they run, what their documents say, and how they are cancelled. */
import { expect } from "vitest";
import { api, internal } from "../fixture/convex/_generated/api.js";
import { differs, same, type Platform } from "../platform.js";
import { refused } from "../refusal.js";
import { settle } from "../settle.js";

const logs = ({ nobody }: Platform) => nobody.query(api.jobs.logs, {});

const schedule = ({ admin }: Platform, ms: number, text: string, fail = false) =>
  admin.mutation(internal.jobs.after, { ms, text, ...(fail ? { fail } : {}) });

const HOUR = 3_600_000;

export const jobCases = [
  same("a function scheduled for now runs after the mutation commits", async (p) => {
    const id = await schedule(p, 0, "done");
    await settle(p);
    expect(await logs(p)).toEqual(["done"]);
    const job = (await p.admin.query(internal.jobs.job, { id }))!;
    expect(job).toMatchObject({ args: [{ text: "done" }], state: "success" });
  }),

  same("functions run at their times, mutations and actions alike", async (p) => {
    await p.admin.mutation(internal.jobs.inOrder, {});
    await settle(p);
    expect(await logs(p)).toEqual(["first", "second", "third"]);
  }),

  same("a job for later is pending, and says when", async (p) => {
    const id = await schedule(p, HOUR, "later");
    const job = (await p.admin.query(internal.jobs.job, { id }))!;
    expect(job).toMatchObject({ state: "pending", isCompleted: false });
    expect(Math.abs(job.scheduledTime - Date.now() - HOUR)).toBeLessThan(60_000);
    await p.admin.mutation(internal.jobs.cancel, { id });
  }),

  same("a cancelled job does not run", async (p) => {
    const id = await schedule(p, 500, "never");
    await p.admin.mutation(internal.jobs.cancel, { id });
    expect((await p.admin.query(internal.jobs.job, { id }))!.state).toBe("canceled");
    await schedule(p, 600, "after");
    await settle(p);
    expect(await logs(p)).toEqual(["after"]);
  }),

  differs("cancelling a job that has ended changes nothing", {
    right: "local backend",
    holds: async (p) => {
      const id = await schedule(p, 0, "done");
      await settle(p);
      await p.admin.mutation(internal.jobs.cancel, { id });
      expect((await p.admin.query(internal.jobs.job, { id }))!.state).toBe("success");
    },
    pinned: async (p) => {
      const id = await schedule(p, 0, "done");
      await settle(p);
      await p.admin.mutation(internal.jobs.cancel, { id });
      expect((await p.admin.query(internal.jobs.job, { id }))!.state).toBe("canceled");
    },
  }),

  same("a job that throws is failed, and leaves no writes", async (p) => {
    const id = await schedule(p, 0, "lost", true);
    await settle(p);
    expect(await logs(p)).toEqual([]);
    expect((await p.admin.query(internal.jobs.job, { id }))!.state).toBe("failed");
  }),

  differs("a job is named with its module file, and every ended one has a time of completion", {
    right: "local backend",
    holds: async (p) => {
      const id = await schedule(p, 0, "done");
      await settle(p);
      const job = (await p.admin.query(internal.jobs.job, { id }))!;
      expect(job).toMatchObject({ name: "jobs.js:log", isCompleted: true });
    },
    pinned: async (p) => {
      const id = await schedule(p, 0, "done");
      await settle(p);
      const job = (await p.admin.query(internal.jobs.job, { id }))!;
      expect(job).toMatchObject({ name: "jobs:log", isCompleted: false });
    },
  }),

  same("a mutation that throws has scheduled nothing", async (p) => {
    await refused(p.admin.mutation(internal.jobs.thenFail, {}));
    await schedule(p, 30, "after");
    await settle(p);
    expect(await logs(p)).toEqual(["after"]);
  }),

  same("scheduled functions run as nobody", async (p) => {
    await p.user.action(api.jobs.scheduleIdentity, {});
    await settle(p);
    expect(await logs(p)).toEqual(["identity none"]);
  }),

  differs("system documents are read with db.system only, and others without", {
    right: "local backend",
    holds: async (p) => {
      const id = await schedule(p, HOUR, "later");
      const { system, user } = await p.admin.mutation(internal.jobs.wrongSide, { id });
      expect(system).toContain("can only be accessed");
      expect(user).toContain("db.system");
      await p.admin.mutation(internal.jobs.cancel, { id });
    },
    pinned: async (p) => {
      const id = await schedule(p, HOUR, "later");
      const result = await p.admin.mutation(internal.jobs.wrongSide, { id });
      expect(result).toEqual({ system: "read", user: "read" });
    },
  }),
];
