/** What would be deployed to Convex runs without Node: the app, and every component that it uses. */
import { beforeAll, describe, expect, test } from "vitest";
import { bundleApp, evaluatePart, type BundledPart } from "../../cli/pushBundle.js";
import { projectRoot } from "../../cli/demo/backendProcess.js";

type Registered = { isQuery?: true; isMutation?: true; isPublic?: true; exportReturns(): string };

function kindOf(value: unknown): string {
  const { isMutation, isQuery, isPublic } = (value ?? {}) as Partial<Registered>;
  const kind = isMutation === true ? "mutation" : isQuery === true ? "query" : "other";
  return `${isPublic === true ? "public" : "internal"} ${kind}`;
}

describe("the bundle that the Convex CLI pushes", () => {
  let parts: BundledPart[];
  beforeAll(async () => {
    parts = await bundleApp(projectRoot);
  }, 60_000);

  test("has the app and its components, for the default runtime only", () => {
    expect(parts.length).toBeGreaterThan(1);
    for (const { modules } of parts)
      expect(new Set(modules.map(({ environment }) => environment))).toEqual(new Set(["isolate"]));
  });

  test("every part loads without Node built-ins", async () => {
    for (const part of parts) await evaluatePart(part);
  });

  test("public mutations and queries are there, each with a validator for what it returns", async () => {
    const app = await evaluatePart(parts[0]!);
    const mutations = [
      ...["watch", "inventory"].flatMap((table) =>
        ["record", "recordBatch", "update", "remove"].map((name) => [`${table}.js`, name] as const),
      ),
      ["flags.js", "set"] as const,
    ];
    const queries = ["load", "rows", "freshness", "explain", "health"].map(
      (name) => ["aggregates.js", name] as const,
    );
    for (const [path, name] of mutations)
      expect(kindOf(app[path]?.[name]), `${path} ${name}`).toBe("public mutation");
    for (const [path, name] of queries)
      expect(kindOf(app[path]?.[name]), `${path} ${name}`).toBe("public query");
    for (const [path, exports] of Object.entries(app))
      for (const [name, value] of Object.entries(exports)) {
        const registered = value as Partial<Registered> | null;
        if (registered?.isQuery !== true && registered?.isMutation !== true) continue;
        expect(registered.exportReturns?.(), `${path} ${name} has no returns`).not.toBe("null");
      }
  });

  test("a module that imports a Node built-in is named", async () => {
    const bad = {
      path: "",
      modules: [{ path: "bad.js", source: 'import "node:fs";', environment: "isolate" }],
    };
    await expect(evaluatePart(bad)).rejects.toThrow(/bad\.js imports node:fs/);
  });
});
