import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ConvexHttpClient } from "convex/browser";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { LocalBackend } from "../../local/backend.js";
import { pushApp, runCli } from "../../local/push.js";
import { startStage } from "../support/stage.js";
import { api } from "./fixtures/app/convex/_generated/api.js";
import { copyFixture, FIXTURE, readable } from "./support.js";

let backend: LocalBackend;
let project: Awaited<ReturnType<typeof copyFixture>>;
beforeAll(async () => {
  project = await copyFixture();
  backend = await startStage({ limits: readable });
  await pushApp(backend, { cwd: project.cwd });
}, 30_000);
afterAll(async () => {
  await backend.stop();
  await project.remove();
});

const http = () => new ConvexHttpClient(backend.url, { logger: false });

async function edit(file: string, change: (text: string) => string): Promise<() => Promise<void>> {
  const path = join(project.cwd, "convex", file);
  const before = await readFile(path, "utf8");
  const after = change(before);
  expect(after).not.toBe(before);
  await writeFile(path, after);
  return () => writeFile(path, before);
}

describe("the stock CLI", () => {
  it("generates the code that is checked in", async () => {
    await runCli(backend, ["codegen", "--typecheck", "disable"], { cwd: project.cwd });
    for (const file of ["api.d.ts", "api.js", "dataModel.d.ts", "server.d.ts", "server.js"]) {
      const path = join("convex", "_generated", file);
      const [made, kept] = await Promise.all(
        [project.cwd, FIXTURE].map((root) => readFile(join(root, path), "utf8")),
      );
      expect(made, file).toBe(kept);
    }
  });

  it("runs functions, internal ones too, and names what it cannot find", async () => {
    const run = (...args: string[]) => runCli(backend, ["run", ...args], { cwd: project.cwd });
    await run("counters:add", '{"name":"cli","by":3}');
    expect((await run("counters:get", '{"name":"cli"}')).stdout.trim()).toBe("3");
    expect((await run("probes:secret")).stdout.trim()).toBe('"internal only"');
    await expect(run("probes:nothing")).rejects.toThrow("Could not find function");
  });

  it("sets environment variables that functions see at once", async () => {
    await runCli(backend, ["env", "set", "CUSTOM", "from the CLI"], { cwd: project.cwd });
    const { stdout } = await runCli(backend, ["env", "list"], { cwd: project.cwd });
    expect(stdout).toContain("CUSTOM=");
    expect(await http().query(api.probes.environment, {})).toMatchObject({
      custom: "from the CLI",
    });
  });
});

describe("a push", () => {
  it("is refused when stored documents do not fit the new schema", async () => {
    await http().mutation(api.counters.add, { name: "kept", by: 1 });
    const restore = await edit("schema.ts", (text) =>
      text.replace("value: v.number() }).index", "value: v.string() }).index"),
    );
    await expect(pushApp(backend, { cwd: project.cwd })).rejects.toThrow(
      /Document with ID .* in table "counters" does not match the schema/,
    );
    await restore();
    expect(await http().query(api.counters.get, { name: "kept" })).toBe(1);
  });

  it("builds new indexes from stored documents and drops those that are gone", async () => {
    await http().mutation(api.items.addMany, { group: "indexed", count: 5 });
    const restoreSchema = await edit("schema.ts", (text) =>
      text.replace(
        '.index("by_at", ["at"]),\n  /** Anything',
        '.index("by_rank", ["rank"]),\n  /** Anything',
      ),
    );
    const restoreItems = await edit("items.ts", (text) =>
      text
        .replaceAll('withIndex("by_at", (q) => q.gt("at", after).lte("at", upTo))', 'order("asc")')
        .replaceAll('withIndex("by_at", (q) => q.eq("at", at))', 'order("asc")')
        .replaceAll('withIndex("by_at")', 'withIndex("by_rank", (q) => q.gte("rank", 3))'),
    );
    await pushApp(backend, { cwd: project.cwd });
    const table = backend.database.catalog.table("", "items")!;
    expect([...table.byName.keys()].sort()).toEqual([
      "by_creation_time",
      "by_group_and_rank",
      "by_id",
      "by_rank",
    ]);
    const index = table.byName.get("by_rank")!;
    const ranks = [...backend.database.latest.tree(index).values()].map(
      ({ text }) => (JSON.parse(text) as { rank: number }).rank,
    );
    expect(ranks).toEqual([0, 1, 2, 3, 4]);
    await restoreSchema();
    await restoreItems();
  });

  it("is refused with the reason when a module cannot be loaded", async () => {
    const restore = await edit("counters.ts", (text) => `${text}\nthrow new Error("at import");\n`);
    await expect(pushApp(backend, { cwd: project.cwd })).rejects.toThrow("at import");
    await restore();
    expect(await http().query(api.counters.get, { name: "kept" })).toBe(1);
  });
});
