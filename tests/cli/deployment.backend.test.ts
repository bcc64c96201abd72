/**
 * An import into a deployment of which only the URL and a user's token are known, run from a folder
 * that knows no local backend; and what is said when that is not enough.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ensureMember, ensureTenant, mintToken } from "../../cli/connection.js";
import { LocalBackend } from "./localBackend.js";
import { runCommand } from "./runCommand.js";

let local: LocalBackend;

beforeAll(async () => {
  local = await LocalBackend.start();
});
afterAll(() => local?.stop());

const csv = "product,quantity,date\nA,1,2024-01-01\nB,2,2024-01-02\nB,x,2024-01-02\n";

async function member(subject: string, role: "viewer" | "editor" | "service") {
  await ensureTenant(local.process, { tenantId: "far" });
  await ensureMember(local.process, { tenantId: "far", subject, role });
}

/** Runs the importer where no `.convex-local` is. */
async function importFar(...args: string[]) {
  const file = await local.scratch.write("far.csv", csv);
  const words = ["inventory", file, "--tenant", "far", "--url", local.url, ...args];
  return await runCommand("import", words, local.scratch.path("."));
}

describe("with a URL and a token", () => {
  test("a member who may write imports, and imports again", async () => {
    await member("ed", "editor");
    const token = await mintToken(local.process, { subject: "ed" });
    const first = await importFar("--token", token);
    expect(first.stdout, first.stderr).toMatch(/3 rows, 2 accepted, 1 rejected, 0 already there/);
    const again = await importFar("--token", token);
    expect(again.stdout).toMatch(/3 rows, 0 accepted, 1 rejected, 2 already there/);
    const totals = { measures: ["inventory.count", "inventory.quantity"] };
    expect(await local.read("far", totals)).toEqual([
      { "inventory.count": 2, "inventory.quantity": 3 },
    ]);
  });

  test("who may not write is told so before a row is sent", async () => {
    await member("vera", "viewer");
    for (const subject of ["vera", "stranger"]) {
      const done = await importFar("--token", await mintToken(local.process, { subject }));
      expect(done).toMatchObject({ status: 1, stdout: "" });
      expect(done.stderr).toMatch(/^Forbidden: /m);
      expect(done.stderr).toMatch(/member of this tenant/);
    }
  });

  test("a token that has expired, or is none, is told so", async () => {
    await member("ed", "editor");
    const expired = await mintToken(local.process, { subject: "ed", expiresInSeconds: 1 });
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    expect((await importFar("--token", expired)).stderr).toMatch(/^TokenExpired: .*20\d\d-/m);
    expect((await importFar("--token", "secret")).stderr).toMatch(/^BadToken: /m);
    const [head, body] = (await mintToken(local.process, { subject: "ed" })).split(".");
    const forged = await importFar("--token", `${head}.${body}.${"A".repeat(86)}`);
    expect(forged.stderr).toMatch(/^NotAuthenticated: /m);
    expect(forged.stderr).toMatch(/not for this deployment/);
  });
});

test("without a token only the local backend is known, and the message says what else to do", async () => {
  const here = await importFar();
  expect(here).toMatchObject({ status: 1, stdout: "" });
  expect(here.stderr).toMatch(/^NoBackend: [^]*--url URL --token JWT/m);
  for (const command of ["import", "token"]) {
    const words = command === "import" ? ["inventory", "far.csv"] : [];
    const url = ["--url", "https://happy-otter-123.convex.cloud"];
    const far = await runCommand(command, [...words, ...url]);
    expect(far.status).toBe(1);
    expect(far.stderr).toMatch(/^LocalOnly: .*only that gives out tokens/m);
  }
});

test("an address of another service is told so", async () => {
  const token = await mintToken(local.process, { subject: "ed" });
  const file = await local.scratch.write("far.csv", csv);
  const words = ["inventory", file, "--token", token];
  const site = await runCommand("import", [...words, "--url", local.process.siteUrl ?? ""]);
  expect(site.status).toBe(1);
  expect(site.stderr).toMatch(/^(?:WrongDeployment|BadUrl): /m);
  const bad = await runCommand("import", [
    ...words,
    "--url",
    "https://happy-otter-123.convex.site",
  ]);
  expect(bad.stderr).toMatch(/^BadUrl: /m);
});

test("a dry run refuses what the real run refuses, by the same codes", async () => {
  const row = (changed: object) =>
    JSON.stringify({ videoId: "v", watchedAt: 1.7e12, durationSeconds: 1, ...changed });
  const text = [
    row({ title: "x".repeat(513) }),
    row({ topics: Array.from({ length: 33 }, (_, at) => `t${at}`) }),
    row({ durationSeconds: 1.0001 }),
    row({ durationSeconds: -1 }),
    row({ watchedAt: "2201-01-01" }),
    row({
      channel: "c".repeat(512),
      category: "d".repeat(512),
      topics: Array.from({ length: 16 }, (_, at) => `${at}`.padEnd(400, "t")),
    }),
    row({ title: "ok" }),
  ].join("\n");
  const file = await local.scratch.write("rows.ndjson", text);
  const summaries = [];
  for (const dry of [["--dry-run"], []]) {
    const done = await local.importInto("dry", "watch", file, ...dry);
    expect(done.status, done.stderr).toBe(0);
    summaries.push(/7 rows, 1 accepted, 6 rejected/.test(done.stdout));
    summaries.push(done.stdout.split("rejected: ")[1]);
  }
  expect(summaries.slice(0, 2)).toEqual(summaries.slice(2));
  expect(summaries[0]).toBe(true);
});
