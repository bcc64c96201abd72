/** Driving the chain of verification, which fake timers keep still: ticks of its cron, and its links. */
import { vi } from "vitest";
import { inner, inside, type Backend } from "./harness.js";

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;

/** Runs the cron of verification, five minutes later unless said otherwise. */
export async function tick(t: Backend, laterMs = 5 * MINUTE): Promise<void> {
  vi.setSystemTime(Date.now() + laterMs);
  await t.mutation(inner.verification.chain.tick, {});
}

/** The numbers of the links that are scheduled, with their times. */
export const pendingLinks = (t: Backend) =>
  inside(t, async (ctx) =>
    (await ctx.db.system.query("_scheduled_functions").collect())
      .filter(({ name, state }) => /chain[.:]link/.test(name) && state.kind === "pending")
      .map(({ _id, args, scheduledTime }) => {
        const [{ number }] = args as [{ number: number }];
        return { _id, number, at: scheduledTime };
      }),
  );

/** Takes the next link of the chain, at its time, off the schedule; null where there is none. */
export async function takeLink(t: Backend): Promise<number | null> {
  const [next] = await pendingLinks(t);
  if (next === undefined) return null;
  await inside(t, async (ctx) => {
    await ctx.scheduler.cancel(next._id);
  });
  vi.setSystemTime(Math.max(Date.now(), next.at));
  return next.number;
}

/** Runs links until the chain stops, or `most` of them; returns the tenants that they were for. */
export async function runChain(
  t: Backend,
  most = 1000,
  between: () => Promise<unknown> = () => Promise.resolve(),
): Promise<string[]> {
  const tenants: string[] = [];
  while (tenants.length < most) {
    const { turn } = (await chain(t)) ?? {};
    const number = await takeLink(t);
    if (number === null) return tenants;
    tenants.push(turn?.tenantId ?? "");
    await t.mutation(inner.verification.chain.link, { number });
    await between();
  }
  return tenants;
}

export const chain = (t: Backend) =>
  inside(t, async (ctx) => await ctx.db.query("verificationChains").first());

export const verificationOf = (t: Backend, tenantId = "acme") =>
  inside(t, async (ctx) => {
    const rows = await ctx.db.query("verifications").collect();
    return rows.find((row) => row.tenantId === tenantId) ?? null;
  });
