/** From a file's cells to rows of any table: columns by the schema's names, values of its types. */
import { defineSchema, defineTable } from "convex/server";
import { v } from "convex/values";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readCommand } from "../../cli/rollups/import/command.js";
import { findDeployment } from "../../cli/rollups/deployment.js";
import { readValue } from "../../cli/rollups/import/fieldValue.js";
import { importFile } from "../../cli/rollups/import/importFile.js";
import { prepareFile } from "../../cli/rollups/import/prepareFile.js";
import { isTime } from "../../cli/rollups/import/rows.js";
import { openSending, type Entry, type Sending } from "../../cli/rollups/import/sending.js";
import { tablesOf } from "../../cli/rollups/schema/tables.js";
import { BatchRefused } from "../../cli/failure.js";
import { Rejects } from "../../cli/records/rejects.js";
import { scratchDirectory } from "./support.js";

const NOW = Date.UTC(2026, 5, 1);

const orders = defineTable({
  orgId: v.id("orgs"),
  customer: v.string(),
  amount: v.number(),
  units: v.optional(v.int64()),
  status: v.union(v.literal("pending"), v.literal("paid")),
  isGift: v.optional(v.boolean()),
  paidAt: v.union(v.number(), v.null()),
  createdAt: v.number(),
  tags: v.optional(v.array(v.string())),
  items: v.optional(v.array(v.object({ sku: v.string() }))),
});
const [table] = tablesOf(defineSchema({ orders }))!;
const fieldOf = (validator: Parameters<typeof defineTable>[0][string]) =>
  tablesOf(defineSchema({ t: defineTable({ f: validator }) }))![0]!.fields[0]!;

let scratch: Awaited<ReturnType<typeof scratchDirectory>>;
beforeAll(async () => {
  scratch = await scratchDirectory();
});
afterAll(() => scratch.remove());

/** What becomes of a file, and the rows that are sent. */
async function imported(
  name: string,
  text: string,
  options: string[] = [],
  sending: Partial<Sending> = {},
) {
  const path = await scratch.write(name, text);
  const command = readCommand(["orders", path, ...options], NOW);
  const file = await prepareFile(path, table!, command);
  const sent: Entry[][] = [];
  const rejects = await Rejects.open(undefined);
  const report = await importFile(file, {
    ...{ rejects, batchRows: command.batchRows, id: command.id },
    sending: {
      ...{ position: 0, refused: new Map(), refuse: () => {}, finish: () => Promise.resolve() },
      send: (entries) => {
        sent.push([...entries]);
        return Promise.resolve(entries.length);
      },
      ...sending,
    },
  });
  const rows = sent.flat().map(({ row }) => row);
  return { file, report, rejects, sent, rows };
}

describe("a value", () => {
  const cells = { ...readCommand(["t", "f"], NOW).reading.cells, separators: new Map() };
  const read = (validator: Parameters<typeof fieldOf>[0], cell: never, time = false) => {
    const result = readValue(fieldOf(validator), cell, cells, time);
    return result.ok ? result.value : result.code;
  };

  test.each([
    [v.string(), "007", "007"],
    [v.string(), 7, "7"],
    [v.string(), true, "WrongType"],
    [v.id("orgs"), " k57 ", "k57"],
    [v.number(), "1,234.50", 1234.5],
    [v.number(), "1,234", "AmbiguousNumber"],
    [v.number(), "0.12345678901234567", "NotANumber"],
    [v.number(), "2026-01-01", "NotANumber"],
    [v.number(), -0.5, -0.5],
    [v.int64(), "9223372036854775807", 9223372036854775807n],
    [v.int64(), "9223372036854775808", "NotWhole"],
    [v.int64(), 1.5, "NotWhole"],
    [v.boolean(), "Yes", true],
    [v.boolean(), "0", false],
    [v.boolean(), false, false],
    [v.boolean(), "maybe", "NotABoolean"],
    [v.union(v.literal("Paid"), v.literal("Open")), " paid ", "Paid"],
    [v.union(v.literal("paid"), v.literal("Paid")), "PAID", "UnknownChoice"],
    [v.union(v.literal("paid"), v.literal("Paid")), "Paid", "Paid"],
    [v.union(v.literal(1), v.literal(2)), "2", 2],
    [v.union(v.literal(1), v.literal(2)), "3", "UnknownChoice"],
    [v.array(v.string()), "a| b|a", ["a", "b", "a"]],
    [v.array(v.string()), [1], "NotText"],
    [v.union(v.string(), v.number()), "1", "1"],
    [v.union(v.string(), v.number()), 1, 1],
    [v.object({ a: v.number() }), { a: 1 }, { a: 1 }],
    [v.object({ a: v.number() }), '{"a":1}', "NestedValue"],
  ])("of a field's type, or a code that says why not (%#)", (validator, cell, value) => {
    expect(read(validator, cell as never)).toEqual(value);
  });

  test("of a time is epoch milliseconds, from ISO texts and epoch seconds", () => {
    const at = Date.UTC(2026, 0, 2, 3, 4, 5);
    expect(read(v.number(), "2026-01-02T03:04:05Z" as never, true)).toBe(at);
    expect(read(v.number(), at as never, true)).toBe(at);
    expect(read(v.number(), "03/04/2026" as never, true)).toBe("AmbiguousDate");
  });

  test.each([
    ["createdAt", true],
    ["updated_at", true],
    ["date", true],
    ["startTime", true],
    ["responseTime", false],
    ["format", false],
    ["amount", false],
  ])("a number called %s is a time: %s", (name, expected) => {
    const field = { ...fieldOf(v.number()), name };
    const none = { times: new Set<string>(), numbers: new Set<string>() };
    expect(isTime(field, none)).toBe(expected);
    expect(isTime(field, { ...none, numbers: new Set([name]) })).toBe(false);
    expect(isTime(field, { ...none, times: new Set([name]) })).toBe(true);
  });
});

const header = "Customer,Amount,Status,created_at,paid at\n";

test("columns feed the fields that have their names; constants and empty cells are told apart", async () => {
  const { rows, report, file } = await imported(
    "orders.csv",
    `${header}ann , 12.50,Paid,2026-01-02,2026-01-03\nbob,1,pending,2026-01-02,\n`,
    ["--set", "orgId=k57"],
  );
  expect(rows).toEqual([
    {
      ...{ orgId: "k57", customer: "ann", amount: 12.5, status: "paid" },
      ...{ createdAt: Date.UTC(2026, 0, 2), paidAt: Date.UTC(2026, 0, 3) },
    },
    {
      ...{ orgId: "k57", customer: "bob", amount: 1, status: "pending" },
      ...{ createdAt: Date.UTC(2026, 0, 2), paidAt: null },
    },
  ]);
  expect(report).toMatchObject({ rows: 2, accepted: 2, rejected: 0, alreadyThere: 0 });
  expect(file.description).toContain(`orgId           ← "k57" for every row`);
  expect(file.description).toContain("createdAt       ← created_at, a time");
});

test("JSON keeps its types, its blanks and what is nested", async () => {
  const order = {
    ...{ orgId: "k1", customer: " ann ", amount: 3, status: "paid", paidAt: null },
    ...{ createdAt: NOW, tags: ["x"], items: [{ sku: "a" }], isGift: null, other: 1 },
  };
  const { rows, file } = await imported("orders.json", JSON.stringify([order]));
  const { other, isGift, ...stored } = order;
  expect([other, isGift]).toEqual([1, null]);
  expect(rows).toEqual([stored]);
  expect(file.description).toContain("not used: other");
});

test("a bad row is rejected by a code and its field, and the others are sent", async () => {
  const { rejects, report, rows } = await imported(
    "bad.csv",
    `${header}ann,x,paid,2026-01-02,\nbob,1,gone,2026-01-02,\ncay,1,paid,,\ndan,1,paid,2026-01-02,\n`,
    ["--set", "orgId=k57"],
  );
  expect(
    rejects.samples.map(({ position, code, message }) => [position.row, code, message]),
  ).toEqual([
    [1, "NotANumber", expect.stringMatching(/^amount: /)],
    [2, "UnknownChoice", expect.stringMatching(/^status: .*pending, paid/)],
    [3, "MissingField", "createdAt: nothing is given"],
  ]);
  expect(rejects.samples[0]?.record).toMatchObject({ Customer: "ann", Amount: "x" });
  expect(report).toMatchObject({ rows: 4, accepted: 1, rejected: 3, alreadyThere: 0 });
  expect(rows.map(({ customer }) => customer)).toEqual(["dan"]);
});

test("options name columns, words and stand-ins", async () => {
  const { rows } = await imported(
    "named.csv",
    "who;what;state;day;clock;note\nann;3;bezahlt;2026-01-02;10:00;a,b\nbob;4;;2026-01-02;11:00;\n",
    [
      ...["--map", "customer=who,amount=what,status=state,createdAt=day+clock,tags=note"],
      ...["--words", "bezahlt=paid", "--default", "status=pending", "--split", "tags=,"],
      ...["--set", "orgId=k1,paidAt=2026-01-05", "--timezone", "Europe/Berlin"],
    ],
  );
  const at = (hour: number) => Date.UTC(2026, 0, 2, hour - 1);
  const all = { orgId: "k1", paidAt: Date.UTC(2026, 0, 4, 23) };
  expect(rows).toEqual([
    { ...all, customer: "ann", amount: 3, status: "paid", createdAt: at(10), tags: ["a", "b"] },
    { ...all, customer: "bob", amount: 4, status: "pending", createdAt: at(11) },
  ]);
});

test.each([
  ["UnknownField", ["--set", "org=k1"]],
  ["UnknownField", ["--time", "when"]],
  ["UnknownColumn", ["--set", "orgId=k1", "--map", "tags=labels"]],
  ["UnknownColumn", ["--set", "orgId=k1", "--id", "number"]],
  ["MissingColumn", []],
  ["NotANumber", ["--set", "orgId=k1,amount=much"]],
])("%s ends an import before a row is sent: %j", async (code, options) => {
  const text = `${header}ann,1,paid,2026-01-02,\n`;
  await expect(imported("wrong.csv", text, options)).rejects.toMatchObject({ code });
});

test("a field that the app's own mutation fills in needs no column", async () => {
  const text = "customer,amount\nann,1\n";
  await expect(imported("few.csv", text)).rejects.toMatchObject({ code: "MissingColumn" });
  const { rows } = await imported("few.csv", text, ["--to", "orders:importBatch"]);
  expect(rows).toEqual([{ customer: "ann", amount: 1 }]);
});

const line = (i: number) => `c${i},${i},paid,2026-01-02,\n`;
const many = header + Array.from({ length: 10 }, (_, i) => line(i + 1)).join("");
const org = ["--set", "orgId=k1"];

test("rows before the position are not sent again; those refused then are rejected again", async () => {
  const refused = new Map([[2, { at: 2, code: "Refund", message: "no" }]]);
  const { sent, report, rejects } = await imported("many.csv", many, [...org, "--batch", "4"], {
    ...{ position: 3, refused },
  });
  expect(sent.map((entries) => entries.map(({ at }) => at))).toEqual([
    [4, 5, 6, 7],
    [8, 9, 10],
  ]);
  expect(report).toMatchObject({ rows: 10, accepted: 7, alreadyThere: 2, rejected: 1 });
  expect(rejects.samples).toMatchObject([{ position: { row: 2 }, code: "Refund" }]);
});

test("a batch that is refused is halved until the row stands alone, in the order of the file", async () => {
  const order: number[] = [];
  const told: number[] = [];
  const { report, rejects } = await imported("many.csv", many, org, {
    send: (entries) => {
      if (entries.some(({ at }) => at === 3))
        return Promise.reject(new BatchRefused("too old", "InvalidFact"));
      order.push(...entries.map(({ at }) => at));
      return Promise.resolve(entries.length);
    },
    refuse: ({ at }) => void told.push(at),
  });
  expect(order).toEqual([1, 2, 4, 5, 6, 7, 8, 9, 10]);
  expect(told).toEqual([3]);
  expect(rejects.samples).toMatchObject([{ code: "InvalidFact", message: "too old" }]);
  expect(report).toMatchObject({ rows: 10, accepted: 9, rejected: 1 });
});

test("a batch holds two megabytes at most", async () => {
  const long = "x".repeat(700_000);
  const text = header + [1, 2, 3, 4].map((i) => `${long},${i},paid,2026-01-02,\n`).join("");
  const { sent } = await imported("long.csv", text, org);
  expect(sent.map((entries) => entries.length)).toEqual([2, 2]);
});

test("the same command is the same reading tomorrow, another one is not", async () => {
  const path = await scratch.write("many.csv", many);
  const reading = async (now: number, ...options: string[]) =>
    (await prepareFile(path, table!, readCommand(["orders", path, ...org, ...options], now)))
      .reading;
  const first = await reading(NOW);
  expect(await reading(NOW + 86_400_000)).toBe(first);
  for (const other of [
    ["--timezone", "Asia/Tokyo"],
    ["--map", "paidAt="],
    ["--words", "a=paid"],
    ["--to", "a:b"],
    ["--number", "paidAt"],
  ])
    expect(await reading(NOW, ...other), other.join(" ")).not.toBe(first);
});

describe("the deployment", () => {
  const none = { url: undefined, adminKey: undefined };
  const find = (given: Partial<typeof none>, env: Record<string, string>, root = "/nowhere") =>
    findDeployment(root, { ...none, ...given }, env);

  test("is what the options name, else what the environment says", async () => {
    const hosted = { CONVEX_SELF_HOSTED_URL: "http://a", CONVEX_SELF_HOSTED_ADMIN_KEY: "k" };
    expect(await find({}, hosted)).toEqual({ url: "http://a", adminKey: "k" });
    const given = { url: "http://b", adminKey: "l" } as never;
    expect(await find(given, hosted)).toEqual(given);
    const key = { CONVEX_DEPLOY_KEY: "prod:happy-otter-1|secret" };
    expect(await find({ url: "https://x" as never }, key)).toEqual({
      ...{ url: "https://x", adminKey: "prod:happy-otter-1|secret" },
    });
    await expect(find({}, { CONVEX_DEPLOYMENT: "dev:x" })).rejects.toMatchObject({
      code: "NoDeployment",
    });
    await expect(find({ adminKey: "self-hosted|secret" as never }, {})).rejects.toMatchObject({
      code: "NoDeployment",
    });
  });

  test("that does not answer stops the import by a code", async () => {
    const names = { content: "", name: "", reading: "", scope: "", hasIds: false };
    await expect(
      openSending({ url: "no url", adminKey: "k" }, { table: "t", to: undefined }, names),
    ).rejects.toMatchObject({ code: "BadUrl" });
  });
});
