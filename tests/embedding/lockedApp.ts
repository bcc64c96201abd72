/**
 * An app over the cubes of the language's tests. One tenant holds records of a random history, another those of them
 * that a lock lets through among records of its own: a caller with the lock must not be able to tell the two apart.
 */
import {
  defineSchema,
  defineTable,
  httpRouter,
  makeFunctionReference,
  type GenericDatabaseWriter,
} from "convex/server";
import { v } from "convex/values";
import { vi } from "vitest";
import { components } from "../../convex/_generated/api.js";
import {
  internalMutation as rawInternalMutation,
  mutation,
  query as rawQuery,
} from "../../convex/_generated/server.js";
import { CallerLock, embedOf, Rollups, type LockOptions } from "../../src/client/index.js";
import type { CubeApi } from "../../src/cube/backend.js";
import { foldAll, inner, type Backend } from "../convex/harness.js";
import { run, runScheduled, startApp } from "../convex/ownApp.js";
import { claims, DEPLOYMENT } from "../hostile/support/embed.js";
import { orders, refunds } from "../language/cubes.js";
import type { Doc } from "../language/oracle/model.js";
import { zones } from "../language/world.js";

const none = v.null();
const schema = defineSchema({
  orders: defineTable({
    ...{ org: v.string(), at: v.number(), due: v.number() },
    ...{ city: v.union(v.string(), none), paid: v.union(v.boolean(), none) },
    ...{ tags: v.array(v.string()), priority: v.union(v.number(), none) },
    ...{ discount: v.union(v.number(), none), quantity: v.number() },
    ...{ price: v.union(v.number(), none), weight: v.union(v.number(), none) },
  })
    .index("by_org", ["org"])
    .index("by_org_and_time", ["org", "at"]),
  refunds: defineTable({
    ...{ org: v.string(), at: v.number(), city: v.union(v.string(), none), sum: v.number() },
  })
    .index("by_org", ["org"])
    .index("by_org_and_time", ["org", "at"]),
});

export type CubeName = "orders" | "refunds";
export type Docs = Record<CubeName, readonly Doc[]>;
export const MEMBER = { issuer: "https://issuer.test", subject: "ann" };

function make(zone: string) {
  const rollups = new Rollups(components.rollups, {
    schema,
    cubes: { orders: { ...orders, tenant: "org" }, refunds: { ...refunds, tenant: "org" } },
    timezone: () => ({ timezone: zone, zones: [...zones] }),
    authorize: async (ctx, org, need) => {
      const identity = await ctx.auth.getUserIdentity();
      const embed = embedOf(identity);
      const isMember = embed === null && identity?.subject === MEMBER.subject;
      if (!isMember && (embed?.tenant !== org || need !== "read")) throw new Error("Not a member.");
      return embed;
    },
    lock: (_ctx, _org, embed) => embed?.lock ?? null,
    sharedReads: true,
    // What an answer may take is about all records: such a bound refuses here what is answered there.
    limits: { answers: { workUs: 1e9, documents: 1e6 } },
  });
  const { internalMutation } = rollups.mutations({
    mutation,
    internalMutation: rawInternalMutation,
  });
  const http = httpRouter();
  const named = (name: string) => makeFunctionReference<"query">(`rollups:${name}`);
  const [load, board, explain, meta] = ["load", "board", "explain", "meta"].map(named);
  rollups.http(http, { api: { load, board, explain, meta } as unknown as CubeApi });
  return {
    rollups: { ...rollups.functions(), ...rollups.admin(), ...rollups.held() },
    own: {
      /** As the app's own query asks, after checks of its own. */
      rows: rawQuery({
        args: { org: v.string(), query: v.any(), lock: v.any() },
        handler: async (ctx, { org, query, lock }) =>
          await rollups.query(ctx as never, org, query as never, { lock: new CallerLock(lock) }),
      }),
    },
    records: {
      write: internalMutation({
        args: { table: v.string(), docs: v.array(v.any()) },
        handler: async (ctx, { table, docs }) => {
          const db = ctx.db as unknown as GenericDatabaseWriter<never>;
          for (const doc of docs) await db.insert(table as never, doc as never);
        },
      }),
    },
    http: { default: http },
  };
}

/** Each tenant's records, of which the last tenth is not folded. */
export async function open(zone: string, tenants: Readonly<Record<string, Docs>>) {
  vi.stubEnv("CONVEX_CLOUD_URL", DEPLOYMENT);
  const modules = make(zone);
  const t = startApp(schema, () => modules as never);
  const backend = t as unknown as Backend;
  await run(t, "rollups:start");
  const write = async (org: string, docs: Docs, part: (docs: readonly Doc[]) => readonly Doc[]) => {
    for (const table of ["orders", "refunds"] as const) {
      const told = part(docs[table]).map((doc) => ({ ...doc, org }));
      await run(t, "records:write", { table, docs: told });
    }
    await runScheduled(backend, "wake/wake", inner.wake.wake.wake);
  };
  for (const [org, docs] of Object.entries(tenants)) {
    const seam = (all: readonly Doc[]) => Math.ceil(all.length * 0.9);
    await write(org, docs, (all) => all.slice(0, seam(all)));
    await foldAll(backend, org, 4000);
    await write(org, docs, (all) => all.slice(seam(all)));
  }
  const embedded = (org: string, lock: LockOptions) => t.withIdentity(claims(org, lock) as never);
  return { t, backend, embedded, member: t.withIdentity(MEMBER) };
}
