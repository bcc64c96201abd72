/** What the documentation points at is there. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { expect, test } from "vitest";
import { root } from "./sources.js";

const pages = readdirSync(root, { recursive: true, encoding: "utf8" })
  .filter(
    (path) => path.endsWith(".md") && !/(^|[\\/])(node_modules|dist|coverage)[\\/]/.test(path),
  )
  .map((path) => ({ path, text: readFileSync(resolve(root, path), "utf8") }));

test("every path of the repository that a page names in code exists", () => {
  const missing = pages.flatMap(({ path, text }) =>
    [
      ...text.matchAll(
        /`((?:lib|src|local|cli|eslint|tests|docs|bench)\/[\w./-]*|convex\/components\/[\w./-]*)`/g,
      ),
    ]
      .map(([, named = ""]) => named)
      .filter((named) => !existsSync(resolve(root, named)))
      .map((named) => `${path}: ${named}`),
  );
  expect(missing).toEqual([]);
});

test("every link between pages leads to a file", () => {
  const broken = pages.flatMap(({ path, text }) =>
    [...text.matchAll(/\]\((?!https?:|#)([^)#]+)(?:#[^)]*)?\)/g)]
      .map(([, target = ""]) => target)
      .filter((target) => !existsSync(resolve(root, dirname(path), target)))
      .map((target) => `${path}: ${target}`),
  );
  expect(broken).toEqual([]);
});

test("there are pages to look at", () => {
  expect(pages.length).toBeGreaterThan(20);
});
