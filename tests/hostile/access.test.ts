// @vitest-environment edge-runtime
/**
 * Law 11, the table: every public function and route has a rule in `convex/access/rules.ts`, every
 * rule is of something that exists, and each role can do exactly what the rules say.
 */
import { describe, expect, test } from "vitest";
import { allowed, type Role } from "../../convex/access/membership.js";
import { accessRules } from "../../convex/access/rules.js";
import { startBackend, stockRow, tenantOf, watchRow } from "../convex/harness.js";
import { embedded } from "./support/embed.js";
import { FORBIDDEN, outcomeOf } from "./support/outcome.js";
import {
  call,
  componentFunctions,
  internalFunctions,
  needOf,
  publicFunctions,
  publicRoutes,
  type PublicFunction,
} from "./support/publicFunctions.js";
import { samples, type Place } from "./support/samples.js";

const roles = Object.keys(allowed) as Role[];

async function world() {
  const t = startBackend();
  const owner = await tenantOf(t, "acme", { subject: "owner" });
  const as = async (role: Role) =>
    role === "embed" ? embedded(t, "acme") : await tenantOf(t, "acme", { subject: role, role });
  const row = { videoId: "v", title: "T", viewer: "ann" };
  const place = async (): Promise<Place> => ({
    tenantId: "acme",
    watchId: await idOf(owner, "watch:record", watchRow(row)),
    stockId: await idOf(owner, "inventory:record", stockRow()),
  });
  return { t, as, place };
}

async function idOf(owner: Parameters<typeof call>[0], name: string, row: unknown) {
  const args = { tenantId: "acme", row };
  return ((await call(owner, { name, kind: "mutation" }, args)) as { id: string }).id;
}

function sampleOf({ name }: PublicFunction, place: Place) {
  const sample = samples[name];
  if (sample === undefined) throw new Error(`Give ${name} a sample in support/samples.ts.`);
  return sample(place);
}

describe("the table of rules", () => {
  test("names every public function and every HTTP route, and nothing else", () => {
    const found = [...publicFunctions.map(({ name }) => name), ...publicRoutes].sort();
    expect(Object.keys(accessRules).sort()).toEqual(found);
  });

  test("finds functions where they are", () => {
    const names = publicFunctions.map(({ name }) => name);
    expect(names).toContain("aggregates:load");
    expect(names).not.toContain("tenants:ensure");
    expect(names.length).toBeGreaterThanOrEqual(23);
  });

  test("every public function declares its arguments, and takes a tenant unless about the caller", () => {
    for (const { name, args } of publicFunctions) {
      expect(args.type, name).toBe("object");
      const needsTenant = !["caller", "anyone"].includes(accessRules[name] ?? "");
      expect(Object.hasOwn(args.value as object, "tenantId"), name).toBe(needsTenant);
    }
  });
});

describe("what clients cannot call", () => {
  test("is what the component asks of the app, and what its operator does", () => {
    expect(internalFunctions).toEqual([
      "alerts:notify",
      "flags:admit",
      "flags:answer",
      "flags:compare",
      "patterns:store",
      "rollups:expire",
      "rollups:importRows",
      "rollups:source",
      "rollups:start",
      "sources/commits:find",
      "tenants:ensure",
      "tenants:ensureMember",
      "tenants:removeMember",
    ]);
  });

  test("is all of the component, which lets the app alone call these", () => {
    expect(componentFunctions.public).toEqual([
      ...["admin:rebuild", "admin:refresh", "admin:replay", "admin:restore", "admin:verify"],
      ...["advisor:sample", "advisor:standing", "advisor:stored", "advisor:written"],
      ...["aggregates:board", "aggregates:load", "aggregates:rows", "explain:explain"],
      ...["feed:changes", "feed:commitOf", "feed:head", "feed:newest", "feed:reachedAt"],
      ...["feed:recent", "freshness:freshness", "health:health"],
      ...["held/catalog:catalog", "held/keys:key", "held/keys:revoke"],
      ...["held/tail:tail", "held/tiles:tiles", "imports:take"],
      ...["log/append:append", "metrics:deployment", "metrics:page", "metrics:tenant"],
      ...["orders:rank", "orders:ranked", "patterns/patterns:clear", "patterns/patterns:list"],
      ...["patterns/report:report", "rollout/compare:compare"],
      ...["rollout/record:admit", "rollout/record:record", "rollout/review:clear"],
      ...["rollout/review:differences", "rollout/stages:get", "rollout/stages:move"],
      ...["rollout/stages:set", "start:start", "start:wake"],
    ]);
    expect(componentFunctions.internal).toContain("worker/worker:work");
    expect(publicFunctions.filter(({ name }) => name.startsWith("components/"))).toEqual([]);
  });

  test("is asked in its own words only", async () => {
    const { t } = await world();
    const cube = { cube: "watch", tenantId: "acme" };
    const asks = [
      ...[undefined, null, "catalogue", {}, { op: "drop" }, { op: "catalogue" }],
      ...[
        { op: "tenants", after: null },
        { op: "tenants", after: 1, size: 1 },
      ],
      ...[{ op: "span" }, { op: "span", ...cube, table: "memberships" }],
      { op: "page", ...cube, cursor: "", size: 1 },
      { op: "range", ...cube, unreadable: "keep", from: null, to: null, limit: 1 },
      { op: "piece", ...cube, start: {}, to: 1, records: 1, bytes: 1 },
      { op: "hasBefore", ...cube, to: "now" },
    ];
    for (const ask of asks) {
      const asked = call(t, { name: "rollups:source", kind: "query" }, { ask });
      expect((await outcomeOf(asked)).kind, JSON.stringify(ask)).toBe("arguments");
    }
    const other = { ask: { op: "span", ...cube, cube: "memberships" } };
    await expect(call(t, { name: "rollups:source", kind: "query" }, other)).rejects.toThrow(
      'no cube "memberships"',
    );
    const deleted = { cube: "memberships", tenantId: "acme", to: 1e15 };
    expect(await call(t, { name: "rollups:expire", kind: "mutation" }, deleted)).toBe(false);
  });
});

const ofTenants = publicFunctions
  .map((one) => [one.name, one, accessRules[one.name] ?? "read"] as const)
  .filter(([, , rule]) => rule !== "caller");

describe.each(ofTenants)("%s", (_name, one, rule) => {
  test("each role may do what its rule says", async () => {
    const { as, place } = await world();
    for (const role of roles) {
      const outcome = await outcomeOf(call(await as(role), one, sampleOf(one, await place())));
      const may = (allowed[role] as readonly string[]).includes(needOf(rule));
      if (may) expect(outcome, role).not.toMatchObject({ code: "Forbidden" });
      else expect(outcome, role).toEqual({ kind: "refused", code: "Forbidden", data: FORBIDDEN });
      // The sample is a good one: whoever may call it gets past every check of the arguments.
      if (may) expect(outcome.kind === "value" || outcome.kind === "refused", role).toBe(true);
    }
  });

  test("strangers, members of others and unknown tenants: one refusal", async () => {
    const { t, place } = await world();
    const other = await tenantOf(t, "globex", { subject: "bob" });
    const impostors = [
      t,
      other,
      t.withIdentity({ issuer: "https://issuer.test", subject: "nobody" }),
      t.withIdentity({ issuer: "https://evil.test", subject: "owner" }),
      t.withIdentity({ issuer: "https://issuer.test", subject: "owner|" }),
      t.withIdentity({ issuer: "https://issuer.test|owner", subject: "" }),
    ];
    const good = await place();
    for (const tenantId of ["acme", "nowhere", "", "__proto__", "ACME", "acme ", "acme\0"]) {
      for (const caller of impostors) {
        const outcome = await outcomeOf(call(caller, one, sampleOf(one, { ...good, tenantId })));
        expect(outcome, tenantId).toEqual({
          kind: "refused",
          code: "Forbidden",
          data: FORBIDDEN,
        });
      }
    }
  });
});

test("a stranger learns nothing from tenants:mine", async () => {
  const { t } = await world();
  expect(await call(t, { name: "tenants:mine", kind: "query" }, {})).toEqual([]);
});

test("the health route answers anyone, and tells nothing", async () => {
  const { t } = await world();
  const response = await t.fetch("/healthz", { method: "GET" });
  expect([response.status, await response.text()]).toEqual([200, '{"status":"ok"}']);
  for (const [path, method] of [
    ["/", "GET"],
    ["/healthz", "POST"],
    ["/healthz/", "GET"],
    ["/__proto__", "GET"],
  ] as const) {
    expect((await t.fetch(path, { method })).status, path).toBe(404);
  }
});
