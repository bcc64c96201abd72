/** What the hooks cost a browser: bundled as an app would, without React and Convex, which it has already. */
import { join, relative } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "../../..");

/** What is fetched with an entry, and what only when it is needed. */
async function bundle(entry: string) {
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: [entry],
    outdir: "dist",
    bundle: true,
    splitting: true,
    minify: true,
    write: false,
    metafile: true,
    format: "esm",
    target: "es2022",
    external: ["react", "react/jsx-runtime", "convex/*"],
  });
  const first = new Set<string>();
  const visit = (path: string) => {
    if (first.has(path)) return;
    first.add(path);
    for (const { path: next, kind } of metafile.outputs[path]?.imports ?? []) {
      if (kind === "import-statement" && metafile.outputs[next]) visit(next);
    }
  };
  const found = Object.entries(metafile.outputs).find(([, { entryPoint }]) => entryPoint === entry);
  visit(found![0]);
  const part = (paths: string[]) => ({
    inputs: paths.flatMap((path) => Object.keys(metafile.outputs[path]!.inputs)),
    gzipBytes: outputFiles
      .filter(({ path }) => paths.includes(relative(root, path)))
      .reduce((sum, { contents }) => sum + gzipSync(contents, { level: 9 }).length, 0),
  });
  const later = Object.keys(metafile.outputs).filter((path) => !first.has(path));
  return { first: part([...first]), later: part(later) };
}

describe("a bundle of useRollup", () => {
  it("is at most 1 kB, compressed, and has nothing of the engine", async () => {
    const { first, later } = await bundle("src/react/useRollup.ts");
    expect(first.inputs).toContain("src/react/useRollup.ts");
    expect(first.inputs.filter((path) => !path.startsWith("src/react/"))).toEqual([]);
    expect(first.gzipBytes).toBeLessThanOrEqual(1000);
    expect(later.inputs).toEqual([]);
  });
});

describe("a bundle of all hooks", () => {
  it("fetches the browser's engine only when it is needed", async () => {
    const { first, later } = await bundle("src/react/index.ts");
    expect(first.inputs.filter((path) => path.startsWith("lib/"))).toEqual(["lib/errorCodes.ts"]);
    expect(first.inputs.filter((path) => /\/(fallback|held)\//.test(path))).toEqual([]);
    expect([...first.inputs, ...later.inputs].filter((path) => /prefetch/.test(path))).toEqual([]);
    expect(first.gzipBytes).toBeLessThanOrEqual(7600);
    expect(later.inputs).toContain("src/react/fallback/CubeStore.ts");
    expect(later.inputs).toContain("src/react/held/HeldStore.ts");
    expect(later.inputs).toContain("lib/query/normalizeQuery.ts");
    expect(later.gzipBytes).toBeGreaterThan(10_000);
  });
});

describe("a bundle of what asks ahead", () => {
  it("is a small part of its own, with nothing of the hooks and the engine", async () => {
    const { first, later } = await bundle("src/react/prefetch/index.ts");
    expect(first.inputs).toContain("src/react/prefetch/Prefetch.ts");
    expect(first.inputs).toContain("lib/prefetch/transitions.ts");
    expect(
      first.inputs.filter((path) => /useAggregate|Provider|\/(fallback|held)\//.test(path)),
    ).toEqual([]);
    expect(first.gzipBytes).toBeLessThanOrEqual(6500);
    expect(later.inputs).toEqual([]);
  });
});
