// @vitest-environment edge-runtime
/**
 * Law 11 for view keys: the right key opens what `aggregates:rows` opens to a member of its tenant, every other one
 * nothing, with one refusal; and whoever may not read any more loses all that is shared at that commit.
 */
import { describe, expect, test, vi } from "vitest";
import { api, components, internal } from "../../convex/_generated/api.js";
import { Rollups } from "../../src/client/index.js";
import { rollups as shipped } from "../../convex/rollups.js";
import {
  foldAll,
  inner,
  inside,
  startBackend,
  stockRow,
  tenantOf,
  watchRow,
} from "../convex/harness.js";
import { FORBIDDEN, outcomeOf } from "./support/outcome.js";

const issuer = "https://issuer.test";
const forbidden = { kind: "refused", code: "Forbidden", data: FORBIDDEN };

async function world() {
  const t = startBackend();
  const owner = await tenantOf(t, "acme", { subject: "owner" });
  const ann = await tenantOf(t, "acme", { subject: "ann", role: "viewer" });
  const bob = await tenantOf(t, "globex", { subject: "bob" });
  await foldAll(t);
  await foldAll(t, "globex");
  await t.action(inner.held.secret.make, {});
  await owner.mutation(api.watch.record, { tenantId: "acme", row: watchRow() });
  await owner.mutation(api.inventory.record, { tenantId: "acme", row: stockRow() });
  const keyOf = async (caller: Pick<typeof t, "query">, tenantId: string) =>
    await caller.query(api.held.key, { tenantId });
  return { t, owner, ann, bob, keyOf };
}

type World = Awaited<ReturnType<typeof world>>;

/** Everything that a key opens. */
async function openedBy({ t }: Pick<World, "t">, tenantId: string, key: string) {
  const tile = { rollup: "watch.totals", generation: 1, granularity: "day" as const };
  return await Promise.all([
    outcomeOf(t.query(api.held.catalog, { tenantId, key, cube: "watch" })),
    outcomeOf(t.query(api.held.catalog, { tenantId, key, cube: "nothing" })),
    outcomeOf(t.query(api.held.tail, { tenantId, key, cube: "watch" })),
    outcomeOf(t.query(api.held.tiles, { tenantId, key, ...tile, from: null, to: null })),
    // What is refused for what it asks says so to those only who may ask.
    outcomeOf(t.query(api.held.tiles, { tenantId, key, ...tile, from: 1, to: null })),
  ]);
}

const kinds = (outcomes: Awaited<ReturnType<typeof openedBy>>) =>
  outcomes.map((outcome) => (outcome.kind === "refused" ? outcome.code : outcome.kind));

const OPEN = ["value", "UnknownCube", "value", "value", "RangeNotAligned"];

describe("a view key", () => {
  test("is told to members only, and is one for all of a tenant", async () => {
    const { t, owner, ann, bob, keyOf } = await world();
    const key = await keyOf(owner, "acme");
    expect(key).toMatch(/^[0-9a-f]{32}$/);
    expect(await keyOf(ann, "acme")).toBe(key);
    expect(await keyOf(bob, "globex")).not.toBe(key);
    for (const caller of [t, bob, t.withIdentity({ issuer, subject: "nobody" })]) {
      expect(await outcomeOf(keyOf(caller, "acme"))).toEqual(forbidden);
    }
  });

  test("trap 10: opens its tenant's rollups to whoever has it, signed in or not", async () => {
    const { t, owner, keyOf } = await world();
    expect(kinds(await openedBy({ t }, "acme", await keyOf(owner, "acme")))).toEqual(OPEN);
  });

  test("that is wrong, empty, old or of another tenant opens nothing, with one refusal and no hint", async () => {
    const { t, owner, bob, keyOf } = await world();
    const old = await keyOf(owner, "acme");
    await t.run((ctx) => shipped.revokeViews(ctx, "acme"));
    const key = await keyOf(owner, "acme");
    const other = await keyOf(bob, "globex");
    const wrong = [
      ...["", " ", old, other, key.slice(0, -1), `${key}0`, key.toUpperCase(), ` ${key}`],
      ...["0".repeat(32), "null", "undefined", "__proto__", "\0", "x".repeat(10_000)],
    ].filter((one) => one !== key);
    for (const given of wrong) {
      for (const outcome of await openedBy({ t }, "acme", given))
        expect(outcome).toEqual(forbidden);
    }
    for (const tenantId of ["nowhere", "", "ACME", "acme ", "acme\0", "__proto__", "globex"]) {
      for (const outcome of await openedBy({ t }, tenantId, key)) {
        expect(outcome, tenantId).toEqual(forbidden);
      }
    }
    expect(kinds(await openedBy({ t }, "acme", key))).toEqual(OPEN);
  });

  test("is none before the deployment has its secret: no text is one, and members are checked as by rows", async () => {
    const { t, owner, keyOf } = await world();
    const secrets = await inside(t, async (ctx) => {
      const rows = await ctx.db.query("viewSecrets").collect();
      for (const { _id } of rows) await ctx.db.delete("viewSecrets", _id);
      return rows.map(({ secret }) => secret);
    });
    expect(secrets).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/)]);
    expect(await keyOf(owner, "acme")).toBe("");
    for (const key of ["null", "undefined", "0".repeat(32)]) {
      for (const outcome of await openedBy({ t }, "acme", key)) expect(outcome).toEqual(forbidden);
    }
    expect(kinds(await openedBy({ t: owner as never }, "acme", ""))).toEqual(OPEN);
  });

  test("is made of a secret that is made once, however often it is asked for", async () => {
    const { t, owner, keyOf } = await world();
    const key = await keyOf(owner, "acme");
    await t.action(inner.held.secret.make, {});
    expect(await keyOf(owner, "acme")).toBe(key);
  });
});

describe("whoever may not read any more", () => {
  test("loses all that is shared in the transaction of the removal, and the others go on with a new key", async () => {
    const { t, owner, ann, keyOf } = await world();
    const key = await keyOf(ann, "acme");
    expect(kinds(await openedBy({ t }, "acme", key))).toEqual(OPEN);
    const tokenIdentifier = `${issuer}|ann`;
    await t.mutation(internal.tenants.removeMember, { tenantId: "acme", tokenIdentifier });
    for (const outcome of await openedBy({ t }, "acme", key)) expect(outcome).toEqual(forbidden);
    for (const outcome of await openedBy({ t: ann as never }, "acme", "")) {
      expect(outcome).toEqual(forbidden);
    }
    expect(await outcomeOf(keyOf(ann, "acme"))).toEqual(forbidden);
    const next = await keyOf(owner, "acme");
    expect(next).not.toBe(key);
    expect(kinds(await openedBy({ t }, "acme", next))).toEqual(OPEN);
  });

  test("keeps all where the removal fails: both are of one transaction", async () => {
    const { t, owner, keyOf } = await world();
    const key = await keyOf(owner, "acme");
    const failing = t.run(async (ctx) => {
      await shipped.revokeViews(ctx, "acme");
      throw new Error("The removal fails");
    });
    await expect(failing).rejects.toThrow("The removal fails");
    expect(await keyOf(owner, "acme")).toBe(key);
  });

  test("is also who may do less than before, and nobody who may do as much or more", async () => {
    const { t, owner, keyOf } = await world();
    const roleOf = async (role: "viewer" | "editor" | "admin" | "service") => {
      const member = { tenantId: "acme", tokenIdentifier: `${issuer}|ann`, role };
      await t.mutation(internal.tenants.ensureMember, member);
      return await keyOf(owner, "acme");
    };
    const first = await keyOf(owner, "acme");
    expect(await roleOf("viewer")).toBe(first);
    expect(await roleOf("admin")).toBe(first);
    const second = await roleOf("editor");
    expect(second).not.toBe(first);
    expect(await roleOf("service")).toBe(second);
    expect(await roleOf("viewer")).not.toBe(second);
    const none = { tenantId: "acme", tokenIdentifier: `${issuer}|nobody` };
    const third = await keyOf(owner, "acme");
    await t.mutation(internal.tenants.removeMember, none);
    expect(await keyOf(owner, "acme")).toBe(third);
  });
});

describe("an app", () => {
  const { options } = shipped as unknown as { options: ConstructorParameters<typeof Rollups>[1] };

  /** The functions of an app that does, or does not, share reads, and what `authorize` was asked. */
  async function appOf(sharedReads: boolean) {
    const asked: string[] = [];
    const rollups = new Rollups(components.rollups, {
      ...options,
      sharedReads,
      authorize: (_ctx, tenant, need) => void asked.push(`${tenant} ${need}`),
      lock: () => null,
    });
    const { t, owner, keyOf } = await world();
    const right = await keyOf(owner, "acme");
    const run = async (name: "catalog" | "key" | "tail", args: object) => {
      const { [name]: registered } = rollups.held();
      const { _handler } = registered as unknown as {
        _handler: (ctx: object, args: object) => Promise<unknown>;
      };
      // Identity is out of reach: who touches it fails.
      return await t.run(async (ctx) => {
        const auth = {
          getUserIdentity: vi.fn(() => Promise.reject(new Error("auth was touched"))),
        };
        return (await _handler({ ...ctx, auth }, { tenantId: "acme", ...args })) as null;
      });
    };
    return { run, asked, right };
  }

  test("that does not share reads has no key, and refuses every one", async () => {
    const { run, asked, right } = await appOf(false);
    expect(await run("key", {})).toBe("");
    expect(asked).toEqual(["acme read"]);
    for (const key of [right, "0".repeat(32)]) {
      expect(await outcomeOf(run("tail", { key, cube: "watch" }))).toEqual(forbidden);
    }
    await run("tail", { key: "", cube: "watch" });
    expect(asked).toEqual(["acme read", "acme read"]);
  });

  test("that shares reads is asked for the key alone, and its queries never look at who calls", async () => {
    const { run, asked } = await appOf(true);
    const key = (await run("key", {})) as unknown as string;
    expect([key.length, asked.length]).toEqual([32, 1]);
    await run("tail", { key, cube: "watch" });
    await run("catalog", { key, cube: "watch" });
    expect(asked).toEqual(["acme read"]);
  });
});
