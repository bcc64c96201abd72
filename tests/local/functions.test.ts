import { ConvexHttpClient } from "convex/browser";
import { ConvexError } from "convex/values";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { api, internal } from "./fixtures/app/convex/_generated/api.js";
import { type Fixture, startFixture, readable } from "./support.js";

let app: Fixture;
beforeAll(async () => {
  app = await startFixture({ limits: { ...readable, transaction: { documentsRead: 2000 } } });
}, 30_000);
afterAll(() => app.stop());

const failure = async (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    (value) => expect.fail(`expected a failure, got ${JSON.stringify(value)}`),
    (error: Error) => error.message,
  );

describe("calls", () => {
  it("check arguments and results, which the npm package does not", async () => {
    // @ts-expect-error a wrong argument is the point
    const args = await failure(app.http.query(api.counters.get, { nam: "a" }));
    expect(args).toContain("ArgumentValidationError: Object is missing the required field `name`");
    const returns = await failure(app.http.query(api.probes.wrongReturn, {}));
    expect(returns).toContain("ReturnsValidationError: Value does not match validator");
  });

  it("reach internal functions only with the admin key", async () => {
    const secret = internal.probes.secret as unknown as typeof api.probes.whoAmI;
    expect(await failure(app.http.query(secret, {}))).toContain(
      "Could not find public function for 'probes:secret'",
    );
    const response = await fetch(`${app.backend.url}/api/query`, {
      method: "POST",
      headers: { Authorization: `Convex ${app.backend.adminKey}` },
      body: JSON.stringify({ path: "probes:secret", args: {} }),
    });
    expect(await response.json()).toMatchObject({ status: "success", value: "internal only" });
  });

  it("answer an unknown admin key with 401", async () => {
    const response = await fetch(`${app.backend.url}/api/query`, {
      method: "POST",
      headers: { Authorization: "Convex wrong" },
      body: JSON.stringify({ path: "probes:secret", args: {} }),
    });
    expect(response.status).toBe(401);
    expect(await response.json()).toMatchObject({ code: "BadAdminKey" });
  });

  it("carry the data of a ConvexError, and a request id with the text of others", async () => {
    const error = await app.http
      .mutation(api.probes.fail, { data: { code: 7, big: 5n } })
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ConvexError);
    expect((error as ConvexError<never>).data).toEqual({ code: 7, big: 5n });
    expect(await failure(app.http.mutation(api.probes.fail, {}))).toMatch(
      /^\[Request ID: [0-9a-f]{16}\] Server Error\nUncaught Error: boom\n {4}at handler \(probes\.js:/,
    );
  });

  it("fix the clock and refuse fetch in queries", async () => {
    const seen = await app.http.query(api.probes.environment, {});
    expect(seen.now[0]).toBe(seen.now[1]);
    expect(seen.date).toBe(true);
    expect(seen.site).toBe(app.backend.siteUrl);
    expect(new TextDecoder().decode(seen.bytes)).toBe("héllo");
    expect(await failure(app.http.query(api.probes.noFetch, {}))).toContain("Can't use fetch()");
  });

  it("give clean JSON unless the caller asks for the lossless form", async () => {
    const call = async (format: string | undefined) => {
      const response = await fetch(`${app.backend.url}/api/mutation`, {
        method: "POST",
        body: JSON.stringify({ path: "items:add", args: { group: "f", rank: 1 }, format }),
      });
      return ((await response.json()) as { value: { at: unknown } }).value.at;
    };
    expect(await call(undefined)).toMatch(/^\d{19}$/);
    expect(await call("convex_encoded_json")).toEqual({ $integer: expect.any(String) as string });
  });

  it("let actions run queries and mutations as transactions of their own", async () => {
    expect(await app.http.action(api.probes.callAction, { name: "action" })).toBe(2);
  });
});

describe("documents", () => {
  it("are held to the schema", async () => {
    const wrong = failure(app.http.mutation(api.probes.badDocument, { value: { name: 1 } }));
    expect(await wrong).toContain("does not match the schema");
    const extra = { name: "n", value: 1, more: true };
    expect(await failure(app.http.mutation(api.probes.badDocument, { value: extra }))).toContain(
      "Object contains extra field `more`",
    );
  });

  it("keep within 1 MiB and sixteen levels", async () => {
    const put = (value: unknown) => failure(app.http.mutation(api.probes.putValue, { value }));
    expect(await put("x".repeat(1024 * 1024))).toContain("Value is too large");
    let nested: unknown = 0;
    for (let level = 0; level < 17; level++) nested = [nested];
    expect(await put(nested)).toContain("too nested");
  });

  it("come back by index in Convex's value order", async () => {
    const values = [
      null,
      -5n,
      1n,
      -Infinity,
      -0,
      1.5,
      true,
      "a",
      "a\0b",
      "é",
      [1],
      [1, 2],
      { a: 1 },
    ];
    for (const value of [...values].reverse()) {
      await app.http.mutation(api.probes.putValue, { value });
    }
    expect(await app.http.query(api.probes.orderedValues, {})).toEqual(values);
  });
});

describe("nested calls", () => {
  it("roll back only the nested mutation that threw, and pass its data on", async () => {
    const outcome = await app.http.mutation(api.items.partial, { group: "partial" });
    expect(outcome).toEqual({ ranks: [1], caught: { code: "nested", group: "partial" } });
  });

  it("stop at eight levels", async () => {
    expect(await app.http.mutation(api.probes.descend, { level: 8 })).toBe(8);
    expect(await failure(app.http.mutation(api.probes.descend, { level: 9 }))).toContain(
      "maximum depth of nested function calls",
    );
  });

  it("get a budget that counts from what is used, and lose their writes beyond it", async () => {
    const enough = { group: "budget", documentsWritten: 10, count: 10 };
    expect(await app.http.mutation(api.items.limited, enough)).toEqual({
      ok: true,
      error: "",
      used: 10,
    });
    const outcome = await app.http.mutation(api.items.limited, {
      ...enough,
      group: "b2",
      count: 11,
    });
    expect(outcome.error).toContain("[TooManyWrites]");
    expect(outcome.used).toBe(0);
    expect(await app.http.query(api.items.list, { group: "b2" })).toEqual([]);
  });

  it("reach components through public functions only, with tables of their own", async () => {
    await app.http.mutation(api.work.addCounted, { group: "counted", ranks: [3, 1, 2] });
    const counted = await app.http.query(api.work.countOf, { group: "counted" });
    expect(counted).toEqual({ count: 3, max: 3 });
    const { documents } = app.backend.stats();
    expect(documents["byGroup/btree"]).toBe(1);
    expect(documents.btree).toBeUndefined();
    expect(await failure(app.http.query(api.probes.internalsOfComponent, {}))).toContain(
      "Could not find public function for 'loop:loop'",
    );
  });
});

describe("limits", () => {
  it("stop a transaction that reads too many documents", async () => {
    for (const group of ["l1", "l2", "l3", "l4", "l5"]) {
      await app.http.mutation(api.items.addMany, { group, count: 450 });
    }
    expect(await app.http.query(api.probes.readMany, { count: 2000 })).toBe(2000);
    expect(await failure(app.http.query(api.probes.readMany, { count: 2001 }))).toContain(
      "Too many documents read in a single function execution (limit: 2000). [TooManyDocumentsRead]",
    );
  });
});

describe("module state", () => {
  it("is never shared by two transactions that run at once", async () => {
    const runs = await Promise.all(
      Array.from({ length: 12 }, (_, at) =>
        new ConvexHttpClient(app.backend.url).mutation(api.probes.useModuleState, {
          turns: 5 + at,
        }),
      ),
    );
    expect(runs).toEqual(runs.map(() => true));
  });

  it("is thrown away after a failure", async () => {
    const run = (fail: boolean) =>
      new ConvexHttpClient(app.backend.url, { logger: false }).mutation(
        api.probes.leaveModuleState,
        {
          fail,
        },
      );
    await failure(run(true));
    expect(await run(false)).toBe("clean");
  });
});

describe("pages", () => {
  it("cover a range exactly once and refuse a cursor of another query", async () => {
    await app.http.mutation(api.items.addMany, { group: "pages", count: 25 });
    const ranks: number[] = [];
    let cursor: string | null = null;
    let pages = 0;
    for (let isDone = false; !isDone; pages++) {
      const paginationOpts = { numItems: 10, cursor };
      const page: Awaited<ReturnType<typeof read>> = await read(paginationOpts);
      ranks.push(...page.page.map((row) => row.rank));
      cursor = page.continueCursor;
      isDone = page.isDone;
    }
    expect(ranks).toEqual(Array.from({ length: 25 }, (_, rank) => rank));
    expect(pages).toBe(3);
    const foreign = app.http.query(api.items.page, {
      group: "other",
      paginationOpts: { numItems: 10, cursor },
    });
    expect(await failure(foreign)).toContain("InvalidCursor");
  });

  const read = (paginationOpts: { numItems: number; cursor: string | null }) =>
    app.http.query(api.items.page, { group: "pages", paginationOpts });
});
