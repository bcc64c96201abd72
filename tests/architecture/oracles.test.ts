/** The oracles judge the engine, so they import nothing of it: one mistake must not be in both. */
import { readdirSync, readFileSync } from "node:fs";
import { posix } from "node:path";
import ts from "typescript";
import { expect, test } from "vitest";
import { root } from "./sources.js";

const folders = ["tests/oracle", "tests/lib/oracle", "tests/language/oracle"];

const files = folders.flatMap((folder) =>
  readdirSync(`${root}/${folder}`, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"))
    .map((name) => posix.join(folder, name.replaceAll("\\", "/"))),
);

test("an oracle imports oracles alone", () => {
  expect(files.length).toBeGreaterThan(12);
  const foreign = files.flatMap((file) =>
    ts
      .preProcessFile(readFileSync(`${root}/${file}`, "utf8"), true, true)
      .importedFiles.map(({ fileName }) => posix.join(posix.dirname(file), fileName))
      .filter((path) => !folders.some((folder) => path.startsWith(`${folder}/`)))
      .map((path) => `${file} imports ${path}`),
  );
  expect(foreign).toEqual([]);
});
