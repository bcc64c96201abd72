// @vitest-environment edge-runtime
/** Tokens of embeds in the reference app: who signs them, what they open, and that no other token does. */
import { createLocalJWKSet, jwtVerify } from "jose";
import { afterEach, describe, expect, test, vi } from "vitest";
import { api } from "../../convex/_generated/api.js";
import { startBackend, stockRow, tenantOf } from "../convex/harness.js";
import { claims, DEPLOYMENT, embedded, sampleLock } from "../hostile/support/embed.js";
import { FORBIDDEN, outcomeOf } from "../hostile/support/outcome.js";

const query = { measures: ["inventory.count"] } as const;
const north = {
  inventory: { filters: [{ dimension: "warehouse", operator: "equals", values: ["North"] }] },
} as const;

async function world() {
  vi.stubEnv("CONVEX_CLOUD_URL", DEPLOYMENT);
  const t = startBackend();
  const admin = await tenantOf(t, "acme");
  await tenantOf(t, "globex", { subject: "bob" });
  for (const warehouse of ["North", "North", "South"]) {
    await admin.mutation(api.inventory.record, { tenantId: "acme", row: stockRow({ warehouse }) });
  }
  return { t, admin };
}

afterEach(() => {
  vi.unstubAllEnvs();
  vi.useRealTimers();
});

describe("a signed token", () => {
  test("says the tenant and the lock, for some minutes, and opens what it says", async () => {
    const { t, admin } = await world();
    const asked = { tenantId: "acme", lock: north };
    const { token, expiresAt } = await admin.mutation(api.embeds.create, asked);
    // The clock of a transaction is a little ahead.
    expect(Math.abs(expiresAt - Date.now() - 600_000)).toBeLessThan(1000);
    const keys = createLocalJWKSet(await t.jwks());
    const currentDate = new Date();
    const { payload } = await jwtVerify(token, keys, {
      ...{ issuer: DEPLOYMENT, audience: "rollups-embed", algorithms: ["ES256"], currentDate },
    });
    expect(payload.exp! - payload.iat!).toBe(600);
    const { iss: issuer, sub: subject, rollupsEmbed } = payload as Record<string, string>;
    const caller = t.withIdentity({ issuer: issuer!, subject: subject!, rollupsEmbed });
    const answer = await caller.query(api.aggregates.rows, { tenantId: "acme", query });
    expect(answer.data).toEqual([{ "inventory.count": 2 }]);
    expect(answer.query.filters).toEqual([
      { member: "inventory.warehouse", operator: "equals", values: ["North"] },
    ]);
  });

  test("is for admins to give, for an hour at most, and for a lock that is one", async () => {
    const { t, admin } = await world();
    const editor = await tenantOf(t, "acme", { subject: "ed", role: "editor" });
    const asked = { tenantId: "acme", lock: north };
    for (const caller of [t, editor, embedded(t, "acme")]) {
      const outcome = await outcomeOf(caller.mutation(api.embeds.create, asked));
      expect(outcome).toMatchObject({ code: "Forbidden" });
    }
    for (const wrong of [
      ...[0, -1, 3601, 1.5, NaN, Infinity].map((expiresInSeconds) => ({ expiresInSeconds })),
      ...[{}, { inventory: { filters: [] } }, "inventory"].map((lock) => ({ lock })),
      { lock: { inventory: { filters: [{ ...north.inventory.filters[0], dimension: "shelf" }] } } },
      {
        lock: {
          inventory: {
            filters: [
              {
                ...north.inventory.filters[0],
                values: Array.from({ length: 30 }, (_, i) => `${i}`.padEnd(250, "x")),
              },
            ],
          },
        },
      },
    ]) {
      const call = admin.mutation(api.embeds.create, { ...asked, ...wrong } as never);
      expect(await outcomeOf(call), JSON.stringify(wrong)).toMatchObject({
        code: "InvalidDefinition",
      });
    }
  });
});

describe("what is no such token", () => {
  const filters = north.inventory.filters;
  const said = (rollupsEmbed: unknown) => ({ rollupsEmbed });
  const text = (value: unknown) => said(JSON.stringify(value));
  const wrong: Record<string, Record<string, unknown>> = {
    "another tenant": text({ tenant: "globex", lock: north }),
    "a tenant of another form": text({ tenant: ["acme"], lock: north }),
    "no tenant": text({ lock: north }),
    "no lock": text({ tenant: "acme" }),
    "null for a lock": text({ tenant: "acme", lock: null }),
    "an empty lock": text({ tenant: "acme", lock: {} }),
    "an unknown cube": text({ tenant: "acme", lock: { ...north, sales: { filters } } }),
    "no filter": text({ tenant: "acme", lock: { inventory: { filters: [] } } }),
    "an unknown dimension": text({
      tenant: "acme",
      lock: { inventory: { filters: [{ ...filters[0], dimension: "shelf" }] } },
    }),
    "no claim": said(undefined),
    "an empty claim": said(""),
    "a claim that is no JSON": said("{"),
    "a claim that is no object": text("acme"),
    "a claim that is no text": said({ tenant: "acme", lock: north }),
    "another issuer": { issuer: "https://evil.test" },
    "the issuer with a slash": { issuer: `${DEPLOYMENT}/` },
    "a component of the deployment": { issuer: `${DEPLOYMENT}/components/rollups` },
    "another subject": { subject: "ann" },
  };

  test.each(Object.entries(wrong))("opens nothing: %s", async (_, replaced) => {
    const { t } = await world();
    const told = Object.entries({ ...claims("acme", north), ...replaced });
    const whole = Object.fromEntries(told.filter(([, value]) => value !== undefined));
    const caller = t.withIdentity(whole as { issuer: string; subject: string });
    const { aggregates } = api;
    for (const call of [
      () => caller.query(aggregates.rows, { tenantId: "acme", query }),
      () => caller.query(aggregates.load, { tenantId: "acme", query }),
      () => caller.query(aggregates.board, { tenantId: "acme", questions: [{ query }] }),
      () => caller.query(aggregates.explain, { tenantId: "acme", query }),
      () => caller.query(aggregates.meta, { tenantId: "acme" }),
      () => caller.query(api.held.key, { tenantId: "acme" }),
    ]) {
      expect(await outcomeOf(call())).toEqual({
        ...{ kind: "refused", code: "Forbidden", data: FORBIDDEN },
      });
    }
  });

  test("a member's token that claims to be one opens nothing either, and where the deployment is not known none does", async () => {
    const { t } = await world();
    const member = t.withIdentity({
      ...{ issuer: "https://issuer.test", subject: "ann" },
      rollupsEmbed: JSON.stringify({ tenant: "acme", lock: sampleLock }),
    });
    const asked = { tenantId: "acme", query };
    expect(await outcomeOf(member.query(api.aggregates.rows, asked))).toMatchObject({
      code: "Forbidden",
    });
    const caller = embedded(t, "acme", north);
    vi.unstubAllEnvs();
    expect(await outcomeOf(caller.query(api.aggregates.rows, asked))).toMatchObject({
      code: "Forbidden",
    });
  });
});
