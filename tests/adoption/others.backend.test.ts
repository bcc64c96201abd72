/** Apps of other kinds adopt the packed package: without tenants, two cubes over one table, an identity provider's orgs. */
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { Backend, until, type Answer } from "./backend.js";
import { Installation, type AppFolder } from "./layOut.js";

const installation = Installation.of(inject("packed"));

/** An app and its backend, for the tests of one group. */
function adopting(part: string): { backend: Backend; app: AppFolder } {
  const adopted = {} as { backend: Backend; app: AppFolder };
  beforeAll(async () => {
    adopted.app = await installation.layOut(part);
    adopted.backend = await Backend.start();
    await adopted.backend.push(adopted.app);
  }, 120_000);
  afterAll(() => adopted.backend.stop());
  test("type-checks, libraries included", async () => {
    expect(await adopted.app.typeErrors()).toBe("");
  });
  return adopted;
}

describe("an app without tenants", () => {
  const adopted = adopting("apps/everyone");
  const query = {
    measures: ["sales.count", "sales.revenue"],
    dimensions: ["sales.sku"],
    timeDimensions: [{ dimension: "sales.soldAt", granularity: "day" }],
  };
  const at = Date.UTC(2026, 4, 1, 23, 30);

  test("asks without naming one, and its days are those of its zone", async () => {
    const { admin } = adopted.backend;
    for (let i = 0; i < 20; i++) {
      await admin.mutation("sales:sell", { sku: "a", price: 0.1, soldAt: at + i * 3_600_000 });
    }
    const expected = [
      { "sales.sku": "a", "sales.soldAt.day": "2026-05-02T00:00:00.000", "sales.count": 20 },
    ];
    const answer = () => admin.query<Answer>("rollups:rows", { query });
    expect((await answer()).data).toMatchObject(expected);
    await until(async () => (await answer()).servedBy !== "scan");
    const { data, servedBy, exact } = await answer();
    expect(data).toMatchObject(expected);
    // Twenty tenths are two, as no float of theirs.
    expect(data[0]?.["sales.revenue"]).toBe(2);
    expect({ servedBy, exact }).toEqual({ servedBy: "sales.by_sku@1", exact: true });
  });

  test("groups by a boolean, and filters by one", async () => {
    const { admin } = adopted.backend;
    for (const isOnline of [true, true, false]) {
      await admin.mutation("sales:sell", { sku: "b", isOnline, price: 1, soldAt: at });
    }
    const asked = {
      measures: ["sales.count"],
      dimensions: ["sales.isOnline"],
      filters: [{ member: "sales.sku", operator: "equals", values: ["b"] }],
    };
    const { data, servedBy } = await admin.query<Answer>("rollups:rows", { query: asked });
    expect(servedBy).toBe("sales.by_sku@1");
    expect(data).toEqual([
      { "sales.isOnline": "true", "sales.count": 2 },
      { "sales.isOnline": "false", "sales.count": 1 },
    ]);
    const online = { member: "sales.isOnline", operator: "equals", values: [true] };
    const filtered = { measures: ["sales.count"], filters: [online] };
    expect((await admin.query<Answer>("rollups:rows", { query: filtered })).data).toEqual([
      { "sales.count": 2 },
    ]);
  });

  test("refuses a tenant, as there is none", async () => {
    const { admin } = adopted.backend;
    await expect(admin.query("rollups:rows", { tenantId: "x", query })).rejects.toThrow(/tenantId/);
  });

  test("has its rollups rebuilt and verified by an admin", async () => {
    const { admin } = adopted.backend;
    expect(await admin.mutation("rollups:rebuild", { cube: "sales" })).toEqual({
      rollups: ["sales.by_sku"],
    });
    await admin.mutation("rollups:verify", {});
    await until(
      async () =>
        (await admin.query<Answer>("rollups:rows", { query })).servedBy === "sales.by_sku@2",
    );
  });
});

describe("an app whose orgs are an identity provider's", () => {
  const adopted = adopting("apps/clerk");
  const [one, two] = ["org_2abcDEF", "org_2abcDEf"];
  const query = { measures: ["visits.count", "visits.mean"], dimensions: ["visits.page"] };

  test("keeps orgs apart whose ids differ by case alone, and moves records between them", async () => {
    const { backend } = adopted;
    const ann = await backend.signedIn("ann", { claims: { org_id: one } });
    const bob = await backend.signedIn("bob", { claims: { org_id: two } });
    const rows = (caller: typeof ann, organization: string) =>
      caller.query<Answer>("rollups:rows", { organization, query });
    const visit = { page: "/", seconds: 3 };
    const id = await backend.admin.mutation<string>("visits:add", { organization: one, ...visit });
    await backend.admin.mutation("visits:add", { organization: two, page: "/", seconds: 5 });
    const seen = (count: number, mean: number) => [
      { "visits.page": "/", "visits.count": count, "visits.mean": mean },
    ];
    expect((await rows(ann, one)).data).toEqual(seen(1, 3));
    expect((await rows(bob, two)).data).toEqual(seen(1, 5));
    await expect(rows(ann, two)).rejects.toThrow("That is not your organization.");
    await backend.admin.mutation("visits:move", { id, organization: two });
    expect((await rows(ann, one)).data).toEqual([]);
    expect((await rows(bob, two)).data).toEqual(seen(2, 4));
    await until(async () => (await rows(bob, two)).servedBy !== "scan");
    const { data, servedBy } = await rows(bob, two);
    expect(data).toEqual(seen(2, 4));
    expect(servedBy).toBe("visits.by_page@1");
    expect((await rows(ann, one)).data).toEqual([]);
  });
});

describe("an app with two cubes over one table", () => {
  const adopted = adopting("apps/twoCubes");
  const day = (n: number) => Date.UTC(2026, 5, n, 12);
  const of = (cube: string, time: string) => ({
    measures: [`${cube}.points`],
    timeDimensions: [{ dimension: `${cube}.${time}`, granularity: "day" }],
  });

  test("answers each by its own time, and both see a change of either", async () => {
    const { admin } = adopted.backend;
    const team = await admin.mutation<string>("tickets:team", {});
    const rows = (query: object) => admin.query<Answer>("rollups:rows", { team, query });
    const ticket = { team, openedAt: day(1), estimatedAt: day(5), points: 3 };
    const id = await admin.mutation<string>("tickets:open", ticket);
    const opened = [{ "opened.openedAt.day": "2026-06-01T00:00:00.000", "opened.points": 3 }];
    const planned = (n: number) => [
      { "planned.estimatedAt.day": `2026-06-0${n}T00:00:00.000`, "planned.points": 3 },
    ];
    expect((await rows(of("planned", "estimatedAt"))).data).toEqual(planned(5));
    await until(async () => (await rows(of("planned", "estimatedAt"))).servedBy !== "scan");
    await admin.mutation("tickets:replan", { id, estimatedAt: day(7) });
    const [first, second] = [
      await rows(of("opened", "openedAt")),
      await rows(of("planned", "estimatedAt")),
    ];
    expect(first.data).toEqual(opened);
    expect(second.data).toEqual(planned(7));
    expect([first.servedBy, second.servedBy]).toEqual(["opened.by_priority@1", "planned.totals@1"]);
    await expect(rows({ measures: ["opened.points", "planned.points"] })).rejects.toThrow(
      /UnsupportedQuery/,
    );
  });
});
